/** A recorded trace of requests: what arrived when, how long it was, and what it shared. */
import type { ChatMessage } from "../../core/request.ts";

export interface Trace {
  /** Absolute. */
  readonly file: string;
  /** SHA-256 of the file's bytes. */
  readonly fileHash: string;
  /** In order of arrival; the beginning of the window is 0. Never empty. */
  readonly entries: readonly TraceEntry[];
  /** Prompt tokens that one hash id stands for. */
  readonly blockTokens: number;
}

export interface TraceEntry {
  /** Arrival, ms. */
  readonly at: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** One id for each block of the prompt; equal leading ids are an equal prefix. */
  readonly hashIds?: readonly number[];
  /** The content itself, where the trace has it. */
  readonly messages?: readonly ChatMessage[];
}

/** Which part of a trace to replay, and how fast. */
export interface TraceCut {
  /** ms after the first arrival. Default 0. */
  readonly start?: number;
  /** ms after the first arrival; later ones are left out. Default the end. */
  readonly end?: number;
  /** Every gap is multiplied by it: 0.5 is twice as fast. Default 1. */
  readonly timeScale?: number;
}

/** The entries from `start` to `end`, in order of arrival, with the window's beginning at 0. */
export function cutTrace(entries: readonly TraceEntry[], cut: TraceCut): readonly TraceEntry[] {
  const { start = 0, end = Infinity, timeScale = 1 } = cut;
  const sorted = [...entries].sort((a, b) => a.at - b.at);
  const first = sorted[0]?.at ?? 0;
  return sorted
    .map((entry) => ({ ...entry, at: entry.at - first }))
    .filter((entry) => entry.at >= start && entry.at <= end)
    .map((entry) => ({ ...entry, at: (entry.at - start) * timeScale }));
}
