/** Every format a run can be reported in: adding one is adding a row. */
import { renderBiggerIsBetter, renderSmallerIsBetter } from "./export/benchmark-action.ts";
import { requestsCsv, samplesCsv, type Rows } from "./export/csv.ts";
import { renderHtml } from "./run/html.ts";
import { renderJson } from "./export/json.ts";
import { renderJunit } from "./export/junit.ts";
import { comparisonCases } from "./export/junit-comparison.ts";
import { renderK6Summary } from "./export/k6-summary.ts";
import { renderMarkdown } from "./export/markdown.ts";
import { renderOtlp } from "./export/otlp.ts";
import { renderPrometheus } from "./export/prometheus.ts";
import type { ReportAssets, ReportInput } from "./page/report-input.ts";

export type Reporter =
  /** One document of the whole run. */
  | {
      readonly kind: "document";
      /** Its name in the run directory. */
      readonly file: string;
      readonly render: (input: ReportInput, assets: ReportAssets) => string;
    }
  /** Several documents that belong together. */
  | {
      readonly kind: "documents";
      readonly files: Readonly<Record<string, (input: ReportInput) => string>>;
    }
  /** Rows, streamed: lines of `run.jsonl` in, text out, for each file. */
  | { readonly kind: "rows"; readonly files: Readonly<Record<string, () => Rows>> };

export const reporters = {
  html: { kind: "document", file: "report.html", render: renderHtml },
  csv: { kind: "rows", files: { "requests.csv": requestsCsv, "samples.csv": samplesCsv } },
  json: { kind: "document", file: "summary.json", render: ({ summary }) => renderJson(summary) },
  markdown: {
    kind: "document",
    file: "report.md",
    render: ({ summary, comparison }) => renderMarkdown(summary, comparison),
  },
  junit: {
    kind: "document",
    file: "junit.xml",
    render: ({ summary, comparison }) =>
      renderJunit(summary, comparisonCases(summary.run.name, comparison)),
  },
  prometheus: {
    kind: "document",
    file: "metrics.prom",
    render: ({ summary }) => renderPrometheus(summary),
  },
  otlp: { kind: "document", file: "otlp.json", render: renderOtlp },
  "k6-summary": {
    kind: "document",
    file: "k6-summary.json",
    render: ({ summary }) => renderK6Summary(summary),
  },
  "benchmark-action": {
    kind: "documents",
    files: {
      "benchmark-smaller-is-better.json": ({ summary }) => renderSmallerIsBetter(summary),
      "benchmark-bigger-is-better.json": ({ summary }) => renderBiggerIsBetter(summary),
    },
  },
} as const satisfies Readonly<Record<string, Reporter>>;

export type ReporterName = keyof typeof reporters;
