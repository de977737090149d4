/** The course of a scenario's metrics, on the terminal. */
import type { Change, HistoryReport, MetricHistory } from "../judge/history/history.ts";
import type { MetricVerdict } from "../judge/compare/types.ts";
import { amount, changeText } from "./comparison-words.ts";
import { hanging, penOf, type Pen, type PenOptions } from "./pen.ts";
import { aligned, plainText } from "./plain-text.ts";
import { ABSENT, counted } from "./quantity.ts";

/** Verdicts against the pinned anchor of a baseline. */
export interface Drift {
  readonly baseline: string;
  readonly metrics: readonly MetricVerdict[];
}

export function renderHistory(
  history: HistoryReport,
  drifts: readonly Drift[],
  options: PenOptions,
): string {
  const pen = penOf(options);
  const { scenario, nights, metrics, leftOut } = history;
  if (nights.length === 0) return `${scenario}: no valid runs in its history yet\n`;
  const rows = metrics.map((one) => metricRow(one));
  const [head = "", ...lines] = aligned([
    ["", "latest", "first", "since first", "course"],
    ...rows,
  ]);
  const span = `${day(nights[0]?.startedAt)} to ${day(nights.at(-1)?.startedAt)}`;
  const out = [
    `${pen.bold(plainText(scenario))}: ${counted(nights.length, "sitting")}, ${span}`,
    ...(leftOut.invalid > 0 ? [`  ${counted(leftOut.invalid, "invalid run")} left out`] : []),
    ...(leftOut.otherEnvironment > 0
      ? [
          `  ${counted(leftOut.otherEnvironment, "run")} of another environment or other work left out`,
        ]
      : []),
    "",
    pen.dim(`  ${head}`),
    ...lines.map((line) => `  ${line}`),
    ...changeLines(pen, history),
    ...drifts.flatMap((drift) => driftLines(pen, drift)),
  ];
  return `${out.join("\n")}\n`;
}

function metricRow({ rule, values }: MetricHistory): readonly string[] {
  const known = values.filter((value) => value !== null);
  const [first, latest] = [known[0], known.at(-1)];
  if (first === undefined || latest === undefined) return [rule.id, ABSENT, ABSENT, ABSENT, ""];
  const change = rule.scale === "log" ? latest / first - 1 : latest - first;
  const since = known.length < 2 ? ABSENT : changeText(change, rule);
  return [rule.id, amount(latest, rule), amount(first, rule), since, sparkline(values)];
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

function changeLines(pen: Pen, history: HistoryReport): readonly string[] {
  const found = history.metrics.flatMap(({ rule, changes }) =>
    changes.map((change) => ({ rule, change })),
  );
  if (history.nights.length < 10)
    return ["", "  Change points are looked for from 10 sittings on."];
  if (found.length === 0) return ["", "  No change points."];
  const lines = found
    .sort((a, b) => a.change.first - b.change.first)
    .flatMap(({ rule, change }) => {
      const { before, after, worse, p } = change;
      const text = `${rule.id}: ${amount(before, rule)} → ${amount(after, rule)} (${changeText(change.change, rule)}, p ${p.toPrecision(1)}), ${between(history, change)}`;
      const sign = worse ? pen.tone("warn", "▲") : pen.tone("pass", "▼");
      return hanging(pen, `  ${sign} `, text, 4);
    });
  return ["", `  ${pen.bold("Change points")} (questions to ask, never a gate)`, ...lines];
}

function between({ nights }: HistoryReport, { last, first, differs }: Change): string {
  const [old, fresh] = [nights[last], nights[first]];
  const name = (night: typeof old): string =>
    [day(night?.startedAt), night?.commit?.slice(0, 10), night?.runs[0]]
      .filter((part) => part !== undefined)
      .join(" ");
  const what = differs.length === 0 ? "nothing else differs" : differs.join("; ");
  return `between ${name(old)} and ${name(fresh)}: ${what}`;
}

function driftLines(pen: Pen, { baseline, metrics }: Drift): readonly string[] {
  const moved = metrics.filter(({ outcome }) => outcome === "regression");
  const text =
    moved.length === 0
      ? `no drift for the worse is shown against the anchor of ${baseline}`
      : `against the anchor of ${baseline}: ${moved.map(({ reason }) => reason).join("; ")}`;
  return ["", ...hanging(pen, `  ${moved.length === 0 ? "·" : "!"} `, text, 4)];
}

function day(startedAt: string | undefined): string {
  return startedAt?.slice(0, 10) ?? ABSENT;
}
