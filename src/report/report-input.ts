/** What every reporter is given; reporters are pure functions of it. */
import type { ComparisonDocument } from "../judge/compare/comparison.ts";
import type { Series } from "../judge/series.ts";
import type { Summary } from "../judge/summary.ts";

export interface ReportInput {
  readonly summary: Summary;
  readonly series: Series;
  /** How it compares with accepted runs, where it was compared. */
  readonly comparison?: ComparisonDocument;
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
