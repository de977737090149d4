/** A chart as data: what `templates/charts.js` draws with uPlot. */
import type { Column } from "../../judge/series/series.ts";

/** Names of colours in `templates/report.css`. */
export type ColourRole = "sea" | "deep" | "brass" | "slate" | "ink" | "fail" | "pass";

export interface ChartLine {
  readonly label: string;
  readonly unit: string;
  readonly role: ColourRole;
  readonly axis: "left" | "right";
  /** `reading`: in the legend only; the chart's dots show it. */
  readonly draw?: "line" | "steps" | "points" | "reading";
  readonly dash?: boolean;
  readonly fill?: boolean;
  /** Drawn through intervals without a value: samplers that read less often than that. */
  readonly bridge?: boolean;
  readonly values: Column;
}

export interface ChartSpec {
  readonly id: string;
  readonly kind: "time" | "percentile" | "histogram" | "load" | "pairs" | "sittings";
  /**
   * Seconds into the traffic, 1 / (1 - p) for a percentile p, lower edges of bins, loads, or numbers
   * of sessions.
   */
  readonly x: readonly number[];
  /** Of a histogram or loads: the unit of the x axis, and whether it is logarithmic. */
  readonly bins?: { readonly unit: string; readonly logarithmic: boolean };
  /** What x is called, for pairs. */
  readonly xLabel?: string;
  /** What each x is, for sessions. */
  readonly labels?: readonly string[];
  /** What the left axis shows at least; it starts at 0 without. */
  readonly span?: { readonly low: number; readonly high: number };
  readonly y: readonly Column[];
  readonly series: readonly Omit<ChartLine, "values">[];
  readonly left: string;
  readonly right?: string;
  readonly phases: readonly { name: string; start: number; end: number; measured: boolean }[];
  readonly limits: readonly { readonly value: number; readonly label: string }[];
  /** Single requests behind the lines, on the left axis. */
  readonly dots?: {
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly role: ColourRole;
  };
  /** Single requests that failed, on the time axis: they have no height. */
  readonly failed?: readonly number[];
  /** The time from the end of an overload until the waiting was within its limit again. */
  readonly recovery?: { readonly start: number; readonly end: number };
  /** Places on the x axis worth a line across the chart: a recovery, a crash, the capacity. */
  readonly marks: readonly { readonly x: number; readonly label: string }[];
}
