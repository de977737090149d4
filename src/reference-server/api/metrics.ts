/** `/metrics` in Prometheus' text format, with llama-server's names, and one that it has not. */

import type { BatchLoop } from "../engine/batch-loop.ts";
import { emptyRecent } from "../engine/totals.ts";
import type { Totals } from "../engine/totals.ts";

interface Metric {
  readonly type: "counter" | "gauge";
  /** `llamacpp:` unless it is a count of our own. */
  readonly prefix?: "plimsoll:";
  readonly name: string;
  readonly help: string;
  readonly value: (totals: Totals, loop: BatchLoop) => number;
}

const metrics: readonly Metric[] = [
  {
    type: "counter",
    name: "prompt_tokens_total",
    help: "Number of prompt tokens processed, excluding cached tokens",
    value: ({ promptTokens }) => promptTokens,
  },
  {
    type: "counter",
    name: "prompt_tokens_cached_total",
    help: "Number of prompt tokens reused from the cache",
    value: ({ cachedPromptTokens }) => cachedPromptTokens,
  },
  {
    type: "counter",
    name: "prompt_seconds_total",
    help: "Total time spent processing prompts",
    value: ({ promptMs }) => promptMs / 1e3,
  },
  {
    type: "counter",
    name: "tokens_predicted_total",
    help: "Number of generation tokens processed",
    value: ({ generatedTokens }) => generatedTokens,
  },
  {
    type: "counter",
    name: "tokens_predicted_seconds_total",
    help: "Total time spent generating tokens",
    value: ({ generationMs }) => generationMs / 1e3,
  },
  {
    type: "counter",
    name: "n_decode_total",
    help: "Total number of llama_decode() calls",
    value: ({ decodes }) => decodes,
  },
  {
    type: "counter",
    name: "n_tokens_max",
    help: "Largest observed sequence length (prompt + generation)",
    value: ({ longestSequence }) => longestSequence,
  },
  {
    type: "gauge",
    name: "prompt_tokens_seconds",
    help: "Average prompt throughput in tokens/s",
    value: ({ recent }) => perSecond(recent.promptTokens, recent.promptMs),
  },
  {
    type: "gauge",
    name: "predicted_tokens_seconds",
    help: "Average generation throughput in tokens/s",
    value: ({ recent }) => perSecond(recent.generationSteps, recent.generationMs),
  },
  {
    type: "gauge",
    name: "requests_processing",
    help: "Number of requests processing",
    value: (_, { slots }) => slots.filter(({ active }) => active !== undefined).length,
  },
  {
    type: "gauge",
    name: "requests_deferred",
    help: "Number of requests deferred",
    value: (_, { deferred }) => deferred,
  },
  {
    type: "gauge",
    name: "n_busy_slots_per_decode",
    help: "Average number of busy slots per llama_decode() call",
    value: ({ busySlots, decodes }) => busySlots / Math.max(decodes, 1),
  },
  {
    type: "counter",
    prefix: "plimsoll:",
    name: "requests_total",
    help: "Number of requests answered in full",
    value: ({ requests }) => requests,
  },
];

function perSecond(count: number, ms: number): number {
  return ms > 0 ? (count * 1e3) / ms : 0;
}

/** The throughput gauges are averages since the last call, which this one resets. */
export function metricsText(loop: BatchLoop): string {
  const text = metrics.map(({ type, prefix = "llamacpp:", name, help, value }) => {
    const metric = `${prefix}${name}`;
    const reading = value(loop.totals, loop);
    return `# HELP ${metric} ${help}\n# TYPE ${metric} ${type}\n${metric} ${reading}\n`;
  });
  loop.totals.recent = emptyRecent();
  return text.join("");
}
