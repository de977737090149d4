/**
 * Writing a run directory so that it is readable at every moment, also after `kill -9`.
 *
 * Every append is one write to the end of `run.jsonl`, handed to the operating system before
 * `append` returns: nothing waits in a buffer of ours, so nothing is lost with the process, however
 * it ends. Callers batch (the workers send their lines a few times a second).
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { messageOf, usageError, writeError } from "../core/errors.ts";
import { RUN_SCHEMA, type RunFooter, type RunHeader, type RunLine } from "../core/records.ts";
import { hideInLine } from "../core/hide-in-line.ts";
import { codeOf } from "../core/own-limits.ts";
import { Secrets } from "../core/secrets.ts";
import { newRunId } from "./run-id.ts";

export const RUN_FILE = "run.jsonl";

/** Directories under this prefix are not runs (yet). */
export const CREATING_PREFIX = ".creating-";

export interface RunWriter {
  /** The run's id and the name of its directory. */
  readonly id: string;
  readonly directory: string;
  /**
   * Appends the lines in order, in one write.
   *
   * @throws PlimsollError (exit code 74) when the disk refuses; every later append then throws the same,
   * so that a torn line stays the last one
   */
  append(lines: readonly RunLine[]): void;
  /**
   * Appends the footer, on a full disk in place of the last lines. False where not even that is
   * possible: the run is then one that was cut short.
   */
  end(footer: RunFooter): boolean;
  /** Closes the file; appending afterwards is a bug. Closing twice is not. */
  close(): void;
}

/** What the caller knows of a new run; the id and the schema are ours. */
export type NewRun = Omit<RunHeader, "type" | "schema" | "run">;

const ATTEMPTS = 8;

/**
 * Makes the directory of a new run under `root` (made too, when missing): under a temporary name
 * first, with the header in it, then renamed; so a directory with a run's name always has a header.
 *
 * @param name the scenario's name, part of the run's id
 * @param secrets what is never written, also when it becomes known later
 * @throws PlimsollError when the directory cannot be made: exit code 74 where the disk is full, else
 * 2, since the folder was badly chosen
 */
export function createRun(
  root: string,
  name: string,
  header: NewRun,
  secrets = new Secrets(),
): RunWriter {
  try {
    mkdirSync(root, { recursive: true });
    for (let attempt = 1; ; attempt += 1) {
      const id = newRunId(header.startedAt, name);
      const directory = join(root, id);
      const line: RunHeader = { type: "header", schema: RUN_SCHEMA, run: id, ...header };
      if (makeDirectory(root, directory, hideInLine(line, secrets), id))
        return openWriter(id, directory, secrets);
      if (attempt === ATTEMPTS) throw new Error("every name tried is taken");
    }
  } catch (error) {
    const isFull = ["ENOSPC", "EDQUOT", "EIO"].includes(codeOf(error));
    throw (isFull ? writeError : usageError)(
      `cannot make a run directory in ${root}: ${messageOf(error)}`,
      "choose a writable directory with --out DIR",
      error,
    );
  }
}

/** False when a run of this name is there already. */
function makeDirectory(root: string, directory: string, header: RunLine, id: string): boolean {
  const creating = join(root, `${CREATING_PREFIX}${id}`);
  try {
    mkdirSync(creating);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
  try {
    writeFileSync(join(creating, RUN_FILE), `${JSON.stringify(header)}\n`);
    renameSync(creating, directory);
    return true;
  } catch (error) {
    rmSync(creating, { recursive: true, force: true });
    if (["EEXIST", "ENOTEMPTY"].includes(codeOf(error))) return false;
    throw error;
  }
}

function openWriter(id: string, directory: string, secrets: Secrets): RunWriter {
  const path = join(directory, RUN_FILE);
  const file = openSync(path, "a");
  let open = true;
  let broken: Error | undefined;
  const append = (lines: readonly RunLine[]): void => {
    if (broken !== undefined) throw broken;
    if (lines.length === 0) return;
    try {
      writeAll(file, lines.map((line) => textOf(line, secrets)).join(""));
    } catch (error) {
      broken = writeError(
        `cannot write ${path}: ${messageOf(error)}`,
        "free space on the disk, or choose another directory with --out DIR; what was measured so far is kept",
        error,
      );
      throw broken;
    }
  };
  return {
    id,
    directory,
    append,
    end(footer) {
      try {
        if (broken === undefined) append([footer]);
        else writeOver(path, file, textOf(footer, secrets));
        return true;
      } catch {
        return false;
      }
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
}

function textOf(line: RunLine, secrets: Secrets): string {
  return `${JSON.stringify(hideInLine(line, secrets))}\n`;
}

/** The end of a file in which a place for its last line is looked for, bytes. */
const TAIL = 1 << 20;

/** Writes the last line where the lines before it left no room: in place of as few of them as will do. */
function writeOver(path: string, file: number, line: string): void {
  const { size } = fstatSync(file);
  const from = Math.max(0, size - TAIL);
  const tail = readBytes(path, from, size - from);
  const end = tail.lastIndexOf("\n", tail.length - Buffer.byteLength(line) - 1);
  if (end < 0) throw new Error("the file has no line but its header");
  ftruncateSync(file, from + end + 1);
  writeAll(file, line);
}

function readBytes(path: string, from: number, length: number): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, from));
  } finally {
    closeSync(file);
  }
}

/** A write may take less than it was given (a disk that fills up, a signal). */
function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}
