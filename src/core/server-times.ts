/**
 * What servers measure of themselves and keep as histograms, or as a count and a sum: one row each,
 * by our name. `ours` is the metric that the client measures of the same thing.
 */
import type { MetricName } from "./metrics.ts";

export interface ServerTimeRow {
  /** `ms`: a time; `1`: requests, or inferences, that were executed together. */
  readonly unit: "ms" | "1";
  /** One line for people; docs/servers.md has the definitions. */
  readonly title: string;
  readonly ours?: MetricName;
}

export const serverTimes = {
  ttft: { unit: "ms", title: "time to first token", ours: "ttft" },
  itl: { unit: "ms", title: "inter-token latency", ours: "itl" },
  tpot: { unit: "ms", title: "time per output token", ours: "tpot" },
  e2e: { unit: "ms", title: "end to end", ours: "e2e" },
  queue: { unit: "ms", title: "waiting in its queue" },
  prefill: { unit: "ms", title: "computing the prompt" },
  decode: { unit: "ms", title: "generating" },
  inference: { unit: "ms", title: "prompt and generation together" },
  compute_input: { unit: "ms", title: "preparing inputs" },
  compute_infer: { unit: "ms", title: "computing the model" },
  compute_output: { unit: "ms", title: "fetching outputs" },
  batch_size: { unit: "1", title: "inferences in one execution" },
} as const satisfies Readonly<Record<string, ServerTimeRow>>;

export type ServerTimeName = keyof typeof serverTimes;
