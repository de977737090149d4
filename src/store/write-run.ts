/**
 * Writing a run directory so that it is readable at every moment, also after `kill -9`.
 *
 * Every append is one write to the end of `run.jsonl`, handed to the operating system before
 * `append` returns: nothing waits in a buffer of ours, so nothing is lost with the process, however
 * it ends. Callers batch (the workers send their lines a few times a second).
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { messageOf, usageError } from "../core/errors.ts";
import { RUN_SCHEMA, type RunHeader, type RunLine } from "../core/records.ts";
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
   * @throws PlimsollError (usage) when the disk refuses; every later append then throws the same,
   * so that a torn line stays the last one
   */
  append(lines: readonly RunLine[]): void;
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
 * @throws PlimsollError (usage) when the directory cannot be made
 */
export function createRun(root: string, name: string, header: NewRun): RunWriter {
  try {
    mkdirSync(root, { recursive: true });
    for (let attempt = 1; ; attempt += 1) {
      const id = newRunId(header.startedAt, name);
      const directory = join(root, id);
      if (
        makeDirectory(root, directory, { type: "header", schema: RUN_SCHEMA, run: id, ...header })
      )
        return openWriter(id, directory);
      if (attempt === ATTEMPTS) throw new Error("every name tried is taken");
    }
  } catch (error) {
    throw usageError(
      `cannot make a run directory in ${root}: ${messageOf(error)}`,
      "choose a writable directory with --out DIR",
      error,
    );
  }
}

/** False when a run of this name is there already. */
function makeDirectory(root: string, directory: string, header: RunHeader): boolean {
  const creating = join(root, `${CREATING_PREFIX}${header.run}`);
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

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function openWriter(id: string, directory: string): RunWriter {
  const path = join(directory, RUN_FILE);
  const file = openSync(path, "a");
  let open = true;
  let broken: Error | undefined;
  return {
    id,
    directory,
    append(lines) {
      if (broken !== undefined) throw broken;
      if (lines.length === 0) return;
      try {
        writeAll(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      } catch (error) {
        broken = usageError(
          `cannot write ${path}: ${messageOf(error)}`,
          "free space on the disk, or choose another directory with --out DIR; what was measured so far is kept",
          error,
        );
        throw broken;
      }
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
}

/** A write may take less than it was given (a disk that fills up, a signal). */
function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}
