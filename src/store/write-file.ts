/** Files that are either there and whole, or not there: summary.json, CSV, HTML. */
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { messageOf, usageError, writeError } from "../core/errors.ts";
import { codeOf } from "../core/own-limits.ts";

/**
 * Writes a file under a temporary name beside it, then renames it; an existing file is replaced.
 * Missing directories are made.
 *
 * @param content the text, or its pieces in order (so that a large file needs no memory)
 * @throws PlimsollError when the file cannot be written: exit code 2 where its path was badly chosen,
 * else 74; errors of the pieces' source pass through. Nothing is left behind then.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  const pieces = typeof content === "string" ? [content] : content;
  await openAtomically(path, Readable.from(pieces)).finish();
}

/** A file on its way. */
export interface AtomicFile {
  /** True once it cannot be written any more; `finish` says why. */
  readonly failed: boolean;
  /**
   * When the source has ended: the file is there, whole, under its name.
   *
   * @throws as `writeFileAtomically`
   */
  finish(): Promise<void>;
  /** Nothing of it is left. */
  abandon(): Promise<void>;
}

/** Begins to write a file from a source that others may still be filling. */
export function openAtomically(path: string, source: Readable): AtomicFile {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}.tmp`);
  const written = write(source, temporary);
  const file = { failed: false };
  written.catch(() => {
    file.failed = true;
  });
  // What could not be made may not be removable either; the first error is the one to tell.
  const remove = (): Promise<void> => rm(temporary, { force: true }).catch(() => undefined);
  return {
    get failed() {
      return file.failed;
    },
    async finish() {
      try {
        await written;
        await rename(temporary, path);
      } catch (error) {
        await remove();
        if (!isSystemError(error)) throw error;
        const hint = "free space on the disk, or choose a writable place";
        const fault = BAD_PATH.has(codeOf(error)) ? usageError : writeError;
        throw fault(`cannot write ${path}: ${messageOf(error)}`, hint, error);
      }
    },
    async abandon() {
      source.destroy();
      await written.catch(() => undefined);
      await remove();
    },
  };
}

/** The path itself cannot be, whatever room the disk has. */
const BAD_PATH = new Set(["EEXIST", "ENOTDIR", "EISDIR", "ENOENT", "ENAMETOOLONG"]);

async function write(source: Readable, temporary: string): Promise<void> {
  await mkdir(dirname(temporary), { recursive: true });
  // Made by us and by nobody else: what lies there already is neither followed nor written to.
  await pipeline(source, createWriteStream(temporary, { flags: "wx" }));
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** JSON as our files have it: indented, with a line break at the end. */
export async function writeJsonAtomically(path: string, value: unknown): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}
