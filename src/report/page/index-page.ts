/**
 * `reports/index.html`: all runs of a folder on one page, newest first, with how the main numbers of
 * each scenario went from run to run. It links to the reports and loads nothing else.
 */
import type { MetricName } from "../../core/metrics.ts";
import type { Summary } from "../../judge/summary.ts";
import { cell, numberCell, table, valueCell, type Cell, type Section } from "./blocks.ts";
import { contentSecurityPolicy } from "./content-security.ts";
import { metricLabel } from "../text/metric-labels.ts";
import { counted, quantity } from "../text/quantity.ts";
import type { ReportAssets } from "./report-input.ts";
import { serverName } from "../text/server-name.ts";
import { singleValue } from "../text/single-value.ts";
import { fillFrame, templateFile } from "./templates.ts";
import { verdictWords } from "../text/verdict-words.ts";

/** What the page needs of a run; without a summary it was never judged, or by another version. */
export interface IndexEntry {
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Whether a report.html lies beside it. */
  readonly hasReport: boolean;
  readonly summary?: Pick<Summary, "verdict" | "validity" | "metrics" | "target" | "run">;
}

/** The columns of numbers: a metric, and which of its figures. */
const FIGURES = [
  ["ttft_scheduled", "p95"],
  ["ttft", "p95"],
  ["itl", "p95"],
  ["output_tokens_per_second", "value"],
  ["request_failed", "rate"],
] as const satisfies readonly (readonly [MetricName, string])[];

type Figure = (typeof FIGURES)[number];

export function renderIndex(entries: readonly IndexEntry[], assets: ReportAssets): string {
  const newestFirst = [...entries].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  const css = templateFile(assets, "report.css");
  const tablesJs = templateFile(assets, "tables.js");
  return fillFrame(assets, "index.hbs", {
    policy: contentSecurityPolicy([tablesJs], [css]),
    css,
    tablesJs,
    count: counted(entries.length, "run"),
    sections: [...trendSections(newestFirst), runsSection(newestFirst)],
  });
}

function runsSection(entries: readonly IndexEntry[]): Section {
  const used = FIGURES.filter((figure) => entries.some((entry) => figureOf(entry, figure)));
  const headings = [
    ...["started", "scenario", "verdict", "measurement", "server"],
    ...used.map((figure) => `#${headingOf(figure)}`),
  ];
  const rows = entries.map((entry) => runRow(entry, used));
  return {
    id: "runs",
    title: "Runs",
    intro: entries.length === 0 ? "There are none yet: plimsoll run steady makes one." : "",
    blocks: entries.length === 0 ? [] : [table(headings, rows, { sortable: true })],
  };
}

function headingOf([metric, figure]: Figure): string {
  return figure.startsWith("p") ? `${metricLabel(metric)} ${figure}` : metricLabel(metric);
}

function runRow(entry: IndexEntry, used: readonly Figure[]): readonly Cell[] {
  const { summary, id, name, startedAt, hasReport } = entry;
  const started = startedAt.slice(0, 19).replace("T", " ");
  const href = hasReport ? `${encodeURIComponent(id)}/report.html` : "";
  const verdict = summary && verdictWords[summary.verdict.status];
  return [
    cell(started, { href, title: id, sort: startedAt, keep: true }),
    cell(name),
    verdict === undefined
      ? cell("not judged", { tone: "neutral" })
      : cell(`${verdict.sign} ${verdict.title}`, { tone: verdict.tone }),
    cell(summary?.validity.status ?? "", {
      tone: summary?.validity.status === "invalid" ? "fail" : "",
    }),
    cell(summary?.target === undefined ? "" : serverName(summary.target)),
    ...used.map((figure) => {
      const found = figureOf(entry, figure);
      return found === undefined ? numberCell(undefined) : valueCell(found.value, found.unit);
    }),
  ];
}

function figureOf(
  { summary }: IndexEntry,
  [metric, figure]: Figure,
): { readonly value: number; readonly unit: string } | undefined {
  const found = summary?.metrics[metric];
  if (found === undefined) return undefined;
  if (found.kind !== "trend") return { value: singleValue(found), unit: found.unit };
  return figure === "p95" ? { value: found.p95, unit: found.unit } : undefined;
}

/** Fewer points are no trend. */
const LEAST_POINTS = 3;

/** For each scenario the course of its figures, oldest run to newest; only runs that can be trusted. */
function trendSections(entries: readonly IndexEntry[]): readonly Section[] {
  const names = [...new Set(entries.map(({ name }) => name))].sort();
  const rows = names.flatMap((name) => {
    const own = entries
      .filter((entry) => entry.name === name && entry.summary?.validity.status !== "invalid")
      .reverse();
    return FIGURES.flatMap((figure) => trendRow(name, figure, own));
  });
  if (rows.length === 0) return [];
  const headings = ["scenario", "metric", "oldest to newest", "#lowest", "#highest", "#newest"];
  const intro =
    "Valid runs only, each a point, whatever server they were of. A line tells no regression from noise: plimsoll compare does.";
  return [{ id: "trends", title: "From run to run", intro, blocks: [table(headings, rows)] }];
}

function trendRow(
  name: string,
  figure: Figure,
  entries: readonly IndexEntry[],
): readonly (readonly Cell[])[] {
  const found = entries.flatMap((entry) => figureOf(entry, figure) ?? []);
  const values = found.map(({ value }) => value);
  const unit = found[0]?.unit;
  const newest = values.at(-1);
  if (values.length < LEAST_POINTS || newest === undefined || unit === undefined) return [];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const label = `${values.length} runs, from ${quantity(low, unit)} to ${quantity(high, unit)}`;
  return [
    [
      cell(name),
      cell(headingOf(figure)),
      cell("", { timeline: { label, parts: [], events: sparkline(values) } }),
      valueCell(low, unit),
      valueCell(high, unit),
      valueCell(newest, unit),
    ],
  ];
}

/** A line through the values, from the bottom (their lowest) to the top of a bar of 1000 by 14. */
export function sparkline(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = high - low || 1;
  const step = 1000 / Math.max(1, values.length - 1);
  return values
    .map((value, i) => {
      const y = high === low ? 7 : 13 - ((value - low) / range) * 12;
      return `${i === 0 ? "M" : "L"}${(i * step).toFixed(1)} ${y.toFixed(2)}`;
    })
    .join("");
}
