/** How the run compares with what was accepted: verdict, changes drawn against their margins, shapes. */
import { differenceSentence } from "../../judge/compare/comparable.ts";
import type { ComparisonDocument, Shape, ShiftPoint } from "../../judge/compare/comparison.ts";
import type { MetricVerdict } from "../../judge/compare/types.ts";
import { cell, numberCell, table } from "../page/blocks.ts";
import type { Block, Cell, IntervalBar, NotesBlock, PairBlock, Section } from "../page/blocks.ts";
import { percentileChart } from "../page/charts.ts";
import {
  adviceOn,
  changeRange,
  changeText,
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
import { glossaryLink } from "../page/glossary.ts";
import { percent, quantity } from "../text/quantity.ts";
import type { ReportInput } from "../page/report-input.ts";
import { itemBlocks, runBlocks } from "./section-comparison-runs.ts";
import type { Tone } from "../text/verdict-words.ts";

export function comparisonSection({ comparison }: ReportInput): Section | undefined {
  if (comparison === undefined) return undefined;
  const gating = comparison.metrics.filter((one) => one.gating);
  const others = comparison.metrics.filter((one) => !one.gating);
  const names = isPaired(comparison)
    ? { accepted: "A", judged: "B" }
    : { accepted: "accepted", judged: "judged" };
  const blocks: readonly Block[] = [
    verdictNotes(comparison),
    ...metricTable(comparison, gating, { title: "Gating metrics" }),
    ...runBlocks(comparison, names),
    ...shapeBlocks(comparison.shapes),
    ...itemBlocks(comparison, names),
    ...metricTable(comparison, others, { fold: "Diagnostics, which never gate" }),
    ...differenceTable(comparison),
  ];
  return {
    id: "comparison",
    title: "Compared with what was accepted",
    intro: `${whatWasCompared(comparison)}.`,
    blocks,
  };
}

function verdictNotes(comparison: ComparisonDocument): NotesBlock {
  const { title, tone, sign } = comparisonWords[comparison.verdict.status];
  const head = {
    tone,
    sign,
    text: unquoted(`${title}. ${verdictSentence(comparison)}`),
    advice: unquoted(adviceOn(comparison) ?? ""),
  };
  const limits = comparison.sla.map(({ status, reason }) => {
    const words = slaWords[status];
    const text = unquoted(`${words.title}: ${reason}`);
    return { tone: words.tone, sign: words.sign, text, advice: "" };
  });
  const caveats = comparison.caveats.map((text) => ({
    tone: "warn" as const,
    sign: "!",
    text: unquoted(text),
    advice: "",
  }));
  return { partial: "notes", notes: [head, ...limits, ...caveats] };
}

/** Backticks around commands are Markdown's; here they are clutter. */
function unquoted(text: string): string {
  return text.replaceAll("`", "");
}

function metricTable(
  comparison: ComparisonDocument,
  metrics: readonly MetricVerdict[],
  more: { readonly title?: string; readonly fold?: string },
): readonly Block[] {
  if (metrics.length === 0) return [];
  const [old, fresh] = isPaired(comparison) ? ["A", "B"] : ["baseline", "candidate"];
  const headings = ["metric", "verdict", `#${old}`, `#${fresh}`, "#change", "against the margin"];
  const caption =
    "Values with 90 % intervals. Drawn: the change with its interval; the solid line is no change, the dashed one the margin. n: runs on each side; MDE: smallest change that would be found 4 times in 5.";
  const rows = metrics.map(metricRow);
  return [table([...headings, "#margin", "#n", "#adj. p", "#MDE"], rows, { caption, ...more })];
}

function metricRow(one: MetricVerdict): readonly Cell[] {
  const { rule, baseline, candidate, margin, adjustedP, mde80, outcome, reason } = one;
  const { notGated, tooFew } = one;
  const none = "the noise is not known";
  return [
    cell(rule.id, { ...glossaryLink(rule.metric), below: notGated ?? tooFew ?? "" }),
    cell(outcomeWords[outcome], { tone: outcomeTones[outcome], title: reason }),
    ranged(baseline && levelText(baseline, rule)),
    ranged(candidate && levelText(candidate, rule)),
    ranged(one.change && changeRange(one)),
    intervalCell(metricBar(one)),
    numberCell(sizeText(margin, rule)),
    numberCell(runCounts(one)),
    numberCell(adjustedP === undefined ? undefined : probability(adjustedP), none),
    numberCell(mde80 === undefined ? undefined : sizeText(mde80, rule), none),
  ];
}

/** `12 ms [11 ms, 13 ms]`: the interval below its value. */
function ranged(text: string | undefined): Cell {
  const [value, range = ""] = text?.split(" [") ?? [];
  return { ...numberCell(value), below: range === "" ? "" : `[${range}` };
}

function intervalCell(bar: IntervalBar | undefined): Cell {
  return bar === undefined ? cell("") : cell("", { interval: bar });
}

function metricBar({
  change,
  margin,
  rule,
  outcome,
  reason,
}: MetricVerdict): IntervalBar | undefined {
  if (change === undefined || margin <= 0) return undefined;
  const worse = rule.better === "lower" ? 1 : -1;
  return bar({ ...change, margin: worse * margin, tone: outcomeTones[outcome], label: reason });
}

interface Drawn {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** On the side that is worse. */
  readonly margin: number;
  readonly tone: Tone;
  readonly label: string;
}

/** Margins on each side of no change that fit at least. */
const MARGINS_SHOWN = 4;

/** @param reach the change at the edges; intervals beyond are cut off there */
function bar(
  { value, low, high, margin, tone, label }: Drawn,
  reach = MARGINS_SHOWN * Math.abs(margin),
): IntervalBar {
  const at = (change: number): number => 50 + 50 * Math.max(-1, Math.min(1, change / reach));
  const known = low !== undefined && high !== undefined;
  return {
    label,
    tone,
    zero: at(0).toFixed(2),
    margin: at(margin).toFixed(2),
    value: at(value).toFixed(2),
    from: known ? at(low).toFixed(2) : "",
    width: known ? Math.max(0.3, at(high) - at(low)).toFixed(2) : "",
  };
}

function shapeBlocks(shapes: readonly Shape[]): readonly Block[] {
  return shapes.flatMap((shape): PairBlock[] => {
    const chart = curves(shape);
    const blocks = [...(chart === undefined ? [] : [chart]), shiftTable(shape)];
    return [{ partial: "pair", blocks }];
  });
}

function curves({ metric, unit, curves: { p, baseline, candidate } }: Shape): Block | undefined {
  const look = { unit, axis: "left" } as const;
  return percentileChart(
    {
      id: `compared-${metric}`,
      title: `${metric}: percentile by percentile`,
      caption: "Geometric means of the runs of each side.",
    },
    [
      { ...look, label: "accepted", role: "slate", dash: true, p, values: baseline },
      { ...look, label: "judged", role: "sea", p, values: candidate },
    ],
  );
}

const SHIFT_MARGIN = 0.05;

/** All rows on one scale, on which the largest shift still fits. */
function shiftTable({ metric, unit, shift }: Shape): Block {
  const largest = Math.max(...shift.map(({ change }) => Math.abs(change)));
  const reach = Math.max(MARGINS_SHOWN * SHIFT_MARGIN, 1.1 * largest);
  const rows = shift.map((point) => [
    cell(`p${point.p}`),
    numberCell(quantity(point.baseline, unit)),
    numberCell(quantity(point.candidate, unit)),
    numberCell(signedPercent(point.change)),
    intervalCell(shiftBar(point, reach)),
  ]);
  return table(["", "#accepted", "#judged", "#shift", "90 % interval"], rows, {
    title: `${metric}: shift function`,
    caption: `How far each part of the distribution moved: the solid line is no change, the dashed one 5 %, the edges are ±${Math.round(100 * reach)} %.`,
  });
}

function shiftBar(point: ShiftPoint, reach: number): IntervalBar {
  const label = `p${point.p}: ${signedPercent(point.change)}`;
  const drawn = { ...point, value: point.change, margin: SHIFT_MARGIN, label };
  return bar({ ...drawn, tone: "neutral" }, reach);
}

function signedPercent(share: number): string {
  return `${share < 0 ? "−" : "+"}${percent(Math.abs(share))}`;
}

function differenceTable({ differences }: ComparisonDocument): readonly Block[] {
  if (differences.length === 0) return [];
  const rows = differences.map((one) => [
    cell(one.field, { mono: true, title: differenceSentence(one) }),
    cell(String(one.baseline ?? "unknown"), { mono: true }),
    cell(String(one.candidate ?? "unknown"), { mono: true }),
    cell(one.varied ? "varied on purpose" : one.class, {
      tone: one.class === "hard" && !one.varied ? "fail" : "",
    }),
  ]);
  const caption =
    "Hard differences bar a verdict, soft ones lower confidence, observed ones are what the machine did.";
  return [table(["field", "accepted", "judged", "class"], rows, { title: "Differences", caption })];
}

/** For Markdown: the gating metrics as rows of text. */
export function comparisonRows({ metrics }: ComparisonDocument): readonly (readonly string[])[] {
  return metrics
    .filter((one) => one.gating)
    .map((one) => [
      one.rule.id,
      levelText(one.baseline, one.rule),
      levelText(one.candidate, one.rule),
      changeText(one.change?.value, one.rule),
      sizeText(one.margin, one.rule),
      outcomeWords[one.outcome],
    ]);
}
