/** Reading `run.jsonl` as a stream: constant memory, and a torn last line is no error. */
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { usageError } from "../core/errors.ts";
import { RUN_SCHEMA, type RunHeader, type RunLine, type WarningLine } from "../core/records.ts";
import { RUN_FILE } from "./write-run.ts";

/** Code of the warning that ends the lines of a file whose last line was torn. */
export const TORN_LINE = "torn_line";

/**
 * The lines of a run, the header first. A torn last line is left out; a warning with the code
 * `torn_line` stands in its place.
 *
 * @param path a run directory, or a run file
 * @throws PlimsollError (usage) when there is no run, when it was written in another schema, or when
 * a line other than the last is damaged
 */
export async function* readRun(path: string): AsyncGenerator<RunLine, void, undefined> {
  const file = await runFile(path);
  let number = 0;
  let at = 0;
  for await (const { texts, torn } of textLines(file)) {
    // A generator's step costs more than many a line: lines of a chunk are handed over from here.
    for (const text of texts) {
      number += 1;
      const line = parseLine(text);
      if (number === 1) checkHeader(line, file);
      else if (line === undefined && torn) {
        yield tornLine(number, at);
        return;
      } else if (line === undefined) throw damaged(file, number);
      at = Math.max(at, timeOf(line));
      yield line;
    }
  }
  if (number === 0) throw usageError(`${file} is empty: not a run`, HINT);
}

/** The header of a run, without reading the rest. Errors as `readRun`. */
export async function readHeader(path: string): Promise<RunHeader> {
  const file = await runFile(path);
  const text = await firstLine(file);
  if (text === "") throw usageError(`${file} is empty: not a run`, HINT);
  const line = parseLine(text);
  checkHeader(line, file);
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

interface TextLines {
  readonly texts: readonly string[];
  /** True for what follows the last line break: a line that was not finished, or is about to be. */
  readonly torn: boolean;
}

async function* textLines(file: string): AsyncGenerator<TextLines> {
  // The decoder keeps a character that is split between chunks, or cut off at the end.
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const pieces = decoder.decode(chunk as Buffer, { stream: true }).split("\n");
    pieces[0] = rest + (pieces[0] ?? "");
    rest = pieces.pop() ?? "";
    yield { texts: pieces, torn: false };
  }
  rest += decoder.decode();
  if (rest !== "") yield { texts: [rest], torn: true };
}

/** The line, or undefined when it is not a whole JSON object of a line's shape. */
function parseLine(text: string): RunLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const whole = typeof value === "object" && value !== null && "type" in value;
    return whole ? (value as RunLine) : undefined;
  } catch {
    return undefined;
  }
}

function checkHeader(line: RunLine | undefined, file: string): asserts line is RunHeader {
  if (line?.type !== "header") throw usageError(`${file} does not begin with a run's header`, HINT);
  if ((line.schema as string) !== RUN_SCHEMA)
    throw usageError(
      `${file} was written in the schema ${line.schema}, and this program reads ${RUN_SCHEMA}`,
      `read it with the version that wrote it: ${line.plimsoll}`,
    );
}

function damaged(file: string, number: number): Error {
  return usageError(
    `line ${number} of ${file} is damaged`,
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
