/** A chart as data: what `templates/charts.js` draws with uPlot. */
import type { Column } from "../judge/series.ts";

/** Names of colours in `templates/report.css`. */
export type ColourRole = "sea" | "deep" | "brass" | "slate" | "ink" | "fail" | "pass";

export interface ChartLine {
  readonly label: string;
  readonly unit: string;
  readonly role: ColourRole;
  readonly axis: "left" | "right";
  readonly draw?: "line" | "steps" | "points";
  readonly dash?: boolean;
  readonly fill?: boolean;
  /** Drawn through intervals without a value: samplers that read less often than that. */
  readonly bridge?: boolean;
  readonly values: Column;
}

export interface ChartSpec {
  readonly id: string;
  readonly kind: "time" | "percentile";
  /** Seconds into the traffic, or 1 / (1 - p) for a percentile p. */
  readonly x: readonly number[];
  readonly y: readonly Column[];
  readonly series: readonly Omit<ChartLine, "values">[];
  readonly left: string;
  readonly right?: string;
  readonly phases: readonly { name: string; start: number; end: number; measured: boolean }[];
  readonly limits: readonly { readonly value: number; readonly label: string }[];
}
