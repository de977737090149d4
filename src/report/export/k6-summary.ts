/**
 * `k6-summary.json`: the shape that k6 hands to `handleSummary` (k6 docs, "Custom summary"), so that
 * what reads k6's summaries reads ours. Our metrics under their names, and again under k6's where
 * both measure the same. Times are ms, as in k6.
 */
import { createHash } from "node:crypto";
import { metrics } from "../../core/metrics.ts";
import type { MetricSummary } from "../../judge/metric-summaries.ts";
import type { Summary } from "../../judge/summary.ts";
import type { ThresholdResult } from "../../judge/outcome-summaries.ts";

/** k6's names, and ours that measure the same. */
const K6_NAMES: Readonly<Record<string, keyof typeof metrics>> = {
  http_reqs: "requests",
  http_req_failed: "request_failed",
  http_req_duration: "e2e",
  http_req_waiting: "headers",
  http_req_connecting: "connect",
};

interface K6Metric {
  readonly type: MetricSummary["kind"];
  readonly contains: "time" | "default";
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

export function renderK6Summary(summary: Summary): string {
  const data = {
    root_group: rootGroup(summary),
    options: {
      summaryTrendStats: ["avg", "min", "med", "max", "p(90)", "p(95)", "p(99)"],
      summaryTimeUnit: "ms",
      noColor: true,
    },
    state: {
      isStdOutTTY: false,
      isStdErrTTY: false,
      testRunDurationMs: summary.run.durationMs,
    },
    metrics: metricsOf(summary),
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}

function metricsOf(summary: Summary): Readonly<Record<string, K6Metric>> {
  const found = new Map<string, K6Metric>();
  for (const [name, metric] of Object.entries(summary.metrics)) {
    found.set(name, k6Metric(metric, summary.thresholds, name));
  }
  for (const [name, ours] of Object.entries(K6_NAMES)) {
    const metric = summary.metrics[ours];
    if (metric !== undefined) found.set(name, k6Metric(metric, [], name));
  }
  for (const [key, metric] of subMetrics(summary)) found.set(key, metric);
  return Object.fromEntries(found);
}

function k6Metric(
  metric: MetricSummary,
  thresholds: readonly ThresholdResult[],
  name: string,
): K6Metric {
  const own = thresholds.filter(({ key }) => key === name);
  const contains = metric.unit === "ms" ? "time" : "default";
  const values = valuesOf(metric);
  const base = { type: metric.kind, contains, values } as const;
  return own.length === 0 ? base : { ...base, thresholds: verdicts(own) };
}

function verdicts(
  thresholds: readonly ThresholdResult[],
): Readonly<Record<string, { readonly ok: boolean }>> {
  return Object.fromEntries(thresholds.map(({ source, ok }) => [source, { ok }]));
}

function valuesOf(metric: MetricSummary): Readonly<Record<string, number>> {
  switch (metric.kind) {
    case "trend": {
      const { mean, min, p50, max, p90, p95, p99 } = metric;
      return { avg: mean, min, med: p50, max, "p(90)": p90, "p(95)": p95, "p(99)": p99 };
    }
    case "rate":
      // k6 calls what counts towards the rate a pass, also when it is a failed request.
      return {
        rate: metric.rate,
        passes: metric.passes,
        fails: metric.count - metric.passes,
      };
    case "counter":
      return { count: metric.count, ...(metric.rate !== undefined && { rate: metric.rate }) };
    case "gauge": {
      const { value, min, max } = metric;
      return { value, ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
    }
  }
}

/** `ttft{phase:recovery}`: of a part of the run only what its thresholds asked for is known. */
function subMetrics({ thresholds }: Summary): readonly (readonly [string, K6Metric])[] {
  const keys = new Set(thresholds.map(({ key }) => key).filter((key) => key.includes("{")));
  return [...keys].map((key) => {
    const own = thresholds.filter((one) => one.key === key);
    const metric = own[0]?.metric ?? "";
    const row = Object.hasOwn(metrics, metric)
      ? metrics[metric as keyof typeof metrics]
      : undefined;
    const values = own.flatMap(({ source, value }) =>
      value === undefined
        ? []
        : [[/^\s*([a-z]+(?:\([^)]*\))?)/.exec(source)?.[1] ?? source, value]],
    );
    return [
      key,
      {
        type: row?.kind ?? "gauge",
        contains: row?.unit === "ms" ? "time" : "default",
        values: Object.fromEntries(values) as Record<string, number>,
        thresholds: verdicts(own),
      },
    ] as const;
  });
}

function rootGroup({ checks }: Summary): object {
  return {
    name: "",
    path: "",
    id: md5(""),
    groups: [],
    checks: checks.map(({ name, passes, fails }) => ({
      name,
      path: `::${name}`,
      id: md5(`::${name}`),
      passes,
      fails,
    })),
  };
}

/** k6 identifies groups and checks so (k6 lib/models.go); nothing secret depends on it. */
function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
