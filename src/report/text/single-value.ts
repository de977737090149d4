/** The one number of a metric that has no distribution. */
import type { MetricSummary, TrendSummary } from "../../judge/metric-summaries.ts";

export function singleValue(metric: Exclude<MetricSummary, TrendSummary>): number {
  switch (metric.kind) {
    case "rate":
      return metric.rate;
    case "counter":
      return metric.count;
    case "gauge":
      return metric.value;
  }
}
