/** Reading the log that an owned server writes while it writes it. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { Secrets } from "../core/secrets.ts";

/** Bytes of the log that are looked at for its last lines. */
const TAIL_BYTES = 16_384;
const TAIL_LINES = 20;
/** Longest line that is understood, bytes. */
const READ_BYTES = 2 ** 20;

export interface ServerLog {
  /** The whole lines that were added since the last call. */
  newLines(): readonly string[];
  /** The last lines, secrets removed. */
  tail(): string;
}

/** Follows a log file from its present end; the file need not exist yet. */
export function followLog(file: string, known: readonly string[]): ServerLog {
  const secrets = new Secrets();
  for (const secret of known) secrets.keep(secret);
  const start = sizeOf(file);
  let read = start;
  const newLines = (): readonly string[] => {
    const text = readFrom(file, read, READ_BYTES);
    const lines = text.slice(0, text.lastIndexOf("\n") + 1);
    read += Buffer.byteLength(lines);
    return lines.split("\n").slice(0, -1);
  };
  const tail = (): string => {
    const from = Math.max(start, sizeOf(file) - TAIL_BYTES);
    const lines = readFrom(file, from, TAIL_BYTES).trimEnd().split("\n");
    return secrets.hide(lines.slice(-TAIL_LINES).join("\n"));
  };
  return { newLines, tail };
}

function sizeOf(file: string): number {
  return withFile(file, (descriptor) => fstatSync(descriptor).size) ?? 0;
}

function readFrom(file: string, from: number, limit: number): string {
  const read = (descriptor: number): string => {
    const bytes = Buffer.alloc(Math.min(limit, Math.max(0, fstatSync(descriptor).size - from)));
    return bytes.toString("utf8", 0, readSync(descriptor, bytes, 0, bytes.length, from));
  };
  return withFile(file, read) ?? "";
}

function withFile<Result>(file: string, use: (descriptor: number) => Result): Result | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return undefined;
  }
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
