/** The course of a scenario's metrics, on the terminal. */
import type { HistoryReport, MetricHistory } from "../../judge/history/history.ts";
import { amount, changeText } from "../compare/comparison-words.ts";
import {
  changesOf,
  differsWords,
  driftWords,
  leftOutWords,
  levelsSince,
  sessionName,
  sinceWords,
  spanWords,
  tooFewWords,
  type Drift,
} from "./history-words.ts";
import { hanging, textStyleOf, type TextStyle, type TextStyleOptions } from "../text/text-style.ts";
import { aligned, plainText } from "../text/plain-text.ts";
import { ABSENT, counted } from "../text/quantity.ts";

export function renderHistory(
  history: HistoryReport,
  drifts: readonly Drift[],
  options: TextStyleOptions,
): string {
  const style = textStyleOf(options);
  const { scenario, nights, metrics } = history;
  if (nights.length === 0) return `${scenario}: no valid runs in its history yet\n`;
  const rows = metrics.map((one) => metricRow(one));
  const [head = "", ...lines] = aligned([
    ["", "latest", "first", "since first", "course"],
    ...rows,
  ]);
  const out = [
    `${style.bold(plainText(scenario))}: ${counted(nights.length, "sitting")}, ${spanWords(history)}`,
    ...leftOutWords(history).map((text) => `  ${text}`),
    "",
    style.dim(`  ${head}`),
    ...lines.map((line) => `  ${line}`),
    ...changeLines(style, history),
    ...drifts.flatMap((drift) => driftLines(style, drift)),
  ];
  return `${out.join("\n")}\n`;
}

function metricRow(metric: MetricHistory): readonly string[] {
  const { rule, values } = metric;
  const { first, latest } = levelsSince(metric);
  if (first === undefined || latest === undefined) return [rule.id, ABSENT, ABSENT, ABSENT, ""];
  const shown = [amount(latest, rule), amount(first, rule), sinceWords(metric) ?? ABSENT];
  return [rule.id, ...shown, sparkline(values)];
}

const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const MOST_BARS = 40;

/** The latest values as bars from the smallest to the largest of them. */
export function sparkline(values: readonly (number | null)[]): string {
  const shown = values.slice(-MOST_BARS);
  const known = shown.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return shown
    .map((value) => {
      if (value === null) return " ";
      const height = high === low ? 0 : (value - low) / (high - low);
      return BARS[Math.min(BARS.length - 1, Math.floor(height * BARS.length))] ?? "";
    })
    .join("");
}

function changeLines(style: TextStyle, history: HistoryReport): readonly string[] {
  const tooFew = tooFewWords(history);
  if (tooFew !== undefined) return ["", `  ${tooFew}`];
  const found = changesOf(history);
  if (found.length === 0) return ["", "  No change points."];
  const lines = found.flatMap(({ rule, change }) => {
    const { before, after, worse, p } = change;
    const between = `between ${sessionName(history, change.last)} and ${sessionName(history, change.first)}`;
    const text = `${rule.id}: ${amount(before, rule)} → ${amount(after, rule)} (${changeText(change.change, rule)}, p ${p.toPrecision(1)}), ${between}: ${differsWords(change)}`;
    const sign = worse ? style.tone("warn", "▲") : style.tone("pass", "▼");
    return hanging(style, `  ${sign} `, text, 4);
  });
  return ["", `  ${style.bold("Change points")} (questions to ask, never a gate)`, ...lines];
}

function driftLines(style: TextStyle, drift: Drift): readonly string[] {
  const { text, worse } = driftWords(drift);
  return ["", ...hanging(style, `  ${worse ? "!" : "·"} `, text, 4)];
}
