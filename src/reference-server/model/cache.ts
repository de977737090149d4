/** The cache of synthetic models: one file each, written once, safe to share between processes. */
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { usageError } from "../../core/errors.ts";
import { inspectGguf } from "./inspect.ts";
import { parseModelSpec } from "./preset.ts";
import {
  DEFAULT_SEED,
  GENERATOR_VERSION,
  synthesize,
  type SynthesisOptions,
} from "./synthesize.ts";

export type CacheOptions = Pick<SynthesisOptions, "onProgress" | "signal" | "seed">;

/** A temporary file nobody has written to for so long, ms, was left by a process that was killed. */
const ABANDONED_AFTER = 3_600_000;

/**
 * The path of a model file for `synth:NAME[@QUANT]`, which is written first if the cache does not
 * have it. A cached file that is cut short is written again.
 *
 * @param cacheDir made if there is none
 * @throws a usage error for an unknown name or quant, or a directory that cannot be written to
 */
export async function cachedModel(
  spec: string,
  cacheDir: string,
  options: CacheOptions = {},
): Promise<string> {
  const { name, quant } = parseModelSpec(spec);
  const seed = options.seed ?? DEFAULT_SEED;
  const file = join(cacheDir, `${name}-${quant}-seed${seed}-v${GENERATOR_VERSION}.gguf`);
  if (await isWholeModel(file)) return file;
  await mkdir(cacheDir, { recursive: true }).catch((error: unknown) => {
    throw usageError(
      `cannot make the cache directory ${cacheDir}`,
      "Choose a directory that you can write to.",
      error,
    );
  });
  await synthesize({ name, quant, file, ...options });
  await removeAbandoned(cacheDir, file);
  return file;
}

async function isWholeModel(file: string): Promise<boolean> {
  return inspectGguf(file).then(
    () => true,
    () => false,
  );
}

/** Ages are taken from the file just written: by the clock of the file system, whichever it is. */
async function removeAbandoned(cacheDir: string, written: string): Promise<void> {
  const { mtimeMs: now } = await stat(written);
  const parts = (await readdir(cacheDir)).filter((name) => name.endsWith(".gguf.part"));
  for (const part of parts.map((name) => join(cacheDir, name))) {
    // Another process may finish or remove it meanwhile.
    const found = await stat(part).catch(() => undefined);
    if (found && now - found.mtimeMs > ABANDONED_AFTER) await rm(part, { force: true });
  }
}
