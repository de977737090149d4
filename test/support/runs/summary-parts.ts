/** Pieces of a summary, plausible as they are; tests change what they are about. */
import { findMetric, type MetricName } from "../../../src/core/metrics.ts";
import type { BaselineCheck } from "../../../src/judge/summary.ts";
import type { MetricSummary, PhaseSummary } from "../../../src/judge/metric-summaries.ts";
import type { ThresholdResult } from "../../../src/judge/outcome-summaries.ts";

/** A distribution with a heavy tail whose median is `p50`. */
export function trend(name: MetricName, p50: number, count = 600): MetricSummary {
  const { unit, better, title } = findMetric(name)!;
  return {
    kind: "trend",
    unit,
    better,
    title,
    count,
    mean: p50 * 1.14,
    sd: p50 * 0.5,
    min: p50 * 0.61,
    p50,
    p75: p50 * 1.2,
    p90: p50 * 1.61,
    p95: p50 * 2.04,
    p99: p50 * 3.37,
    p999: p50 * 5.12,
    max: p50 * 5.9,
    method: "exact",
  };
}

export function facts(name: MetricName): Pick<MetricSummary, "unit" | "better" | "title"> {
  const { unit, better, title } = findMetric(name)!;
  return { unit, better, title };
}

export function threshold(changes: Partial<ThresholdResult> = {}): ThresholdResult {
  return {
    key: "ttft_scheduled",
    metric: "ttft_scheduled",
    selector: {},
    source: "p(95)<2000",
    operator: "<",
    limit: 2000,
    value: 412.4,
    unit: "ms",
    count: 600,
    status: "passed",
    ok: true,
    abortOnFail: false,
    ...changes,
  };
}

/** An object without one of its optional properties. */
export function without<T, K extends keyof T>(object: T, key: K): Omit<T, K> {
  const rest: Partial<T> = { ...object };
  Reflect.deleteProperty(rest, key);
  return rest as Omit<T, K>;
}

export function gate(changes: Partial<BaselineCheck> = {}): BaselineCheck {
  return {
    id: "dispatch_lag",
    title: "dispatch lag, p99",
    status: "ok",
    value: 1.2,
    unit: "ms",
    bad: "above",
    limits: { warn: 5, invalid: 20 },
    reason: "requests that we send late flatter the server",
    advice: "Use fewer requests per second, or more workers.",
    ...changes,
  };
}

export function phase(changes: Partial<PhaseSummary>): PhaseSummary {
  return {
    scenario: "main",
    name: "steady",
    start: 11_000,
    end: 131_000,
    measured: true,
    targetRate: [5, 5],
    planned: 600,
    achievedRate: 4.98,
    requests: 600,
    failed: 2,
    dropped: 0,
    interrupted: 0,
    metrics: { ttft_scheduled: trend("ttft_scheduled", 202), itl: trend("itl", 11.2, 76_000) },
    ...changes,
  };
}

export const warmup = phase({
  name: "warmup",
  start: 1000,
  end: 11_000,
  measured: false,
  planned: 50,
  requests: 50,
  failed: 0,
  metrics: {},
});

export function notMeasured(): BaselineCheck {
  const spoken = gate({
    id: "gpu_throttle",
    title: "GPU throttling",
    status: "not_measured",
    limits: {},
    detail: "no GPU sampler",
    reason: "a throttled GPU is another GPU",
  });
  return without(spoken, "value");
}

export function noData(changes: Partial<ThresholdResult>): ThresholdResult {
  return without(threshold(changes), "value");
}
