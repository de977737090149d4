/** A sweep in words: the same ones on the terminal, in Markdown and on its page. */
import { exitCodes, type ExitCode } from "../../core/errors.ts";
import { objectives } from "../../judge/sweep/objective.ts";
import { settingText } from "../../judge/sweep/grid.ts";
import {
  isTold,
  isValid,
  meanOf,
  statusOf,
  type SweepCell,
  type SweepDocument,
  type SweepEnd,
} from "../../judge/sweep/sweep.ts";
import { significant } from "../../core/units.ts";
import { counted, limitText, quantity } from "../text/quantity.ts";
import type { Tone, VerdictWords } from "../text/verdict-words.ts";

const UNFINISHED: Readonly<Partial<Record<SweepEnd, VerdictWords>>> = {
  interrupted: { title: "Interrupted", tone: "neutral", sign: "!" },
  open: { title: "Not finished", tone: "neutral", sign: "!" },
  target_failed: { title: "Target failed", tone: "fail", sign: "✘" },
};

/** Where no cell holds, by the exit code. */
const WITHOUT_BEST: Readonly<Partial<Record<ExitCode, VerdictWords>>> = {
  [exitCodes.failed]: { title: "No cell holds", tone: "fail", sign: "✘" },
  [exitCodes.inconclusive]: { title: "No answer yet", tone: "warn", sign: "!" },
  [exitCodes.invalid]: { title: "Invalid measurement", tone: "warn", sign: "!" },
};

/** The answer, as a title. */
export function sweepVerdict(document: SweepDocument): VerdictWords {
  const { outcome, cells } = document;
  const { end, best, exitCode } = outcome;
  const unfinished = UNFINISHED[end];
  if (unfinished !== undefined) return unfinished;
  if (best !== undefined && !isTold(best, document))
    return { title: "Cannot tell which cell is best", tone: "warn", sign: "?" };
  if (best !== undefined) {
    const title = `${end === "budget" ? "Best so far" : "Best"}: ${settingText(cells[best.cell]?.setting ?? {})}`;
    return { title, tone: "pass", sign: "✔" };
  }
  return WITHOUT_BEST[exitCode] ?? { title: "No working server", tone: "fail", sign: "✘" };
}

/** What makes it the best, and which others might be as good; empty without a best. */
export function bestSentences(document: SweepDocument): readonly string[] {
  const { outcome, cells, objective, repeats } = document;
  const { best } = outcome;
  if (best === undefined) return [];
  const { title, unit, better } = objectives[objective];
  const value = `${sentenceStart(title)}: ${quantity(best.value, unit)}, the ${better === "higher" ? "most" : "least"} of the cells that hold.`;
  const basis =
    best.marginFrom === "repeats"
      ? `as the ${repeats} repeats vary`
      : "with one run of each cell; --repeat 3 would tell more";
  const margin = limitText(Number(best.margin.toPrecision(2)), "ratio");
  if (best.alike.length === 0)
    return [value, `No other cell that holds is within ${margin} of it (${basis}).`];
  const names = best.alike.map((at) => settingText(cells[at]?.setting ?? {}));
  const shown = names.slice(0, MOST_NAMED).join("; ");
  const more = names.length > MOST_NAMED ? `; and ${names.length - MOST_NAMED} more` : "";
  return [value, `Within ${margin} of it, and so not told from it (${basis}): ${shown}${more}.`];
}

/** One for each of the lengths that are varied beside other things. */
export function bestsByLengths({ outcome, cells, objective }: SweepDocument): readonly string[] {
  const { unit } = objectives[objective];
  return (outcome.byLengths ?? []).map(({ lengths, best }) => {
    const where = `Best at ${settingText(lengths)}:`;
    if (best === undefined) return `${where} none holds.`;
    const others = Object.entries(cells[best.cell]?.setting ?? {}).filter(
      ([key]) => !(key in lengths),
    );
    const setting = settingText(Object.fromEntries(others));
    const alike =
      best.alike.length === 0 ? "" : `; ${counted(best.alike.length, "other")} not told from it`;
    return `${where} ${setting} (${quantity(best.value, unit)}${alike}).`;
  });
}

