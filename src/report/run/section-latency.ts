/** Latency over time, and as percentile curves from sent and from scheduled. */
import type { MetricName } from "../../core/metrics.ts";
import type { Band, Series } from "../../judge/series/series.ts";
import type { Summary } from "../../judge/summary.ts";
import type { Block, ChartBlock, PairBlock, Section } from "../page/blocks.ts";
import type { ChartLine, ChartSpec, ColourRole } from "../page/chart-spec.ts";
import { histogramChart, percentileChart, timeChart } from "../page/charts.ts";
import { metricLabel } from "../text/metric-labels.ts";
import { limitText } from "../text/quantity.ts";
import type { ReportInput } from "../page/report-input.ts";

const TITLES: Readonly<Partial<Record<MetricName, string>>> = {
  ttft_scheduled: "Time to first token, from schedule",
  ttft: "Time to first token, from send",
  itl: "Inter-token latency",
  tpot: "Time per output token",
  e2e_scheduled: "End to end, from schedule",
  e2e: "End to end, from send",
};

/** Upper limits that thresholds and the SLO set on a metric, as lines across its charts. */
function limitsOn({ thresholds, slo }: Summary, metric: MetricName): ChartSpec["limits"] {
  const wanted = thresholds.filter(
    (one) => one.metric === metric && one.unit === "ms" && one.operator.startsWith("<"),
  );
  const fromThresholds = wanted.map((one) => ({ value: one.limit, label: one.source }));
  const fromSlo = slo.limits
    .filter((one) => one.metric === metric)
    .map((one) => ({ value: one.limit, label: `SLO ${limitText(one.limit, "ms")}` }));
  return [...fromThresholds, ...fromSlo];
}

function bandChart(summary: Summary, series: Series, band: Band): ChartBlock | undefined {
  const line = { unit: band.unit, axis: "left" } as const;
  const dots = dotsOf(series, band.metric);
  const hasDots = dots.dots !== undefined;
  const lines: readonly ChartLine[] = [
    { ...line, label: "p50", role: "sea", fill: true, values: band.p50 },
    { ...line, label: "p95", role: "deep", values: band.p95 },
    { ...line, label: "p99", role: "brass", values: band.p99 },
    {
      ...line,
      label: "slowest",
      role: "slate",
      draw: hasDots ? "reading" : "points",
      values: band.max,
    },
  ];
  const words = {
    id: `band-${band.metric}`,
    title: TITLES[band.metric] ?? metricLabel(band.metric),
    caption: captionOf(band.metric, dots),
  };
  const limits = limitsOn(summary, band.metric);
  return timeChart(words, series, lines, { limits, ...dots, metric: band.metric });
}

function captionOf(metric: MetricName, { dots, failed }: Dots): string {
  if (metric === "itl") return "By the time received.";
  const single = dots === undefined ? "" : " Each dot is a request; of many, the slowest and some.";
  const lost = failed === undefined ? "" : " Red at the bottom: failed ones.";
  return `By the time sent.${single}${lost}`;
}

type Dots = Pick<ChartSpec, "dots" | "failed">;

/** Single requests; nothing for metrics that are not kept one by one. */
function dotsOf({ points, start }: Series, metric: MetricName): Dots {
  const height = HEIGHTS[metric];
  if (height === undefined || points.sent.length === 0) return {};
  const x: number[] = [];
  const y: number[] = [];
  const failed: number[] = [];
  for (const [i, sent] of points.sent.entries()) {
    const at = Math.round(sent - start) / 1000;
    const value = height(points, i);
    if (points.ok[i] === false) failed.push(at);
    if (value === null) continue;
    x.push(at);
    y.push(Number(value.toPrecision(4)));
  }
  return {
    ...(x.length > 0 && { dots: { x, y, role: "slate" } }),
    ...(failed.length > 0 && { failed }),
  };
}

const HEIGHTS: Readonly<
  Partial<Record<MetricName, (points: Series["points"], i: number) => number | null>>
> = {
  ttft: ({ ttft }, i) => ttft[i] ?? null,
  e2e: ({ e2e }, i) => e2e[i] ?? null,
  ttft_scheduled: ({ ttft, waited }, i) => plus(ttft[i], waited[i]),
  e2e_scheduled: ({ e2e, waited }, i) => plus(e2e[i], waited[i]),
};

