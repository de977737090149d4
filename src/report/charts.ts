/**
 * Charts as data: what `templates/charts.js` draws with uPlot, and the same numbers as a table.
 * Times on the x axis are seconds into the traffic.
 */
import type { Column, Series } from "../judge/series.ts";
import type { ChartLine, ChartSpec } from "./chart-spec.ts";
import { cell, table, valueCell, type ChartBlock, type TableBlock } from "./blocks.ts";
import { elapsed, limitText } from "./quantity.ts";

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
  rest: Pick<ChartSpec, "kind" | "x" | "phases" | "limits">,
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
  limits: ChartSpec["limits"] = [],
): ChartBlock | undefined {
  const present = lines.filter((line) => line.values.some((value) => value !== null));
  if (present.length === 0) return undefined;
  const seconds = (ms: number): number => Math.round(ms - series.start) / 1000;
  const x = series.at.map(seconds);
  const phases = series.phases.map(({ name, start, end, measured }) => ({
    name,
    start: seconds(start),
    end: seconds(end),
    measured,
  }));
  return {
    partial: "chart",
    title: words.title,
    caption: words.caption,
    spec: spec(words, present, { kind: "time", x, phases, limits }),
    table: timeTable(words, series, present),
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
    caption: words.caption,
    spec: spec(words, lines, { kind: "percentile", x, phases: [], limits }),
    table: table(["percentile", ...lines.map((line) => `#${line.label}`)], rows, {
      caption: words.title,
      fold: "Numbers of this chart",
    }),
  };
}
