/** A page that is not of one run: the frame of the report, with a masthead, tiles and sections. */
import { chartsIn, type Section, type TilesBlock } from "./blocks.ts";
import type { ChartSpec } from "./chart-spec.ts";
import { contentSecurityPolicy, inlineJson } from "./content-security.ts";
import type { ReportAssets } from "./report-input.ts";
import { fillFrame, templateFile } from "./templates.ts";
import type { Tone, VerdictWords } from "../text/verdict-words.ts";

export interface PageView {
  readonly verdict: VerdictWords;
  readonly reason: string;
  readonly validity: { readonly text: string; readonly tone: Tone };
  /** What it is of, beside the program's name. */
  readonly name: string;
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly plimsoll: string;
  readonly tiles: TilesBlock["tiles"];
  readonly sections: readonly Section[];
  /** Where it is from: the last line. */
  readonly footer: string;
}

/** Of a page that no run directory keeps. */
export interface PageFacts {
  readonly plimsoll: string;
  /** ISO 8601. */
  readonly madeAt: string;
}

/** @throws when a template is missing or reads a value that the view does not have: a bug */
export function renderPage(view: PageView, assets: ReportAssets): string {
  const file = (name: string): string => templateFile(assets, name);
  const [css, tablesJs] = [file("report.css"), file("tables.js")];
  const specs = view.sections.flatMap(({ blocks }) => chartsIn(blocks)).map(({ spec }) => spec);
  const charts = specs.length === 0 ? undefined : chartParts(specs, assets, file("charts.js"));
  const { id, startedAt, tiles, ...rest } = view;
  return fillFrame(assets, "page.hbs", {
    ...rest,
    policy: contentSecurityPolicy(
      [...(charts === undefined ? [] : [charts.uplotJs, charts.chartsJs]), tablesJs],
      [...(charts === undefined ? [] : [charts.uplotCss]), css],
    ),
    css,
    tablesJs,
    charts: charts ?? null,
    run: id,
    startedAt,
    started: startedAt.replace("T", " ").replace(/(:\d\d)\.\d+Z$|Z$/, "$1 UTC"),
    details: "",
    tiles: { tiles },
  });
}

/** What a page with charts carries beside the rest. */
function chartParts(
  charts: readonly ChartSpec[],
  { uplotJs, uplotCss }: ReportAssets,
  chartsJs: string,
): Readonly<Record<"uplotJs" | "uplotCss" | "chartsJs" | "data", string>> {
  return { uplotJs, uplotCss, chartsJs, data: inlineJson({ charts }) };
}