function plus(a: number | null | undefined, b: number | null | undefined): number | null {
  return a == null || b == null ? null : a + b;
}

/** Charts two by two, except the first, which has the whole width. */
function laidOut(charts: readonly ChartBlock[]): readonly Block[] {
  const [first, ...rest] = charts;
  if (first === undefined) return [];
  const pairs: PairBlock[] = [];
  for (let index = 0; index < rest.length; index += 2) {
    pairs.push({ partial: "pair", blocks: rest.slice(index, index + 2) });
  }
  return [first, ...pairs];
}

/** Headline metrics first. */
function byHeadline(summary: Summary, bands: readonly Band[]): readonly Band[] {
  const place = (band: Band): number => {
    const index = summary.headline.indexOf(band.metric);
    return index < 0 ? summary.headline.length : index;
  };
  return [...bands].sort((a, b) => place(a) - place(b));
}

interface CurveGroup {
  readonly id: string;
  readonly title: string;
  readonly metrics: readonly MetricName[];
}

const GROUPS: readonly CurveGroup[] = [
  { id: "curve-ttft", title: "Time to first token", metrics: ["ttft_scheduled", "ttft"] },
  { id: "curve-e2e", title: "End to end", metrics: ["e2e_scheduled", "e2e"] },
  { id: "curve-tokens", title: "Between tokens", metrics: ["itl", "tpot"] },
];

function curveChart(series: Series, group: CurveGroup): ChartBlock | undefined {
  const roles: readonly ColourRole[] = ["sea", "brass"];
  const curves = group.metrics.flatMap((metric, index) => {
    const found = series.curves.find((curve) => curve.metric === metric);
    if (found === undefined || found.p.length === 0) return [];
    const look = { label: metricLabel(metric), unit: found.unit, axis: "left" } as const;
    return [{ ...look, role: roles[index] ?? "slate", p: found.p, values: found.values }];
  });
  const caption = "Each step to the right is a rarer request: one in 10, in 100, in 1,000.";
  return percentileChart({ id: group.id, title: group.title, caption }, curves);
}

export function latencySection({ summary, series }: ReportInput): Section | undefined {
  const charts = byHeadline(summary, series.bands).map((band) => bandChart(summary, series, band));
  const blocks = laidOut(charts.filter((chart) => chart !== undefined));
  if (blocks.length === 0) return undefined;
  const intro =
    summary.run.loop === "closed"
      ? "Drag to zoom, double-click or press Escape to see the whole run; the charts over time move together."
      : "From schedule is what a user waits, our queueing included. Drag to zoom, double-click or press Escape for the whole run; the charts over time move together.";
  return { id: "latency", title: "Latency over time", intro, blocks };
}

const DISTRIBUTIONS: readonly (readonly [MetricName, string])[] = [
  ["ttft_scheduled", "Time to first token, from schedule"],
  ["ttft", "Time to first token, from send"],
  ["itl", "Inter-token latency"],
  ["e2e", "End to end, from send"],
  ["output_tokens", "Output tokens per request"],
  ["prompt_tokens", "Prompt tokens per request"],
];

export function histogramsSection({ series }: ReportInput): Section | undefined {
  const caption = "Values of the measured phases; a bin's height is how many there were.";
  const charts = DISTRIBUTIONS.flatMap(([metric, title]) => {
    const found = series.histograms.find((one) => one.metric === metric);
    if (found === undefined) return [];
    return histogramChart({ id: `histogram-${metric}`, title, caption }, found) ?? [];
  });
  if (charts.length === 0) return undefined;
  const blocks = charts.flatMap((_, i) =>
    i % 2 === 0 ? [{ partial: "pair", blocks: charts.slice(i, i + 2) } as const] : [],
  );
  const intro = "Two humps are two kinds of requests, or of moments: no percentile shows them.";
  return { id: "histograms", title: "Distributions", intro, blocks };
}

export function percentilesSection({ series }: ReportInput): Section | undefined {
  const charts = GROUPS.map((group) => curveChart(series, group));
  const present = charts.filter((chart) => chart !== undefined);
  if (present.length === 0) return undefined;
  const intro =
    "Measured phases. Where the curve from schedule leaves the one from send, requests waited before they were sent.";
  return {
    id: "percentiles",
    title: "Percentiles",
    intro,
    blocks: laidOut(present),
  };
}
