/**
 * Charts as data: what `templates/charts.js` draws with uPlot, and the same numbers as a table.
 * Times on the x axis are seconds into the traffic.
 */
import type { Column, Histogram, Series } from "../../judge/series/series.ts";
import type { ChartLine, ChartSpec } from "./chart-spec.ts";
import { cell, numberCell, table, valueCell, type ChartBlock, type TableBlock } from "./blocks.ts";
import { glossaryLink } from "./glossary.ts";
import { elapsed, limitText, whole } from "../text/quantity.ts";

export interface ChartWords {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
}

/** Rows of the table behind a chart over time: enough to follow it, few enough to read. */
const TABLE_ROWS = 60;

/** Five significant digits: finer than a pixel, and half the bytes. */
export function rounded(values: Column): Column {
  return values.map((value) =>
    value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(5)),
  );
}

function spec(
  words: ChartWords,
  lines: readonly ChartLine[],
  rest: Pick<ChartSpec, "kind" | "x" | "phases" | "limits" | "marks" | "bins">,
): ChartSpec {
  const right = lines.find((line) => line.axis === "right")?.unit;
  return {
    id: `chart-${words.id}`,
    y: lines.map((line) => rounded(line.values)),
    series: lines.map(({ values: _, ...look }) => look),
    left: lines.find((line) => line.axis === "left")?.unit ?? "",
    ...(right === undefined ? {} : { right }),
    ...rest,
  };
}

/** Lines over the run's intervals, or undefined when none of them has a value. */
export function timeChart(
  words: ChartWords,
  series: Series,
  lines: readonly ChartLine[],
  more: Partial<Pick<ChartSpec, "limits" | "dots" | "failed">> & { readonly metric?: string } = {},
): ChartBlock | undefined {
  const { metric, limits = [], ...drawn } = more;
  const present = lines.filter((line) => line.values.some((value) => value !== null));
  if (present.length === 0) return undefined;
  const seconds = (ms: number): number => Math.round(ms - series.start) / 1000;
  const x = series.at.map((at) => seconds(at + offsetOf(present, series)));
  const phases = series.phases.map(({ name, start, end, measured }) => ({
    name,
    start: seconds(start),
    end: seconds(end),
    measured,
  }));
  return {
    partial: "chart",
    title: words.title,
    href: metric === undefined ? "" : (glossaryLink(metric).href ?? ""),
    caption: words.caption,
    spec: {
      ...spec(words, present, { kind: "time", x, phases, limits, marks: marksOf(series) }),
      ...drawn,
      ...recoverySpan(series),
    },
    table: timeTable(words, series, present),
  };
}

/**
 * The value of an interval stands in its middle, among the requests that it tells of; steps are drawn
 * from the start of each.
 */
function offsetOf(lines: readonly ChartLine[], { intervalMs }: Series): number {
  return lines.some(({ draw }) => draw === "steps") ? 0 : intervalMs / 2;
}

/** What happened once, and when the run was back within its limit after an overload. */
function marksOf(series: Series): ChartSpec["marks"] {
  const seconds = (ms: number): number => Math.round(ms - series.start) / 1000;
  const events = series.events.map(({ at, name }) => ({
    x: seconds(at),
    label: name.replaceAll("_", " "),
  }));
  const { recovery } = series;
  if (recovery === undefined) return events;
  const after = recovery.ms === 0 ? "at once" : `after ${limitText(recovery.ms, "ms")}`;
  const label = `within limits ${after}`;
  return [...events, { x: seconds(recovery.from + recovery.ms), label }];
}

function recoverySpan({ recovery, start }: Series): Pick<ChartSpec, "recovery"> {
  if (recovery === undefined || recovery.ms === 0) return {};
  const from = (recovery.from - start) / 1000;
  return { recovery: { start: from, end: from + recovery.ms / 1000 } };
}

/** How often values of each size occurred; undefined where they all are of one size. */
export function histogramChart(words: ChartWords, histogram: Histogram): ChartBlock | undefined {
  const { edges, counts, unit } = histogram;
  if (counts.filter((count) => count > 0).length < 2) return undefined;
  const look = { label: "values", unit: "", role: "sea", axis: "left" } as const;
  const line: ChartLine = { ...look, draw: "steps", fill: true, values: [...counts, 0] };
  const logarithmic = unit === "ms";
  const [first = 0, second = 1, third = 2] = edges;
  // Nothing has no place on a logarithmic axis: the first bin gets the width of the second.
  const start = logarithmic && first <= 0 ? (second * second) / third : first;
  const x = [start, ...edges.slice(1)].map((edge) => Number(edge.toPrecision(6)));
  const rows = counts.flatMap((count, i) =>
    count === 0
      ? []
      : [[valueCell(edges[i], unit), valueCell(edges[i + 1], unit), numberCell(whole(count))]],
  );
  return {
    partial: "chart",
    title: words.title,
    href: glossaryLink(histogram.metric).href ?? "",
    caption: words.caption,
    spec: spec(words, [line], {
      kind: "histogram",
      x,
      bins: { unit, logarithmic },
      phases: [],
      limits: [],
      marks: [],
    }),
    table: table(["#from", "#to", "#values"], rows, {
      caption: `${words.title}: bins that have values.`,
      fold: "Numbers of this chart",
    }),
  };
}

