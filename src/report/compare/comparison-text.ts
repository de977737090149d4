/** A comparison on the terminal: the verdict first, then the table, then what to doubt and do. */
import type { ComparisonDocument } from "../../judge/compare/comparison.ts";
import { differenceSentence } from "../../judge/compare/comparable.ts";
import type { MetricVerdict } from "../../judge/compare/types.ts";
import {
  adviceOn,
  changeRange,
  comparisonWords,
  isPaired,
  levelText,
  outcomeTones,
  outcomeWords,
  probability,
  runCounts,
  sizeText,
  slaWords,
  verdictSentence,
  whatWasCompared,
} from "./comparison-words.ts";
import { hanging, textStyleOf, type TextStyle, type TextStyleOptions } from "../text/text-style.ts";
import { aligned, plainText } from "../text/plain-text.ts";
import { ABSENT } from "../text/quantity.ts";

/** With a newline at the end. */
export function renderComparison(compared: ComparisonDocument, options: TextStyleOptions): string {
  const style = textStyleOf(options);
  const gating = compared.metrics.filter((one) => one.gating);
  const others = compared.metrics.filter((one) => !one.gating);
  const lines = [
    ...headLines(style, compared),
    ...tableLines(style, "Gating metrics", headings(compared), gating),
    ...sentenceLines(style, gating),
    ...tableLines(style, "Diagnostics (never gate)", headings(compared), others),
    ...notGatedLines(style, compared.metrics),
    ...slaLines(style, compared),
    ...anchorLines(style, compared),
    ...differenceLines(style, compared),
    ...caveatLines(style, compared),
  ];
  return `${lines.join("\n")}\n`;
}

function headLines(style: TextStyle, compared: ComparisonDocument): readonly string[] {
  const { title, tone, sign } = comparisonWords[compared.verdict.status];
  const advice = adviceOn(compared);
  return [
    `${style.bold(style.tone(tone, `${sign} ${title.toUpperCase()}`))}  ${plainText(whatWasCompared(compared))}`,
    ...hanging(style, "  ", verdictSentence(compared), 2),
    ...(advice === undefined ? [] : hanging(style, `  ${style.dim("→")} `, advice, 4)),
  ];
}

function headings(compared: ComparisonDocument): readonly string[] {
  const [old, fresh] = isPaired(compared) ? ["A", "B"] : ["baseline", "candidate"];
  const about = ["change [90 % interval]", "margin", "n", "adj. p", "MDE", ""];
  return ["", `${old} [90 % interval]`, fresh, ...about];
}

function tableLines(
  style: TextStyle,
  title: string,
  columns: readonly string[],
  metrics: readonly MetricVerdict[],
): readonly string[] {
  if (metrics.length === 0) return [];
  const [head = "", ...rows] = aligned([columns, ...metrics.map(cells)]);
  const painted = rows.map((row, i) => {
    const outcome = metrics[i]?.outcome ?? "pass";
    return outcome === "pass" ? `  ${row}` : style.tone(outcomeTones[outcome], `  ${row}`);
  });
  return ["", `  ${style.bold(title)}`, style.dim(`  ${head}`), ...painted];
}

function cells(one: MetricVerdict): readonly string[] {
  const { rule, baseline, candidate, margin, adjustedP, mde80, outcome } = one;
  return [
    rule.id,
    levelText(baseline, rule),
    levelText(candidate, rule),
    changeRange(one),
    sizeText(margin, rule),
    runCounts(one),
    probability(adjustedP),
    mde80 === undefined ? ABSENT : sizeText(mde80, rule),
    outcomeWords[outcome],
  ];
}

function sentenceLines(style: TextStyle, metrics: readonly MetricVerdict[]): readonly string[] {
  if (metrics.length === 0) return [];
  return [
    "",
    ...metrics.flatMap(({ reason }) => hanging(style, `  ${style.dim("·")} `, `${reason}.`, 4)),
  ];
}

function notGatedLines(style: TextStyle, metrics: readonly MetricVerdict[]): readonly string[] {
  return metrics.flatMap(({ rule, notGated }) =>
    notGated === undefined
      ? []
      : hanging(style, `  ${style.dim("·")} `, `${rule.id} does not gate here: ${notGated}.`, 4),
  );
}

function slaLines(style: TextStyle, { sla }: ComparisonDocument): readonly string[] {
  if (sla.length === 0) return [];
  const lines = sla.flatMap(({ status, reason }) => {
    const { title, tone, sign } = slaWords[status];
    return hanging(style, `  ${style.tone(tone, `${sign} ${title.padEnd(8)}`)}  `, reason, 14);
  });
  return ["", `  ${style.bold("The scenario's limits")}`, ...lines];
}

/** Drift hides from a baseline that is renewed now and then; not from the anchor. */
function anchorLines(style: TextStyle, { anchor }: ComparisonDocument): readonly string[] {
  if (anchor === undefined) return [];
  const gating = anchor.metrics.filter((one) => one.gating);
  const moved = gating.filter(({ outcome }) => outcome !== "pass" && outcome !== "inconclusive");
  const text =
    moved.length === 0
      ? "no drift is shown against the pinned anchor."
      : `against the pinned anchor: ${moved.map(({ reason }) => reason).join("; ")}.`;
  return ["", ...hanging(style, `  ${style.dim("Anchor")}  `, text, 10)];
}

function differenceLines(style: TextStyle, { differences }: ComparisonDocument): readonly string[] {
  const shown = differences.filter((one) => one.varied || one.class === "hard");
  if (shown.length === 0) return [];
  const lines = shown.flatMap((one) =>
    hanging(
      style,
      `  ${one.varied ? "~" : "≠"} `,
      `${differenceSentence(one)}${one.varied ? " (varied on purpose)" : ""}`,
      4,
    ),
  );
  return ["", ...lines];
}

function caveatLines(style: TextStyle, { caveats }: ComparisonDocument): readonly string[] {
  if (caveats.length === 0) return [];
  return [
    "",
    ...caveats.flatMap((text) => hanging(style, `  ${style.tone("warn", "!")} `, text, 4)),
  ];
}
