/** An estimate of replicas and costs for a terminal: the answer first, then what it rests on. */
import type { PlanEstimate } from "../../judge/capacity/plan-estimate.ts";
import type { Figure, Spending } from "../../judge/capacity/sizing.ts";
import { dollars } from "../text/energy-words.ts";
import { hanging, textStyleOf, type TextStyle, type TextStyleOptions } from "../text/text-style.ts";
import { counted, percent, quantity, whole } from "../text/quantity.ts";
import { significant } from "../../core/units.ts";

type Row = readonly [string, string];

export function renderPlanEstimate(estimate: PlanEstimate, options: TextStyleOptions): string {
  const style = textStyleOf(options);
  const { warnings, assumptions } = estimate;
  const list = (title: string, sentences: readonly string[]): readonly string[] =>
    sentences.length === 0
      ? []
      : ["", style.bold(title), ...sentences.flatMap((one) => hanging(style, "  - ", one, 4))];
  return [
    "",
    style.bold(planAnswer(estimate)),
    "",
    ...rowLines(style, planLoadRows(estimate)),
    ...spendingLines(style, estimate),
    ...warnings.flatMap((one) => ["", ...hanging(style, style.tone("warn", "! "), one, 2)]),
    ...list("Assumptions", assumptions),
    "",
    "",
  ].join("\n");
}

export function planAnswer({ replicas, needed, wishes }: PlanEstimate): string {
  const spare = wishes.lost === 0 ? "no spare" : `${whole(needed.value)} + ${wishes.lost} spare`;
  return `${counted(replicas.value, "replica")} (${spare})${interval(replicas, whole)}`;
}

/** What it needs, and when to add one: name and text. */
export function planLoadRows(estimate: PlanEstimate): readonly Row[] {
  return [...loadRows(estimate), ...scalingRows(estimate)];
}

function loadRows(estimate: PlanEstimate): readonly Row[] {
  const { basis, wishes, required, expectedPeak, utilization, utilizationLost } = estimate;
  const load = (value: number): string => loadWords(basis.by, value);
  const { peak, growth, margin, lost } = wishes;
  return [
    ["Required", `${load(required)} = ${load(peak)} × ${1 + growth} × ${1 + margin}`],
    ["A replica", `${load(basis.capacity.value)}${interval(basis.capacity, load)}`],
    ["Utilization", `${figure(utilization, percent)} at the grown peak of ${load(expectedPeak)}`],
    ...(lost === 0
      ? []
      : [[`${lost} lost`, `${figure(utilizationLost, percent)}, the same peak`] as const]),
  ];
}

function scalingRows({ scaling, basis }: PlanEstimate): readonly Row[] {
  const load = (value: number): string => loadWords(basis.by, value);
  const why = scaling.by === "knee" ? "the knee" : "the margin is left";
  const latest =
    scaling.by === "knee" ? `; ${figure(scaling.latest, load)} at the latest (the margin)` : "";
  return [
    ["Add one at", `${figure(scaling.load, load)} a replica (${why})${latest}`],
    ...(scaling.inBelow === undefined
      ? []
      : [["Remove below", `${load(scaling.inBelow)} a replica`] as const]),
  ];
}

function spendingLines(style: TextStyle, estimate: PlanEstimate): readonly string[] {
  const rows = planSpendingRows(estimate);
  return rows.length === 0 ? [] : ["", ...rowLines(style, rows)];
}

/** Money and energy; none where neither a price nor power is known. */
export function planSpendingRows({ spending }: PlanEstimate): readonly Row[] {
  const { gpus, energy, energyCost } = spending;
  const kwh = (value: number): string => `${significant(value, 3)} kWh`;
  return [
    ...spendingRows("GPUs", gpus, dollars),
    ...spendingRows("Energy", energy, kwh),
    ...spendingRows("Energy", energyCost, dollars),
  ];
}

function spendingRows(
  name: string,
  spending: Spending | undefined,
  words: (value: number) => string,
): readonly Row[] {
  if (spending === undefined) return [];
  const { perMonth, perRequest, perMillionOutputTokens, perMillionTokens } = spending;
  const row = (one: Figure | undefined, unit: string): readonly Row[] =>
    one === undefined ? [] : [[name, `${figure(one, words)} ${unit}`]];
  return [
    ...row(perMonth, "a month"),
    ...row(perRequest, "a request"),
    ...row(perMillionOutputTokens, "a million output tokens"),
    ...row(perMillionTokens, "a million tokens, prompt and output"),
  ];
}

function rowLines(style: TextStyle, rows: readonly Row[]): readonly string[] {
  return rows.flatMap(([name, text]) => hanging(style, `  ${name.padEnd(14)}`, text, 16));
}

function figure(one: Figure, words: (value: number) => string): string {
  return `${words(one.value)}${interval(one, words)}`;
}

/** Nothing where there is none, or where both ends read as the figure itself. */
function interval({ value, low, high }: Figure, words: (value: number) => string): string {
  if (low === undefined || high === undefined) return "";
  const [from, to] = [words(low), words(high)];
  return from === to && from === words(value) ? "" : ` [${from} to ${to}]`;
}

function loadWords(by: "rate" | "concurrency", value: number): string {
  return by === "rate" ? rate(value) : `${significant(value, 3)} at once`;
}

/** Whole numbers as they are: 18,750/s is not 18,800/s. */
function rate(value: number): string {
  return Number.isInteger(value) ? `${whole(value)}/s` : quantity(value, "1/s");
}
