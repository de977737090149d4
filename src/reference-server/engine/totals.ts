/** What the engine has done since it started: the source of `/metrics`. */

import type { Timings } from "./job.ts";

export interface Totals {
  /** Requests that were answered in full. */
  requests: number;
  promptTokens: number;
  cachedPromptTokens: number;
  promptMs: number;
  generatedTokens: number;
  generationMs: number;
  decodes: number;
  /** Sum over all decodes of the slots in the batch. */
  busySlots: number;
  longestSequence: number;
  /** Since the last scrape; the two throughput gauges are averages over it. */
  recent: Recent;
}

interface Recent {
  promptTokens: number;
  promptMs: number;
  generationSteps: number;
  generationMs: number;
}

export function emptyTotals(): Totals {
  return {
    requests: 0,
    promptTokens: 0,
    cachedPromptTokens: 0,
    promptMs: 0,
    generatedTokens: 0,
    generationMs: 0,
    decodes: 0,
    busySlots: 0,
    longestSequence: 0,
    recent: emptyRecent(),
  };
}

export function emptyRecent(): Recent {
  return { promptTokens: 0, promptMs: 0, generationSteps: 0, generationMs: 0 };
}

/** Adds a job that left its slot, complete or not. */
export function addJob(totals: Totals, timings: Timings): void {
  const { cached, processed, promptMs, generated, generationMs } = timings;
  totals.promptTokens += processed;
  totals.cachedPromptTokens += cached;
  totals.promptMs += promptMs;
  totals.generatedTokens += generated;
  totals.generationMs += generationMs;
  totals.recent.promptTokens += processed;
  totals.recent.promptMs += promptMs;
  totals.recent.generationSteps += Math.max(0, generated - 1);
  totals.recent.generationMs += generationMs;
}