function timeTable(words: ChartWords, series: Series, lines: readonly ChartLine[]): TableBlock {
  const step = Math.max(1, Math.ceil(series.at.length / TABLE_ROWS));
  const rows = series.at
    .map((at, index) => ({ at, index }))
    .filter(({ index }) => index % step === 0)
    .map(({ at, index }) => [
      cell(elapsed(at - series.start)),
      ...lines.map((line) => unitCell(line.values[index], line.unit)),
    ]);
  const every = step === 1 ? "Every interval" : `One interval in ${step}`;
  return table(["time", ...lines.map((line) => `#${line.label}`)], rows, {
    caption: `${words.title}. ${every}; intervals last ${limitText(series.intervalMs, "ms")}.`,
    fold: "Numbers of this chart",
  });
}

/** Units of charts are written as they are shown, apart from those of core/metrics.ts. */
function unitCell(value: number | null | undefined, unit: string): ReturnType<typeof cell> {
  const known = unit === "/s" ? "1/s" : unit;
  if (value === null || value === undefined) return valueCell(undefined, known, "nothing in it");
  return known === "%" ? valueCell(value / 100, "ratio") : valueCell(value, known);
}

/** Percentiles shown in the table behind a percentile chart. */
const TABLE_PERCENTILES = [1, 5, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.99];

/** Percentile curves on a logarithmic tail axis, x = 1 / (1 - p); undefined without curves. */
export function percentileChart(
  words: ChartWords,
  curves: readonly (Omit<ChartLine, "values"> & {
    readonly p: readonly number[];
    readonly values: readonly number[];
  })[],
  limits: ChartSpec["limits"] = [],
): ChartBlock | undefined {
  if (curves.length === 0) return undefined;
  // p = 100 lies at infinity on this axis; the maximum is in the tables.
  const grid = [...new Set(curves.flatMap((curve) => curve.p))]
    .filter((p) => p < 100)
    .sort((a, b) => a - b);
  const lines = curves.map(({ p, values, ...look }) => {
    const byP = new Map(p.map((at, index) => [at, values[index] ?? null]));
    return { ...look, values: grid.map((at) => byP.get(at) ?? null) };
  });
  const x = grid.map((p) => Number((1 / (1 - p / 100)).toPrecision(8)));
  const chosen = TABLE_PERCENTILES.filter((p) => grid.includes(p));
  const rows = chosen.map((p) => [
    cell(`p${p}`),
    ...lines.map((line) => unitCell(line.values[grid.indexOf(p)], line.unit)),
  ]);
  return {
    partial: "chart",
    title: words.title,
    href: "",
    caption: words.caption,
    spec: spec(words, lines, { kind: "percentile", x, phases: [], limits, marks: [] }),
    table: table(["percentile", ...lines.map((line) => `#${line.label}`)], rows, {
      caption: words.title,
      fold: "Numbers of this chart",
    }),
  };
}

/** The same work on both sides: a dot for each, and the line on which nothing changed. */
export function pairsChart(
  words: ChartWords,
  pairs: readonly { readonly baseline: number; readonly candidate: number }[],
  look: {
    readonly accepted: string;
    readonly judged: string;
    readonly unit: string;
    readonly metric: string;
  },
): ChartBlock {
  const { unit, metric, accepted, judged } = look;
  const sorted = [...pairs].sort((a, b) => a.baseline - b.baseline);
  const x = sorted.map(({ baseline }) => baseline);
  const line = { unit, axis: "left" } as const;
  const lines: readonly ChartLine[] = [
    {
      ...{ ...line, label: judged, role: "sea", draw: "points" },
      values: sorted.map(({ candidate }) => candidate),
    },
    { ...line, label: "no change", role: "ink", dash: true, values: x },
  ];
  const rows = sorted.map(({ baseline, candidate }) => [
    valueCell(baseline, unit),
    valueCell(candidate, unit),
  ]);
  return {
    partial: "chart",
    title: words.title,
    href: glossaryLink(metric).href ?? "",
    caption: words.caption,
    spec: {
      ...spec(words, lines, { kind: "pairs", x, phases: [], limits: [], marks: [] }),
      xLabel: accepted,
    },
    table: table([`#${accepted}`, `#${judged}`], everyNth(rows), {
      caption: words.title,
      fold: "Numbers of this chart",
    }),
  };
}

function everyNth<Row>(rows: readonly Row[]): readonly Row[] {
  const step = Math.max(1, Math.ceil(rows.length / TABLE_ROWS));
  return rows.filter((_, i) => i % step === 0);
}
