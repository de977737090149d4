/** Whether to believe the numbers: warnings, validity gates, and our own health. */
import type { BaselineCheck, Summary } from "../../judge/summary.ts";
import type { Column, Series, TelemetrySeries } from "../../judge/series/series.ts";
import {
  cell,
  numberCell,
  table,
  valueCell,
  type Block,
  type Cell,
  type Section,
} from "../page/blocks.ts";
import type { ChartLine, ColourRole } from "../page/chart-spec.ts";
import { timeChart } from "../page/charts.ts";
import { glossaryLink } from "../page/glossary.ts";
import { elapsed, limitText, whole } from "../text/quantity.ts";
import type { ReportInput } from "../page/report-input.ts";
import { gateWords, sentence, validitySentence } from "../text/verdict-words.ts";

function limitsCell({ limits, bad, unit }: BaselineCheck): Cell {
  const sign = bad === "above" ? ">" : "<";
  const line = (word: string, limit: number | undefined): readonly string[] =>
    limit === undefined ? [] : [`${word} ${sign} ${limitText(limit, unit)}`];
  const [first, second = ""] = [
    ...line("suspect", limits.warn),
    ...line("invalid", limits.invalid),
  ];
  return { ...numberCell(first, "no limit"), below: second };
}

function gateRow(gate: BaselineCheck): readonly Cell[] {
  const { title, tone, sign } = gateWords[gate.status];
  return [
    cell(`${sign} ${title}`.replace("– ", ""), { tone }),
    cell(gate.title, { notes: notesOf(gate) }),
    valueCell(gate.value, gate.unit, gate.detail ?? "no data"),
    limitsCell(gate),
  ];
}

/** What was found, why it matters, and what to do where it is not as it should be. */
function notesOf({ detail, reason, advice, status }: BaselineCheck): readonly string[] {
  const bad = status === "warn" || status === "invalid";
  const found = [detail, reason].flatMap((part) => (part === undefined ? [] : [sentence(part)]));
  return bad ? [...found, `→ ${sentence(advice)}`] : found;
}

function gatesTable({ validity }: Summary): readonly Block[] {
  const rank = { invalid: 0, warn: 1, ok: 2, not_measured: 3 } as const;
  const gates = [...validity.gates].sort((a, b) => rank[a.status] - rank[b.status]);
  if (gates.length === 0) return [];
  const headings = ["", "gate", "#measured", "#limits"];
  const bad = gates.filter(({ status }) => status === "invalid" || status === "warn");
  const rest = gates.slice(bad.length);
  const title = "Validity gates that are not ok";
  return [
    ...(bad.length === 0 ? [] : [table(headings, bad.map(gateRow), { title })]),
    ...(rest.length === 0 ? [] : [table(headings, rest.map(gateRow), { fold: foldOf(rest) })]),
  ];
}

/** `Validity gates: 12 ok, 4 not measured`. */
function foldOf(gates: readonly BaselineCheck[]): string {
  const ok = gates.filter(({ status }) => status === "ok").length;
  const not = gates.length - ok;
  const parts = [ok === 0 ? "" : `${whole(ok)} ok`, not === 0 ? "" : `${whole(not)} not measured`];
  return `Validity gates: ${parts.filter((part) => part !== "").join(", ")}`;
}

function warningNotes({ warnings }: Summary, series: Series): readonly Block[] {
  if (warnings.length === 0) return [];
  const notes = warnings.map(({ message, advice, at }) => ({
    tone: "warn" as const,
    sign: "!",
    text: `${at === undefined ? "" : `${elapsed(at - series.start)} `}${sentence(message)}`,
    advice: advice === undefined ? "" : sentence(advice),
  }));
  return [{ partial: "notes", notes }];
}

