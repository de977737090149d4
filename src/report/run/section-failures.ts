/** What failed, how, and in the server's own words. */
import { failureKinds } from "../../core/request-record.ts";
import type { FailureSummary } from "../../judge/outcome-summaries.ts";
import type { Summary } from "../../judge/summary.ts";
import type { RequestExample, Series } from "../../judge/series/series.ts";
import {
  cell,
  numberCell,
  table,
  valueCell,
  type Block,
  type Cell,
  type Section,
} from "../page/blocks.ts";
import { cutInside } from "../text/plain-text.ts";
import type { ChartLine, ColourRole } from "../page/chart-spec.ts";
import { timeChart } from "../page/charts.ts";
import { counted, elapsed, percent, whole } from "../text/quantity.ts";
import type { ReportInput } from "../page/report-input.ts";

/** As many as there are kinds, so that none goes without. */
const EXAMPLES = failureKinds.length;
const MESSAGE_LENGTH = 300;

function kindRow(series: Series, failure: FailureSummary): readonly Cell[] {
  const statuses = Object.entries(failure.statuses).map(([status, n]) => `${status} × ${whole(n)}`);
  const messages = failure.messages.map(
    ({ message, count }) => `${whole(count)} × ${cut(message)}`,
  );
  return [
    cell(failure.kind, { mono: true }),
    numberCell(whole(failure.count)),
    valueCell(failure.share, "ratio"),
    numberCell(elapsed(failure.firstAt - series.start)),
    cell(statuses.join(", ")),
    cell(messages.join("; "), { mono: true }),
  ];
}

/** Servers send whole pages as error messages. */
function cut(message: string): string {
  return message.length <= MESSAGE_LENGTH ? message : cutInside(message, MESSAGE_LENGTH);
}

function exampleRow(series: Series, { record, durationMs }: RequestExample): readonly Cell[] {
  const { outcome } = record;
  return [
    numberCell(elapsed((record.scheduled ?? record.sent) - series.start)),
    numberCell(whole(record.iteration)),
    cell(record.phase),
    cell(outcome.ok ? "" : outcome.failure, { mono: true }),
    numberCell(record.status === undefined ? undefined : String(record.status), "no response"),
    valueCell(durationMs, "ms"),
    cell(outcome.ok ? "" : cut(outcome.message), { mono: true }),
  ];
}

function overTime(series: Series): Block | undefined {
  const roles: readonly ColourRole[] = ["fail", "brass", "deep", "slate", "sea", "pass"];
  const lines = series.traffic.failures.map(({ kind, counts }, index): ChartLine => ({
    label: kind,
    unit: "",
    role: roles[index % roles.length] ?? "fail",
    axis: "left",
    draw: "steps",
    fill: true,
    values: counts,
  }));
  const words = {
    id: "failures",
    title: "Failures over time",
    caption: "In each interval, by kind.",
  };
  return timeChart(words, series, lines);
}

/** The first of every kind, then the second, as many as are shown; in order of time. */
function someOfEachKind(failed: readonly RequestExample[]): readonly RequestExample[] {
  const seen = new Map<string, number>();
  const ranked = failed.map((example) => {
    const { outcome } = example.record;
    const kind = outcome.ok ? "" : outcome.failure;
    const rank = seen.get(kind) ?? 0;
    seen.set(kind, rank + 1);
    return { example, rank };
  });
  const shown = ranked.sort((a, b) => a.rank - b.rank).slice(0, EXAMPLES);
  return shown.map(({ example }) => example).sort((a, b) => a.record.ended - b.record.ended);
}

function examplesTable(series: Series): Block | undefined {
  if (series.failed.length === 0) return undefined;
  const shown = someOfEachKind(series.failed);
  const headings = ["#at", "#iteration", "phase", "kind", "#status", "#after", "message"];
  return table(
    headings,
    shown.map((example) => exampleRow(series, example)),
    {
      title: "Examples",
      caption: "The first ones of each kind, as the server or the network put it.",
      fold: shown.length > 5 ? `Examples of failed requests (${shown.length})` : "",
    },
  );
}

function checksTable({ checks }: Summary): Block | undefined {
  if (checks.length === 0) return undefined;
  const rows = checks.map(({ name, passes, fails }) => [
    cell(fails === 0 ? "✔ holds" : "✘ failed", { tone: fails === 0 ? "pass" : "fail" }),
    cell(name),
    numberCell(whole(passes)),
    numberCell(whole(fails)),
  ]);
  return table(["", "check", "#held", "#did not"], rows, { title: "Checks" });
}

/** The texts of every canary prompt; more than one is what there is to see. */
function canariesTable({ canaries = [] }: Summary): Block | undefined {
  const rows = canaries.flatMap(({ prompt, texts }) =>
    texts.map(({ hash, count, excerpt }, at) => [
      cell(at === 0 ? "✔ first" : "✘ differs", { tone: at === 0 ? "pass" : "fail" }),
      numberCell(whole(prompt)),
      numberCell(whole(count)),
      cell(hash.slice(0, 12), { mono: true }),
      cell(excerpt, { mono: true }),
    ]),
  );
  if (rows.length === 0) return undefined;
  const captions = { title: "Canaries", caption: "What came back for each canary prompt." };
  return table(["", "#prompt", "#replies", "SHA-256", "text"], rows, captions);
}

export function failuresSection({ summary, series }: ReportInput): Section {
  const { total, share, kinds } = summary.failures;
  const rows = kinds.map((failure) => kindRow(series, failure));
  const headings = ["kind", "#count", "#share", "#first at", "HTTP status", "messages"];
  const blocks: readonly (Block | undefined)[] = [
    rows.length > 0 ? table(headings, rows, { title: "By kind" }) : undefined,
    overTime(series),
    examplesTable(series),
    checksTable(summary),
    canariesTable(summary),
  ];
  const of = share === undefined ? "" : ` (${percent(share)})`;
  const intro =
    total === 0 ? "No measured request failed." : `${counted(total, "request")} failed${of}.`;
  return {
    id: "failures",
    title: "Failures",
    intro,
    blocks: blocks.filter((block) => block !== undefined),
  };
}