function sentenceStart(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const MOST_NAMED = 4;

/** `99 % of requests are within the SLO: ttft ≤ 2 s; and 4 thresholds hold`. */
export function holdsWhen({ limits }: SweepDocument): string {
  const { slo, share, thresholds } = limits;
  const wanted = slo.map(({ metric, limit }) => `${metric} ≤ ${limitText(limit, "ms")}`).join(", ");
  const parts = [
    ...(slo.length === 0
      ? []
      : [`${limitText(share, "ratio")} of requests are within the SLO: ${wanted}`]),
    ...(thresholds.length === 0
      ? []
      : [`${counted(thresholds.length, "threshold")} of the scenario hold`]),
  ];
  return parts.length === 0
    ? "the run is valid; the scenario has neither an slo nor thresholds"
    : parts.join("; ");
}

/** `random, seed 42 (--order-seed 42); the server started anew for every cell`. */
export function howMeasured({ orderSeed, restarts, repeats }: SweepDocument): string {
  const order = `cells in random order (--order-seed ${orderSeed})`;
  const times = repeats > 1 ? `, each ${repeats} times` : "";
  if (restarts === undefined) return `${order}${times}`;
  return `${order}${times}; ${restarts ? "the server started anew for every run" : "one server for all of them"}`;
}

export interface CellWords {
  readonly text: string;
  readonly tone: Tone;
}

/** What became of a cell: `✔ holds`, `✘ slo: ttft`, `! INVALID: dispatch lag`. */
export function cellWords({ outcome, repeats, cells }: SweepDocument, at: number): CellWords {
  const cell = cells[at];
  if (cell === undefined) throw new Error(`the sweep has no cell ${at}`);
  const status = statusOf(cell, repeats);
  const words = outcome.best?.cell === at ? "best" : "holds";
  return {
    held: { text: `✔ ${words}${doubts(cell)}`, tone: "pass" as const },
    missed: { text: `✘ ${missedWhy(cell)}`, tone: "fail" as const },
    invalid: { text: `! INVALID: ${firstWhy(cell)}`, tone: "warn" as const },
    failed: { text: `✘ server failed: ${firstWhy(cell)}`, tone: "fail" as const },
    open: { text: `– ${doneOf(cell, repeats)}`, tone: "neutral" as const },
  }[status];
}

function firstWhy({ runs }: SweepCell): string {
  return runs.map(({ why }) => why).find((text) => text !== undefined) ?? "";
}

function doneOf({ runs }: SweepCell, repeats: number): string {
  return runs.length === 0 ? "not measured" : `${runs.length} of ${repeats} runs`;
}

function missedWhy({ runs }: SweepCell): string {
  const valid = runs.filter(isValid);
  const missed = valid.filter(({ held }) => !held);
  const often = valid.length > 1 ? ` (${missed.length} of ${valid.length} runs)` : "";
  return `${missed[0]?.why ?? ""}${often}`;
}

function doubts({ runs }: SweepCell): string {
  const invalid = runs.filter((run) => !isValid(run)).length;
  const suspect = runs.some(({ validity }) => validity === "suspect");
  if (invalid > 0) return ` (${invalid} of ${runs.length} INVALID)`;
  return suspect ? " (suspect)" : "";
}

/** One column of figures. */
export interface SweepFigure {
  readonly heading: string;
  readonly unit: string;
  readonly of: (cell: SweepCell) => number | undefined;
}

const mean =
  (
    name:
      | "good"
      | "goodput"
      | "throughput"
      | "tokensPerSecond"
      | "itemsPerSecond"
      | "ttft"
      | "tpot"
      | "e2e"
      | "promptTokens"
      | "outputTokens"
      | "joulesPerOutputToken",
  ) =>
  (cell: SweepCell): number | undefined =>
    meanOf(cell, (run) => run[name]);

const FIGURES: readonly SweepFigure[] = [
  { heading: "good", unit: "ratio", of: mean("good") },
  { heading: "goodput", unit: "1/s", of: mean("goodput") },
  { heading: "requests", unit: "1/s", of: mean("throughput") },
  { heading: "tokens/s", unit: "tokens/s", of: mean("tokensPerSecond") },
  { heading: "items/s", unit: "items/s", of: mean("itemsPerSecond") },
  { heading: "TTFT p95", unit: "ms", of: mean("ttft") },
  { heading: "TPOT p95", unit: "ms", of: mean("tpot") },
  { heading: "E2E p95", unit: "ms", of: mean("e2e") },
  { heading: "J/token", unit: "J", of: mean("joulesPerOutputToken") },
];

const LENGTHS: readonly SweepFigure[] = [
  { heading: "prompt", unit: "tokens", of: mean("promptTokens") },
  { heading: "answer", unit: "tokens", of: mean("outputTokens") },
];

/** Those that any cell has; lengths where they are varied; of repeats how far they lie apart. */
export function figuresOf({
  cells,
  axes,
  repeats,
  objective,
}: SweepDocument): readonly SweepFigure[] {
  const lengths = axes.some(({ key }) => key.endsWith("-tokens")) ? LENGTHS : [];
  const { of } = objectives[objective];
  const spread: SweepFigure = {
    heading: "spread",
    unit: "ratio",
    of: ({ runs }) => rangeOf(runs.filter(isValid).flatMap((run) => of(run) ?? [])),
  };
  const all = [...FIGURES, ...lengths, ...(repeats > 1 ? [spread] : [])];
  const used = all.filter((figure) => cells.some((cell) => figure.of(cell) !== undefined));
  // Goodput and the share of good requests say it already.
  const hasGoodput = used.some(({ heading }) => heading === "goodput");
  return used.filter(({ heading }) => !(hasGoodput && heading === "requests"));
}

/** As a column of this heading shows it: without a unit that the heading says. */
export function figureText({ heading, unit }: SweepFigure, value: number): string {
  return heading === unit ? significant(value, 3) : quantity(value, unit);
}

/** (largest − smallest) / mean. */
function rangeOf(values: readonly number[]): number | undefined {
  const sum = values.reduce((total, value) => total + value, 0);
  if (values.length < 2 || sum === 0) return undefined;
  return (Math.max(...values) - Math.min(...values)) / (sum / values.length);
}

/** Lengths that were asked for and not met: the scenario does not make its prompts by them. */
export function lengthDoubts({ cells, axes }: SweepDocument): readonly string[] {
  return axes.flatMap(({ key }) => {
    const of = LENGTH_OF[key];
    if (of === undefined) return [];
    const off = cells.filter((cell) => {
      const found = of(cell);
      const asked = Number(cell.setting[key]);
      return found !== undefined && Math.abs(found - asked) > LENGTH_TOLERANCE * asked;
    });
    if (off.length === 0) return [];
    return [
      `${counted(off.length, "cell")} did not get the ${key} that were asked for: the scenario's prompts may not be synthetic ones (prompts.synthetic, prompts.conversation).`,
    ];
  });
}

const LENGTH_TOLERANCE = 0.1;
const LENGTH_OF: Readonly<Record<string, SweepFigure["of"]>> = {
  "prompt-tokens": mean("promptTokens"),
  "output-tokens": mean("outputTokens"),
};