/** A sampler's readings on the intervals of the run: the largest of each, so that peaks stay. */
function onIntervals(series: Series, line: TelemetrySeries, factor: number): Column {
  const column: (number | null)[] = series.at.map(() => null);
  line.at.forEach((at, index) => {
    const slot = Math.floor((at - series.start) / series.intervalMs);
    const value = (line.values[index] ?? NaN) * factor;
    if (slot < 0 || slot >= column.length || !Number.isFinite(value)) return;
    column[slot] = Math.max(column[slot] ?? value, value);
  });
  return column;
}

/** The busiest sources are shown where there are more than colours. */
function peak({ values }: TelemetrySeries): number {
  return values.reduce((highest, value) => Math.max(highest, value), -Infinity);
}

function ownLines(
  series: Series,
  metric: string,
  look: { unit: string; factor: number },
): readonly ChartLine[] {
  const roles: readonly ColourRole[] = ["sea", "brass", "deep", "pass", "slate", "fail"];
  return series.telemetry
    .filter((line) => line.metric === metric)
    .sort((a, b) => peak(b) - peak(a))
    .slice(0, roles.length)
    .map((line, index) => ({
      label: line.source,
      unit: look.unit,
      role: roles[index % roles.length] ?? "sea",
      axis: "left" as const,
      bridge: true,
      values: onIntervals(series, line, look.factor),
    }));
}

function healthCharts(series: Series): readonly Block[] {
  const { dispatchLagMax, dropped } = series.traffic;
  const lag = {
    id: "lag",
    title: "Our own lateness",
    caption: "Largest dispatch lag of each interval.",
  };
  const lost = {
    id: "dropped",
    title: "Dropped iterations",
    caption: "Due, but no virtual user was free.",
  };
  const busy = {
    id: "busy",
    title: "Our event loops' busy share",
    caption: "Above half, timestamps begin to suffer.",
  };
  const delay = { id: "delay", title: "Our event loops' delay", caption: "p99 of each window." };
  const happened = dropped.some((count) => count !== null && count > 0);
  const charts = [
    timeChart(
      lag,
      series,
      [{ label: "dispatch lag", unit: "ms", role: "sea", axis: "left", values: dispatchLagMax }],
      { metric: "dispatch_lag" },
    ),
    happened
      ? timeChart(lost, series, [
          {
            label: "dropped",
            unit: "",
            role: "fail",
            axis: "left",
            draw: "steps",
            values: dropped,
          },
        ])
      : undefined,
    timeChart(busy, series, ownLines(series, "event_loop_utilization", { unit: "%", factor: 100 })),
    timeChart(delay, series, ownLines(series, "event_loop_delay", { unit: "ms", factor: 1 })),
  ].filter((chart) => chart !== undefined);
  return charts.length === 0 ? [] : [{ partial: "pair", blocks: charts }];
}

function telemetryTable({ telemetry }: Summary): readonly Block[] {
  if (telemetry.length === 0) return [];
  const rows = telemetry.map((one) => [
    cell(one.metric, { mono: true, ...glossaryLink(one.metric) }),
    cell(one.source, { mono: true }),
    numberCell(whole(one.count)),
    ...[one.mean, one.min, one.p50, one.p95, one.max, one.last].map((value) =>
      valueCell(value, one.unit === "1" ? "" : one.unit),
    ),
  ]);
  const headings = [
    "series",
    "source",
    "#readings",
    "#mean",
    "#min",
    "#p50",
    "#p95",
    "#max",
    "#last",
  ];
  return [table(headings, rows, { fold: `Sampler series (${rows.length})` })];
}

export function trustSection({ summary, series }: ReportInput): Section {
  const { dropped } = summary.census.measuredIterations;
  const lost = dropped === 0 ? "" : ` ${whole(dropped)} due iterations were dropped.`;
  return {
    id: "trust",
    title: "Can the measurement be trusted?",
    intro: `${validitySentence(summary)}${lost}`.trim(),
    blocks: [
      ...warningNotes(summary, series),
      ...gatesTable(summary),
      ...healthCharts(series),
      ...telemetryTable(summary),
    ],
  };
}
