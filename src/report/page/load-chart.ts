/** Charts over the load rather than over time: a point for every level. */
import { table, valueCell, type ChartBlock } from "./blocks.ts";
import type { ChartLine, ChartSpec } from "./chart-spec.ts";
import { rounded, type ChartWords } from "./charts.ts";

export interface LoadAxis {
  readonly heading: string;
  /** As charts write it: `/s`, `tokens/s`, or nothing. */
  readonly unit: string;
  /** In ascending order. */
  readonly values: readonly number[];
}

/** Undefined when none of the lines has a value. */
export function loadChart(
  words: ChartWords,
  { heading, unit, values: x }: LoadAxis,
  all: readonly ChartLine[],
  more: Partial<Pick<ChartSpec, "limits" | "marks">> = {},
): ChartBlock | undefined {
  const lines = all.filter(({ values }) => values.some((value) => value !== null));
  if (lines.length === 0 || x.length === 0) return undefined;
  const right = lines.find(({ axis }) => axis === "right")?.unit;
  const rows = x.map((at, i) => [
    valueCell(at, known(unit)),
    ...lines.map((line) => valueCell(line.values[i] ?? undefined, known(line.unit))),
  ]);
  return {
    partial: "chart",
    title: words.title,
    caption: words.caption,
    href: "",
    spec: {
      id: `chart-${words.id}`,
      kind: "load",
      x,
      bins: { unit, logarithmic: false },
      y: lines.map(({ values }) => rounded(values)),
      series: lines.map(({ values: _, ...look }) => look),
      left: lines.find(({ axis }) => axis === "left")?.unit ?? "",
      ...(right !== undefined && { right }),
      ...{ phases: [], limits: [], marks: [] },
      ...more,
    },
    table: table([`#${heading}`, ...lines.map(({ label }) => `#${label}`)], rows, {
      caption: words.title,
      fold: "Numbers of this chart",
    }),
  };
}

/** Units of charts are written as they are shown, apart from those of core/metrics.ts. */
function known(unit: string): string {
  return unit === "/s" ? "1/s" : unit;
}
