/**
 * `digest.json` of a run directory: what comparing the run needs. Reading it takes milliseconds;
 * reading 100,000 requests takes seconds.
 */
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DIGEST_SCHEMA, type RunDigest } from "../judge/digest/digest.ts";
import { STATISTICS_VERSION } from "../judge/digest/fingerprint.ts";
import { writeFileAtomically } from "./write-file.ts";
import { RUN_FILE } from "./write-run.ts";

export const DIGEST_FILE = "digest.json";

interface StoredDigest {
  readonly schema: typeof DIGEST_SCHEMA;
  readonly statistics: number;
  /** Bytes of the run.jsonl it was made from: another length means another file. */
  readonly bytes: number;
  readonly digest: RunDigest;
}

export async function writeDigest(directory: string, digest: RunDigest): Promise<void> {
  const bytes = await lengthOf(join(directory, RUN_FILE));
  // A run file that lies alone has no directory of its own to write to.
  if (bytes === undefined) return;
  const stored: StoredDigest = {
    schema: DIGEST_SCHEMA,
    statistics: STATISTICS_VERSION,
    bytes,
    digest,
  };
  await writeFileAtomically(join(directory, DIGEST_FILE), `${JSON.stringify(stored)}\n`);
}

/** Undefined where there is none, or it does not fit the run file beside it any more. */
export async function readDigest(path: string): Promise<RunDigest | undefined> {
  const directory = path.endsWith(RUN_FILE) ? dirname(path) : path;
  const text = await readFile(join(directory, DIGEST_FILE), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const stored = parsed(text);
  const bytes = await lengthOf(join(directory, RUN_FILE));
  const fits =
    stored?.schema === DIGEST_SCHEMA &&
    stored.statistics === STATISTICS_VERSION &&
    stored.bytes === bytes;
  return fits ? stored.digest : undefined;
}

/** A cache that is damaged is no cache. */
function parsed(text: string): Partial<StoredDigest> | undefined {
  try {
    return JSON.parse(text) as Partial<StoredDigest>;
  } catch {
    return undefined;
  }
}

async function lengthOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}
