/** A metric over the sessions: a point for each, the levels between change points, the changes marked. */
import type { HistoryReport, MetricHistory } from "../../judge/history/history.ts";
import type { MetricRule } from "../../judge/compare/types.ts";
import { GIB } from "../../core/units.ts";
import { cell, table, type ChartBlock } from "../page/blocks.ts";
import type { ChartLine, ChartSpec } from "../page/chart-spec.ts";
import { rounded } from "../page/charts.ts";
import { amount, changeText, sizeText } from "../compare/comparison-words.ts";
import { glossaryLink } from "../page/glossary.ts";
import { day, sinceWords } from "./history-words.ts";
import { ABSENT, counted } from "../text/quantity.ts";

/** Rows of the table behind a chart; the table of all sessions has the rest. */
const TABLE_ROWS = 60;

/** The axis shows at least this many margins on both sides of the values: noise is not to look like news. */
const LEAST_MARGINS = 1.5;

export function historyChart(history: HistoryReport, metric: MetricHistory): ChartBlock {
  const { rule, values, changes } = metric;
  const { unit, factor } = drawnUnit(rule);
  const look = { unit, axis: "left" as const };
  const levels = levelsOf(metric);
  const lines: readonly ChartLine[] = [
    { ...look, label: "measured", role: "sea", draw: "points", values },
    ...(changes.length === 0
      ? []
      : [{ ...look, label: "level", role: "brass", draw: "steps", values: levels } as const]),
  ];
  const drawn = (value: number | null): number | null => (value === null ? null : value * factor);
  return {
    partial: "chart",
    title: rule.id,
    href: glossaryLink(rule.metric).href ?? "",
    caption: captionOf(metric),
    spec: {
      id: `chart-${rule.id.replaceAll(/[^a-z\d]+/g, "-")}`,
      kind: "sittings",
      x: values.map((_, at) => at),
      labels: history.nights.map(({ startedAt, commit }) =>
        [day(startedAt), commit?.slice(0, 10) ?? ""].join(" ").trim(),
      ),
      y: lines.map((line) => rounded(line.values.map(drawn))),
      series: lines.map(({ values: _, ...rest }) => rest),
      left: unit,
      ...spanOf(metric, factor),
      ...{ phases: [], limits: [] },
      marks: changes.map(({ first, change }) => ({ x: first, label: changeText(change, rule) })),
    },
    table: numbersOf(history, metric),
  };
}

function captionOf(metric: MetricHistory): string {
  const { rule, changes } = metric;
  const since = sinceWords(metric);
  return [
    `Margin ${sizeText(rule.margin, rule)}, ${rule.better} is better.`,
    since === undefined ? "" : `${since} since the first.`,
    changes.length === 0 ? "" : `${counted(changes.length, "change point")}.`,
  ]
    .filter((text) => text !== "")
    .join(" ");
}

/** Charts have few units; see `quantity` in templates/charts.js. */
function drawnUnit({ unit }: MetricRule): { readonly unit: string; readonly factor: number } {
  if (unit === "ratio") return { unit: "%", factor: 100 };
  if (unit === "bytes") return { unit: "GiB", factor: 1 / GIB };
  return { unit: unit === "1/s" ? "/s" : unit, factor: 1 };
}

/** The level that holds at each session; null for all without a change point. */
function levelsOf({ values, changes }: MetricHistory): readonly (number | null)[] {
  const [earliest] = changes;
  if (earliest === undefined) return values.map(() => null);
  return values.map(
    (_, at) => changes.findLast(({ first }) => first <= at)?.after ?? earliest.before,
  );
}

function spanOf({ rule, values }: MetricHistory, factor: number): Pick<ChartSpec, "span"> {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const room = LEAST_MARGINS * rule.margin;
  const [least, most] =
    rule.scale === "log"
      ? [low * Math.exp(-room), high * Math.exp(room)]
      : [Math.max(0, low - room), high + room];
  return { span: { low: least * factor, high: most * factor } };
}

function numbersOf(
  { nights }: HistoryReport,
  { rule, values }: MetricHistory,
): ChartBlock["table"] {
  const from = Math.max(0, nights.length - TABLE_ROWS);
  const rows = nights.slice(from).map((night, i) => {
    const value = values[from + i] ?? null;
    return [
      cell(day(night.startedAt)),
      cell(value === null ? ABSENT : amount(value, rule), {
        numeric: true,
        absent: value === null ? "not measured" : "",
      }),
    ];
  });
  const caption = from === 0 ? rule.id : `${rule.id}: the newest ${TABLE_ROWS} sittings`;
  return table(["sitting", `#${rule.id}`], rows, { caption, fold: "Numbers of this chart" });
}
