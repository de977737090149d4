/** Reads recorded traces from files. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf, usageError } from "../../core/errors.ts";
import { parseDuration } from "../../core/units.ts";
import { sha256 } from "../hash.ts";
import type { Duration } from "../script.ts";
import { cutTrace, type Trace, type TraceCut } from "./trace.ts";
import { parseTrace } from "./trace-formats.ts";

export interface TraceOptions {
  /** Leave out what arrived earlier, counted from the first arrival: `"10m"`. */
  readonly start?: Duration | undefined;
  /** Leave out what arrived later, counted from the first arrival. */
  readonly end?: Duration | undefined;
  /** Every gap is multiplied by it: 0.5 is twice as fast. Default 1. */
  readonly timeScale?: number | undefined;
  /** Prompt tokens of one hash id. Default 512, as in Mooncake's traces. */
  readonly blockTokens?: number;
}

/**
 * Reads a trace: Mooncake JSONL, Azure LLM inference CSV, BurstGPT CSV, or our own JSONL.
 *
 * @param path absolute, or relative to the current directory
 * @throws usage error with file and line for anything that does not fit
 */
function read(path: string, options: TraceOptions = {}): Trace {
  const file = resolve(path);
  const { blockTokens = 512 } = options;
  if (!Number.isInteger(blockTokens) || blockTokens < 1) {
    throw usageError(`blockTokens: ${blockTokens} is not a whole number from 1`);
  }
  const cut = readCut(options);
  const content = readTraceFile(file);
  const entries = cutTrace(parseTrace(file, content.toString("utf8")), cut);
  if (entries.length > 0) return { file, fileHash: sha256(content), entries, blockTokens };
  throw usageError(`${file}: the trace is empty between start and end`);
}

function readCut({ start, end, timeScale = 1 }: TraceOptions): Required<TraceCut> {
  if (!(timeScale > 0 && Number.isFinite(timeScale))) {
    throw usageError(`timeScale: ${timeScale} is not a number above 0`);
  }
  return {
    start: durationOf("start", start) ?? 0,
    end: durationOf("end", end) ?? Infinity,
    timeScale,
  };
}

function readTraceFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw usageError(`the trace cannot be read: ${messageOf(error)}`);
  }
}

function durationOf(name: string, value: Duration | undefined): number | undefined {
  if (value === undefined) return undefined;
  const parsed = parseDuration(value);
  if (parsed === undefined) throw usageError(`${name}: "${value}" is not a duration`);
  return parsed;
}

/** Recorded traffic for scenarios: `traces.read(...)`. */
export const traces = { read } as const;
