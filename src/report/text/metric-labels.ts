/** Short names of metrics for tables and charts; the long ones are in core/metrics.ts. */
import { findMetric, type MetricName } from "../../core/metrics.ts";

const short: Readonly<Partial<Record<MetricName, string>>> = {
  ttft_scheduled: "TTFT from schedule",
  ttft: "TTFT from send",
  e2e_scheduled: "E2E from schedule",
  e2e: "E2E from send",
  itl: "ITL",
  tpot: "TPOT",
  ttfa: "TTFA",
  ttft_with_retries: "TTFT with retries",
  e2e_with_retries: "E2E with retries",
  headers: "Headers",
  connect: "Connect",
  server_queue: "Server queue",
  output_tokens: "Output tokens",
  prompt_tokens: "Prompt tokens",
  cached_tokens: "Cached tokens",
  output_tokens_per_second: "Output throughput",
  input_tokens_per_second: "Input throughput",
  items_per_second: "Items",
  requests: "Requests",
  request_failed: "Failed",
  request_given_up: "Given up",
  request_lost: "Lost after acceptance",
  goodput: "Goodput",
  slo_met: "Within the SLO",
  dispatch_lag: "Dispatch lag",
  vus: "VUs",
  vus_max: "VUs allocated",
  gc_share: "Garbage collection",
  cpu_throttled_share: "CPU throttled",
  event_loop_delay: "Event-loop delay",
  event_loop_utilization: "Event-loop utilization",
};

/** Of a metric as it was measured: behind reasoning that was not sent, a TTFT is another time. */
export function measuredLabel(name: string, { title }: { readonly title: string }): string {
  const label = metricLabel(name);
  return title.startsWith("time to the answer") ? label.replace("TTFT", "Time to answer") : label;
}

/** `TTFT from schedule`; names without a short form are shown as they are, spaced. */
export function metricLabel(name: string): string {
  if (findMetric(name) === undefined) return name;
  const label = short[name as MetricName] ?? name.replaceAll("_", " ");
  return `${label.charAt(0).toUpperCase()}${label.slice(1)}`;
}
