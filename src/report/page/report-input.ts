/** What every reporter is given; reporters are pure functions of it. */
import type { ComparisonDocument } from "../../judge/compare/comparison.ts";
import type { Repeats, ThresholdInterval } from "../../judge/compare/repeats.ts";
import type { Series } from "../../judge/series/series.ts";
import type { Summary } from "../../judge/summary.ts";

export interface ReportInput {
  readonly summary: Summary;
  readonly series: Series;
  /** How it compares with accepted runs, where it was compared. */
  readonly comparison?: ComparisonDocument;
  /** All repeats of its plan, this run among them, where there are several. */
  readonly repeats?: Repeats;
  /** How sure the run is of what its thresholds are on. */
  readonly intervals?: readonly ThresholdInterval[];
  /** The exact command line that made the run, secrets removed; derived where it is not known. */
  readonly command?: string;
}

/** Text of files that the caller has read: a reporter does no I/O. */
export interface ReportAssets {
  /** The files of `templates/` by name: `report.hbs`, `report.css`, `charts.js`, ... */
  readonly templates: Readonly<Record<string, string>>;
  /** `uplot/dist/uPlot.iife.min.js` and `uplot/dist/uPlot.min.css`. */
  readonly uplotJs: string;
  readonly uplotCss: string;
}
