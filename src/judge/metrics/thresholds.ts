/** Thresholds over what was measured, with k6's aggregations (its grammar: scenario/thresholds.ts). */
import { findMetric, type MetricName } from "../../core/metrics.ts";
import { findSeries } from "../../core/telemetry.ts";
import type { Aggregation, ThresholdPlan } from "../../scenario/plan.ts";
import type { Distribution } from "../../stats/distribution.ts";
import type { Measured } from "./metrics-of.ts";
import type { ThresholdResult } from "../outcome-summaries.ts";

/** A metric, or a telemetry series with its last reading. */
export type ThresholdData =
  | Measured
  | { readonly kind: "telemetry"; readonly distribution: Distribution; readonly last: number };

/** Finds the data of a threshold's metric and selector; undefined when there is none. */
export type SelectData = (
  metric: string,
  selector: Readonly<Record<string, string>>,
) => ThresholdData | undefined;

/** Evaluates one threshold on what `select` finds. */
export function evaluateThreshold(plan: ThresholdPlan, select: SelectData): ThresholdResult {
  const { key, metric, selector, source, operator, limit, abortOnFail, aggregation } = plan;
  const data = select(metric, selector);
  const value = data && aggregate(data, aggregation);
  const status =
    value === undefined ? "no_data" : holds(value, operator, limit) ? "passed" : "failed";
  const unit = unitOf(metric, aggregation);
  return {
    key,
    metric,
    selector,
    source,
    operator,
    limit,
    ...(value !== undefined && { value }),
    ...(unit !== undefined && { unit }),
    count: data === undefined ? 0 : countOf(data),
    status,
    ok: status === "no_data" ? plan.noData === "pass" : status === "passed",
    abortOnFail,
  };
}

function holds(value: number, operator: ThresholdPlan["operator"], limit: number): boolean {
  switch (operator) {
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    case "==":
      return value === limit;
    case "!=":
      return value !== limit;
  }
}

/** Undefined where an aggregation does not apply: such a threshold has no data. */
function aggregate(data: ThresholdData, aggregation: Aggregation): number | undefined {
  if (data.kind === "telemetry" && aggregation.kind === "value") return data.last;
  return "distribution" in data
    ? ofDistribution(data.distribution, aggregation)
    : plainValue(data, aggregation.kind);
}

function plainValue(
  data: Exclude<Measured, { kind: "trend" }>,
  aggregation: Aggregation["kind"],
): number | undefined {
  switch (data.kind) {
    case "rate":
      return aggregation === "rate" ? data.passes / data.count : undefined;
    case "counter":
      if (aggregation === "count") return data.count;
      return aggregation === "rate" ? data.rate : undefined;
    case "gauge":
      return aggregation === "value" ? data.value : undefined;
  }
}

function ofDistribution(values: Distribution, aggregation: Aggregation): number | undefined {
  switch (aggregation.kind) {
    case "percentile":
      return values.percentile(aggregation.p);
    case "med":
      return values.percentile(50);
    case "avg":
      return values.mean;
    case "min":
      return values.min;
    case "max":
      return values.max;
    case "count":
      return values.count;
    case "rate":
    case "value":
      return undefined;
  }
}

function countOf(data: ThresholdData): number {
  if ("distribution" in data) return data.distribution.count;
  return data.kind === "gauge" ? 1 : data.count;
}

/** Growth a second, where it has a name of its own. */
const RATE_UNITS: Readonly<Record<string, string>> = { J: "W", s: "ratio", "1": "1/s" };

function unitOf(metric: string, { kind }: Aggregation): string | undefined {
  const known = findMetric(metric);
  if (known !== undefined) return known.kind === "counter" && kind === "rate" ? "1/s" : known.unit;
  const unit = findSeries(metric)?.unit;
  if (unit === undefined || kind !== "rate") return unit;
  return RATE_UNITS[unit] ?? `${unit}/s`;
}

/** Whether a threshold's metric is one of ours rather than telemetry. */
export function isMetricName(name: string): name is MetricName {
  return findMetric(name) !== undefined;
}
