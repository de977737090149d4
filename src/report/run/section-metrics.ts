/** All metrics of the measured phases: distributions first, then shares, counts and gauges. */
import { metrics as known, type MetricName } from "../../core/metrics.ts";
import type { MetricSummary, TrendSummary } from "../../judge/metric-summaries.ts";
import type { Summary } from "../../judge/summary.ts";
import { cell, numberCell, table, valueCell, type Cell, type Section } from "../page/blocks.ts";
import { glossaryLink } from "../page/glossary.ts";
import { measuredLabel } from "../text/metric-labels.ts";
import { counted, percent, quantity, whole } from "../text/quantity.ts";
import type { ReportInput } from "../page/report-input.ts";
import { headlineNames } from "./section-verdict.ts";

/** The headline first, then the order of core/metrics.ts. */
function inOrder(summary: Summary): readonly [MetricName, MetricSummary][] {
  const names = new Set([...headlineNames(summary), ...(Object.keys(known) as MetricName[])]);
  return [...names].flatMap((name) => {
    const found = summary.metrics[name];
    return found === undefined ? [] : [[name, found] satisfies [MetricName, MetricSummary]];
  });
}

function nameCell(name: MetricName, metric: MetricSummary): Cell {
  const per = metric.kind === "trend" && metric.per === "chunk" ? " (between chunks)" : "";
  return cell(`${measuredLabel(name, metric)}${per}`, glossaryLink(name));
}

function trendRow(name: MetricName, trend: TrendSummary): readonly Cell[] {
  // A column of its own unit would be wasted on ms; tokens are named in the metric.
  const unit = trend.unit === "tokens" ? "" : trend.unit;
  const { p50, p90, p95, p99, p999, max, mean, min } = trend;
  return [
    nameCell(name, trend),
    ...[p50, p90, p95, p99, p999, max, mean, min].map((value) => valueCell(value, unit)),
    numberCell(whole(trend.count)),
  ];
}

/** What people look for first comes first: on a phone the rest is scrolled to. */
const TREND_HEADINGS = [
  ...["metric", "#p50", "#p90", "#p95", "#p99", "#p99.9"],
  ...["#max", "#mean", "#min", "#values"],
];

function otherRow(name: MetricName, metric: Exclude<MetricSummary, TrendSummary>): readonly Cell[] {
  const named = nameCell(name, metric);
  switch (metric.kind) {
    case "rate":
      return [
        named,
        valueCell(metric.rate, "ratio"),
        cell(`${whole(metric.passes)} of ${whole(metric.count)}`),
      ];
    case "counter":
      return [
        named,
        numberCell(whole(metric.count)),
        cell(metric.rate === undefined ? "" : quantity(metric.rate, "1/s")),
      ];
    case "gauge": {
      const { min, max, unit } = metric;
      const range =
        min === undefined || max === undefined
          ? ""
          : `between ${quantity(min, unit)} and ${quantity(max, unit)}`;
      return [named, valueCell(metric.value, unit), cell(range)];
    }
  }
}

function sourcesNote({ metrics }: Summary): string {
  const sources = metrics.output_tokens;
  if (sources?.kind !== "trend" || sources.sources === undefined) return "";
  const parts = Object.entries(sources.sources).map(
    ([source, count]) => `${source} for ${counted(count, "request")}`,
  );
  return `Output tokens were counted by ${parts.join(", ")}.`;
}

/** `99.2 % of 600 requests…`: what entered the metrics and what did not. */
function basis({ census, run }: Summary): string {
  const { total, ok, failed, censored, resent } = census.measuredRequests;
  if (total === 0) return "No request was measured.";
  const cut = censored === 0 ? "" : `, ${whole(censored)} cut off by the end of the run`;
  const again =
    resent === undefined
      ? ""
      : ` ${counted(resent, "request")} went out twice: the server had closed the kept connection; times count from the first.`;
  return (
    `Measured phases only (${quantity(run.measured.ms, "ms")}): ${counted(total, "request")}, ` +
    `${whole(ok)} ok (${percent(ok / total)}), ${whole(failed)} failed${cut}. Latencies are of the ok ones.${again}`
  );
}

export function metricsSection({ summary }: ReportInput): Section | undefined {
  const all = inOrder(summary);
  const trends = all.flatMap(([name, metric]) =>
    metric.kind === "trend"
      ? [{ lead: name === summary.headline[0], cells: trendRow(name, metric) }]
      : [],
  );
  const others = all.flatMap(([name, metric]) =>
    metric.kind === "trend" ? [] : [otherRow(name, metric)],
  );
  if (all.length === 0) return undefined;
  const distributions = table(TREND_HEADINGS, [], {
    title: "Distributions",
    caption: sourcesNote(summary),
    rows: trends,
  });
  return {
    id: "metrics",
    title: "Metrics",
    intro: basis(summary),
    blocks: [
      ...(trends.length > 0 ? [distributions] : []),
      ...(others.length > 0
        ? [table(["metric", "#value", ""], others, { title: "Shares, counts and throughput" })]
        : []),
    ],
  };
}
