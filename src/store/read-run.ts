/** Reading `run.jsonl` as a stream: constant memory, and a torn last line is no error. */
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { usageError } from "../core/errors.ts";
import { RUN_SCHEMA, type RunHeader, type RunLine, type WarningLine } from "../core/records.ts";
import { wrongInLine } from "./line-shape.ts";
import { lineIn, LineParser } from "./run-lines.ts";
import { RUN_FILE } from "./write-run.ts";

/** Code of the warning that ends the lines of a file whose last line was torn. */
export const TORN_LINE = "torn_line";

/**
 * The lines of a run, the header first. A torn last line is left out; a warning with the code
 * `torn_line` stands in its place.
 *
 * @param path a run directory, or a run file
 * @throws PlimsollError (usage) when there is no run, when it was written in another schema, or when
 * a line other than the last is damaged, or of a shape that no line of its type has
 */
export async function* readRun(path: string): AsyncGenerator<RunLine, void, undefined> {
  const chunks = await openChunks(path);
  try {
    let lines: RunLine[] = [];
    const take = (line: RunLine): void => {
      lines.push(line);
    };
    while (await chunks.next(take)) {
      // A generator's step costs more than many a line: lines of a chunk are handed over from here.
      yield* lines;
      lines = [];
    }
  } finally {
    await chunks.close();
  }
}

/** Looks at the lines of a run, one after the other, the header first. */
export interface RunVisitor {
  add(line: RunLine): void;
  /** Asked for now and then, between lines: that what was handed on has been taken. */
  ready?(): Promise<void>;
}

/** Shows the lines to a visitor; the fastest way through a long run. Lines and errors as `readRun`. */
export async function visitRun(path: string, visitor: RunVisitor): Promise<void> {
  const chunks = await openChunks(path);
  try {
    const take = (line: RunLine): void => {
      visitor.add(line);
    };
    while (await chunks.next(take)) await visitor.ready?.();
  } finally {
    await chunks.close();
  }
}

interface Chunks {
  /** Hands on the lines of the next part of the file. @returns false after the last part */
  next(take: (line: RunLine) => void): Promise<boolean>;
  close(): Promise<void>;
}

const CHUNK = 1 << 20;

async function openChunks(path: string): Promise<Chunks> {
  const file = await runFile(path);
  const handle = await open(file);
  const buffer = Buffer.allocUnsafe(CHUNK);
  const parser = new LineParser();
  const check = new LineCheck(file);
  let over = false;
  return {
    next: async (take) => {
      if (over) return false;
      const { bytesRead } = await handle.read(buffer, 0, CHUNK);
      over = bytesRead === 0;
      if (over)
        parser.end((line) => {
          take(check.last(line));
        });
      else
        parser.take(buffer.subarray(0, bytesRead), (line) => {
          take(check.whole(line));
        });
      if (over) check.end();
      return true;
    },
    close: () => handle.close(),
  };
}

/** Knows what a line must be, by its place. */
class LineCheck {
  readonly #file: string;
  #number = 0;
  /** The latest time that a line told of. */
  #at = 0;

  constructor(file: string) {
    this.#file = file;
  }

  whole(line: RunLine | undefined): RunLine {
    this.#number += 1;
    if (this.#number === 1) checkHeader(line, this.#file);
    else if (line === undefined) throw damaged(this.#file, this.#number);
    else if (line.type === "header")
      throw damaged(this.#file, this.#number, "it begins another run");
    checkShape(line, this.#file, this.#number);
    this.#at = Math.max(this.#at, timeOf(line));
    return line;
  }

  /** What follows the last line break: a line that was not finished, or is about to be. */
  last(line: RunLine | undefined): RunLine {
    if (line !== undefined || this.#number === 0) return this.whole(line);
    return tornLine(this.#number + 1, this.#at);
  }

  end(): void {
    if (this.#number === 0) throw usageError(`${this.#file} is empty: not a run`, HINT);
  }
}

/** The header of a run, without reading the rest. Errors as `readRun`. */
export async function readHeader(path: string): Promise<RunHeader> {
  const file = await runFile(path);
  const text = await firstLine(file);
  if (text === "") throw usageError(`${file} is empty: not a run`, HINT);
  const line = lineIn(text);
  checkHeader(line, file);
  checkShape(line, file, 1);
  return line;
}

const HEADER_CHUNK = 1 << 16;

/** Without its line break; empty when the file is. */
async function firstLine(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const chunks: Buffer[] = [];
    for (;;) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_CHUNK));
      const chunk = buffer.subarray(0, bytesRead);
      const end = chunk.indexOf("\n");
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
      if (end >= 0 || bytesRead === 0) return Buffer.concat(chunks).toString();
    }
  } finally {
    await handle.close();
  }
}

const HINT = "name a run directory (reports/<run-id>) or its run.jsonl";

async function runFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw usageError(`there is no run at ${path}`, HINT);
  if (!found.isDirectory()) return path;
  const inside = join(path, RUN_FILE);
  const file = await stat(inside).catch(() => undefined);
  if (file?.isFile() !== true) throw usageError(`${path} has no ${RUN_FILE}: not a run`, HINT);
  return inside;
}

function checkHeader(line: RunLine | undefined, file: string): asserts line is RunHeader {
  if (line?.type !== "header") throw usageError(`${file} does not begin with a run's header`, HINT);
  if ((line.schema as string) !== RUN_SCHEMA)
    throw usageError(
      `${file} was written in the schema ${line.schema}, and this program reads ${RUN_SCHEMA}`,
      `read it with the version that wrote it: ${line.plimsoll}`,
    );
}

function checkShape(line: RunLine, file: string, number: number): void {
  const wrong = wrongInLine(line);
  if (wrong !== undefined) throw damaged(file, number, wrong);
}

function damaged(file: string, number: number, why?: string): Error {
  return usageError(
    `line ${number} of ${file} is damaged${why === undefined ? "" : `: ${why}`}`,
    "only the last line of a run may be torn; restore the file, or delete that line to go on without it",
  );
}

function tornLine(number: number, at: number): WarningLine {
  const message = `line ${number}, the last, is torn: the run was cut off while it was written`;
  return { type: "warning", at, code: TORN_LINE, message };
}

/** The latest time a line tells of, for lines that have one. */
function timeOf(line: RunLine): number {
  if (line.type === "request") return line.ended;
  return "at" in line ? line.at : 0;
}
