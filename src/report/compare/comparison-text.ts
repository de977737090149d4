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
import { hanging, penOf, type Pen, type PenOptions } from "../text/text-style.ts";
import { aligned, plainText } from "../text/plain-text.ts";
import { ABSENT } from "../text/quantity.ts";

/** With a newline at the end. */
export function renderComparison(compared: ComparisonDocument, options: PenOptions): string {
  const pen = penOf(options);
  const gating = compared.metrics.filter((one) => one.gating);
  const others = compared.metrics.filter((one) => !one.gating);
  const lines = [
    ...headLines(pen, compared),
    ...tableLines(pen, "Gating metrics", headings(compared), gating),
    ...sentenceLines(pen, gating),
    ...tableLines(pen, "Diagnostics (never gate)", headings(compared), others),
    ...notGatedLines(pen, compared.metrics),
    ...slaLines(pen, compared),
    ...anchorLines(pen, compared),
    ...differenceLines(pen, compared),
    ...caveatLines(pen, compared),
  ];
  return `${lines.join("\n")}\n`;
}

function headLines(pen: Pen, compared: ComparisonDocument): readonly string[] {
  const { title, tone, sign } = comparisonWords[compared.verdict.status];
  const advice = adviceOn(compared);
  return [
    `${pen.bold(pen.tone(tone, `${sign} ${title.toUpperCase()}`))}  ${plainText(whatWasCompared(compared))}`,
    ...hanging(pen, "  ", verdictSentence(compared), 2),
    ...(advice === undefined ? [] : hanging(pen, `  ${pen.dim("→")} `, advice, 4)),
  ];
}

function headings(compared: ComparisonDocument): readonly string[] {
  const [old, fresh] = isPaired(compared) ? ["A", "B"] : ["baseline", "candidate"];
  const about = ["change [90 % interval]", "margin", "n", "adj. p", "MDE", ""];
  return ["", `${old} [90 % interval]`, fresh, ...about];
}

function tableLines(
  pen: Pen,
  title: string,
  columns: readonly string[],
  metrics: readonly MetricVerdict[],
): readonly string[] {
  if (metrics.length === 0) return [];
  const [head = "", ...rows] = aligned([columns, ...metrics.map(cells)]);
  const painted = rows.map((row, i) => {
    const outcome = metrics[i]?.outcome ?? "pass";
    return outcome === "pass" ? `  ${row}` : pen.tone(outcomeTones[outcome], `  ${row}`);
  });
  return ["", `  ${pen.bold(title)}`, pen.dim(`  ${head}`), ...painted];
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

function sentenceLines(pen: Pen, metrics: readonly MetricVerdict[]): readonly string[] {
  if (metrics.length === 0) return [];
  return [
    "",
    ...metrics.flatMap(({ reason }) => hanging(pen, `  ${pen.dim("·")} `, `${reason}.`, 4)),
  ];
}

function notGatedLines(pen: Pen, metrics: readonly MetricVerdict[]): readonly string[] {
  return metrics.flatMap(({ rule, notGated }) =>
    notGated === undefined
      ? []
      : hanging(pen, `  ${pen.dim("·")} `, `${rule.id} does not gate here: ${notGated}.`, 4),
  );
}

function slaLines(pen: Pen, { sla }: ComparisonDocument): readonly string[] {
  if (sla.length === 0) return [];
  const lines = sla.flatMap(({ status, reason }) => {
    const { title, tone, sign } = slaWords[status];
    return hanging(pen, `  ${pen.tone(tone, `${sign} ${title.padEnd(8)}`)}  `, reason, 14);
  });
  return ["", `  ${pen.bold("The scenario's limits")}`, ...lines];
}

/** Drift hides from a baseline that is renewed now and then; not from the anchor. */
function anchorLines(pen: Pen, { anchor }: ComparisonDocument): readonly string[] {
  if (anchor === undefined) return [];
  const gating = anchor.metrics.filter((one) => one.gating);
  const moved = gating.filter(({ outcome }) => outcome !== "pass" && outcome !== "inconclusive");
  const text =
    moved.length === 0
      ? "no drift is shown against the pinned anchor."
      : `against the pinned anchor: ${moved.map(({ reason }) => reason).join("; ")}.`;
  return ["", ...hanging(pen, `  ${pen.dim("Anchor")}  `, text, 10)];
}

function differenceLines(pen: Pen, { differences }: ComparisonDocument): readonly string[] {
  const shown = differences.filter((one) => one.varied || one.class === "hard");
  if (shown.length === 0) return [];
  const lines = shown.flatMap((one) =>
    hanging(
      pen,
      `  ${one.varied ? "~" : "≠"} `,
      `${differenceSentence(one)}${one.varied ? " (varied on purpose)" : ""}`,
      4,
    ),
  );
  return ["", ...lines];
}

function caveatLines(pen: Pen, { caveats }: ComparisonDocument): readonly string[] {
  if (caveats.length === 0) return [];
  return ["", ...caveats.flatMap((text) => hanging(pen, `  ${pen.tone("warn", "!")} `, text, 4))];
}
