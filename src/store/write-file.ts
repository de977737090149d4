/** Files that are either there and whole, or not there: summary.json, CSV, HTML. */
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { messageOf, usageError } from "../core/errors.ts";

/**
 * Writes a file under a temporary name beside it, then renames it; an existing file is replaced.
 * Missing directories are made.
 *
 * @param content the text, or its pieces in order (so that a large file needs no memory)
 * @throws PlimsollError (usage) when the file cannot be written; errors of the pieces' source pass
 * through. Nothing is left behind then.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    await mkdir(directory, { recursive: true });
    const pieces = typeof content === "string" ? [content] : content;
    await pipeline(Readable.from(pieces), createWriteStream(temporary));
    await rename(temporary, path);
  } catch (error) {
    // What could not be made may not be removable either; the first error is the one to tell.
    await rm(temporary, { force: true }).catch(() => undefined);
    if (!isSystemError(error)) throw error;
    const hint = "free space on the disk, or choose a writable place";
    throw usageError(`cannot write ${path}: ${messageOf(error)}`, hint, error);
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** JSON as our files have it: indented, with a line break at the end. */
export async function writeJsonAtomically(path: string, value: unknown): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}
