/**
 * Every metric Plimsoll measures: one row each. Thresholds, summaries, reports and
 * `docs/metrics.md` all follow this table.
 */

/** k6's kinds: a trend has a distribution, a rate a share, a counter a sum, a gauge a last value. */
export type MetricKind = "trend" | "rate" | "counter" | "gauge";

/** Length of a window in which our threads' health is sampled, ms. */
export const HEALTH_WINDOW = 1000;

export interface Metric {
  readonly kind: MetricKind;
  readonly unit:
    "ms" | "tokens" | "requests" | "iterations" | "ratio" | "tokens/s" | "items/s" | "1/s" | "VUs";
  /** Which direction is good; "neither" for what only describes the work. */
  readonly better: "lower" | "higher" | "neither";
  /** One line for terminals and tooltips; the full definition is in docs/metrics.md. */
  readonly title: string;
}

function metric(
  kind: MetricKind,
  unit: Metric["unit"],
  better: Metric["better"],
  title: string,
): Metric {
  return { kind, unit, better, title };
}

export const metrics = {
  ttft_scheduled: metric("trend", "ms", "lower", "time to first token, from schedule"),
  ttft: metric("trend", "ms", "lower", "time to first token, from send"),
  e2e_scheduled: metric("trend", "ms", "lower", "end to end, from schedule"),
  e2e: metric("trend", "ms", "lower", "end to end, from send"),
  itl: metric("trend", "ms", "lower", "inter-token latency"),
  tpot: metric("trend", "ms", "lower", "time per output token"),
  ttfa: metric("trend", "ms", "lower", "time to first answer token, after reasoning"),
  ttft_with_retries: metric("trend", "ms", "lower", "first token, from the first attempt's send"),
  e2e_with_retries: metric("trend", "ms", "lower", "end to end, from the first attempt's send"),
  headers: metric("trend", "ms", "lower", "response headers, from send"),
  connect: metric("trend", "ms", "lower", "TCP/TLS connect"),
  server_queue: metric("trend", "ms", "lower", "waiting inside the server"),
  output_tokens: metric("trend", "tokens", "neither", "output tokens per request"),
  prompt_tokens: metric("trend", "tokens", "neither", "prompt tokens per request"),
  cached_tokens: metric("trend", "tokens", "neither", "prompt tokens from the cache"),
  reasoning_tokens: metric("trend", "tokens", "neither", "output tokens that were reasoning"),
  hidden_tokens: metric("trend", "tokens", "neither", "output tokens that were not sent"),
  output_tokens_per_second: metric("gauge", "tokens/s", "higher", "output throughput"),
  input_tokens_per_second: metric("gauge", "tokens/s", "higher", "prompt tokens taken in"),
  items_per_second: metric("gauge", "items/s", "higher", "inputs, documents, samples answered"),
  requests: metric("counter", "requests", "higher", "requests that ended"),
  request_failed: metric("rate", "ratio", "lower", "share of requests that failed"),
  retries: metric("counter", "requests", "lower", "attempts after the first"),
  request_given_up: metric("rate", "ratio", "lower", "share whose last attempt failed too"),
  request_lost: metric("rate", "ratio", "lower", "share of accepted requests that broke off"),
  availability: metric("rate", "ratio", "higher", "share of requests answered in the end"),
  goodput: metric("gauge", "1/s", "higher", "requests per second within the SLO"),
  slo_met: metric("rate", "ratio", "higher", "share of requests within the SLO"),
  iterations: metric("counter", "iterations", "higher", "completed iterations"),
  iteration_duration: metric("trend", "ms", "lower", "iteration, start to end"),
  dropped_iterations: metric("counter", "iterations", "lower", "due, but no VU was free"),
  interrupted_iterations: metric("counter", "iterations", "lower", "cut off at the end"),
  checks: metric("rate", "ratio", "higher", "share of checks that held"),
  vus: metric("gauge", "VUs", "neither", "virtual users at work"),
  vus_max: metric("gauge", "VUs", "neither", "virtual users allocated"),
  dispatch_lag: metric("trend", "ms", "lower", "our own lateness: sent minus scheduled"),
  event_loop_delay: metric("trend", "ms", "lower", "our own event-loop delay, p99 of a window"),
  event_loop_utilization: metric("trend", "ratio", "lower", "our own busy share, per window"),
  gc_share: metric("trend", "ratio", "lower", "our own garbage collection, share of a window"),
  cpu_throttled_share: metric("trend", "ratio", "lower", "our own CPU quota used up, per window"),
  recovery_time: metric("gauge", "ms", "lower", "end of the overload until back within limits"),
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof metrics;

/** The metric of this name, or undefined. */
export function findMetric(name: string): Metric | undefined {
  return Object.hasOwn(metrics, name) ? metrics[name as MetricName] : undefined;
}

/** Telemetry series may be used in thresholds too; their names are open-ended. */
export const TELEMETRY_NAME = /^(gpu|host|server|proc)_[a-z0-9_]+$/;
