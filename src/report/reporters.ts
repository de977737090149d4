/** Every format a run can be reported in: adding one is adding a row. */
import type { Transform } from "node:stream";
import { requestsCsv, samplesCsv } from "./csv.ts";
import { renderHtml } from "./html.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./markdown.ts";
import type { ReportAssets, ReportInput } from "./report-input.ts";

export type Reporter =
  /** One document of the whole run. */
  | {
      readonly kind: "document";
      /** Its name in the run directory. */
      readonly file: string;
      readonly render: (input: ReportInput, assets: ReportAssets) => string;
    }
  /** Rows, streamed: lines of `run.jsonl` in, text out; one transform a file. */
  | { readonly kind: "rows"; readonly files: Readonly<Record<string, () => Transform>> };

export const reporters = {
  html: { kind: "document", file: "report.html", render: renderHtml },
  csv: { kind: "rows", files: { "requests.csv": requestsCsv, "samples.csv": samplesCsv } },
  json: { kind: "document", file: "summary.json", render: ({ summary }) => renderJson(summary) },
  markdown: {
    kind: "document",
    file: "report.md",
    render: ({ summary }) => renderMarkdown(summary),
  },
} as const satisfies Readonly<Record<string, Reporter>>;

export type ReporterName = keyof typeof reporters;
