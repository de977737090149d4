/**
 * The words that are one token each in a server's tokenizer, remembered by server, build and model:
 * finding them takes hundreds of questions, which need not be asked before every run. They are tried
 * all at once before they are used again, so a tokenizer that changed under its name is found out.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TargetIdentity } from "../../core/records.ts";
import { writeFileAtomically } from "../../store/write-file.ts";

const FILE = "single-token-words.json";
/** Entries that are kept, of some 3 kB; the oldest go first. */
const MOST = 100;

type Kept = Readonly<Record<string, readonly string[]>>;

/** Undefined where nothing is kept of such a server, or it does not say what it is. */
export async function knownWords(
  identity: TargetIdentity,
  cacheDir: string,
): Promise<readonly string[] | undefined> {
  const key = keyOf(identity);
  return key === undefined ? undefined : (await readKept(cacheDir))[key];
}

export async function keepWords(
  identity: TargetIdentity,
  words: readonly string[],
  cacheDir: string,
): Promise<void> {
  const key = keyOf(identity);
  if (key === undefined) return;
  const others = Object.entries(await readKept(cacheDir)).filter(([other]) => other !== key);
  const kept = Object.fromEntries([...others, [key, words] as const].slice(-MOST));
  // A cache that cannot be written costs time at the next run, nothing else.
  await writeFileAtomically(join(cacheDir, FILE), JSON.stringify(kept)).catch(() => undefined);
}

/** A model that a URL serves is told by its name alone, so the URL is part of it. */
function keyOf({ kind, url, server, build, model, modelFile }: TargetIdentity): string | undefined {
  if (server === undefined || (model ?? modelFile) === undefined) return undefined;
  const place = kind === "remote" ? { url } : { modelFile };
  return JSON.stringify({ server, build, model, ...place });
}

async function readKept(cacheDir: string): Promise<Kept> {
  try {
    const kept: unknown = JSON.parse(await readFile(join(cacheDir, FILE), "utf8"));
    return typeof kept === "object" && kept !== null ? (kept as Kept) : {};
  } catch {
    return {}; // none yet, or torn: made anew
  }
}
