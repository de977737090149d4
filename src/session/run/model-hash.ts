/**
 * SHA-256 of model files, remembered by path, size and time of change: files of 40 GB are read
 * once, not at every run.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { writeFileAtomically } from "../../store/write-file.ts";

/** Larger files take longer than a few seconds, bytes: they are hashed after the traffic. */
export const QUICK_SIZE = 2 * 1024 ** 3;

const FILE = "model-hashes.json";
/** Entries that are kept; the oldest go first. */
const MOST = 200;

export interface HashPlace {
  readonly cacheDir: string;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/** Undefined when the file has not been hashed as it is now, or cannot be seen. */
export async function knownHash(path: string, cacheDir: string): Promise<string | undefined> {
  const key = await keyOf(path);
  return key === undefined ? undefined : (await knownHashes(cacheDir))[key];
}

/** Reads the file through, unless that was done before. Undefined when it cannot be read. */
export async function hashOf(path: string, place: HashPlace): Promise<string | undefined> {
  const { cacheDir, signal } = place;
  const known = await knownHash(path, cacheDir);
  const key = await keyOf(path);
  if (known !== undefined || key === undefined) return known;
  try {
    const hash = createHash("sha256");
    const options = signal === undefined ? {} : { signal };
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, options);
    const digest = hash.digest("hex");
    await remember(cacheDir, key, digest);
    return digest;
  } catch {
    return undefined; // aborted, or gone meanwhile: the run does not depend on it
  }
}

async function keyOf(path: string): Promise<string | undefined> {
  try {
    const { size, mtimeMs } = await stat(path);
    return `${path}|${size}|${mtimeMs}`;
  } catch {
    return undefined;
  }
}

async function knownHashes(cacheDir: string): Promise<Readonly<Record<string, string>>> {
  try {
    const vocabulary: unknown = JSON.parse(await readFile(join(cacheDir, FILE), "utf8"));
    return typeof vocabulary === "object" && vocabulary !== null
      ? (vocabulary as Record<string, string>)
      : {};
  } catch {
    return {}; // none yet, or torn: made anew
  }
}

async function remember(cacheDir: string, key: string, digest: string): Promise<void> {
  const entries = Object.entries(await knownHashes(cacheDir)).filter(([other]) => other !== key);
  const kept = Object.fromEntries([...entries, [key, digest] as const].slice(-MOST));
  // A cache that cannot be written costs time at the next run, nothing else.
  await writeFileAtomically(join(cacheDir, FILE), JSON.stringify(kept)).catch(() => undefined);
}
