/** A comparison in words: what every report of it says alike. */
import type { ComparisonDocument, ComparisonStatus, Side } from "../../judge/compare/comparison.ts";
import type { Level, MetricRule, MetricVerdict, SlaVerdict } from "../../judge/compare/types.ts";
import { formatBytes, significant } from "../../core/units.ts";
import { ABSENT, bracketed, counted, quantity } from "../text/quantity.ts";
import type { Tone, VerdictWords } from "../text/verdict-words.ts";

export const comparisonWords: Readonly<Record<ComparisonStatus, VerdictWords>> = {
  pass: { title: "No regression", tone: "pass", sign: "✔" },
  improvement: { title: "Improved", tone: "pass", sign: "✔" },
  regression: { title: "Regression", tone: "fail", sign: "✘" },
  inconclusive: { title: "Inconclusive", tone: "warn", sign: "?" },
  not_comparable: { title: "Not comparable", tone: "warn", sign: "≠" },
  invalid: { title: "Invalid", tone: "fail", sign: "✘" },
  target_failed: { title: "Target failed", tone: "fail", sign: "✘" },
};

export const outcomeTones: Readonly<Record<MetricVerdict["outcome"], Tone>> = {
  regression: "fail",
  improvement: "pass",
  pass: "neutral",
  inconclusive: "warn",
};

export const slaWords: Readonly<Record<SlaVerdict["status"], VerdictWords>> = {
  met: { title: "MET", tone: "pass", sign: "✔" },
  violated: { title: "VIOLATED", tone: "fail", sign: "✘" },
  unproven: { title: "UNPROVEN", tone: "warn", sign: "?" },
};

/** `steady: 1 run against the baseline main (5 runs)`. */
export function whatWasCompared(compared: ComparisonDocument): string {
  const { scenario, baseline, candidate } = compared;
  if (isPaired(compared))
    return `${scenario}: B against A, ${counted(baseline.runs.length, "pair")} of runs in one sitting`;
  return `${scenario}: ${runsOf(candidate)} against ${sideName(baseline)}`;
}

/** Measured by turns (`plimsoll ab`). */
export function isPaired({ metrics }: ComparisonDocument): boolean {
  return metrics.some(({ method }) => method === "paired");
}

function sideName(side: Side): string {
  return side.name === undefined ? runsOf(side) : `the baseline ${side.name} (${runsOf(side)})`;
}

/** Runs that counted. */
export function runsOf({ runs }: Side): string {
  return counted(runs.filter(({ leftOut }) => leftOut === undefined).length, "run");
}

/** The headline's sentence: which metrics, and by how much; the table and its sentences say the rest. */
export function verdictSentence({ verdict, metrics }: ComparisonDocument): string {
  const gating = metrics.filter((one) => one.gating);
  const decisive = gating.filter(({ outcome }) => outcome === verdict.status);
  if (verdict.status === "pass")
    return `None of the ${counted(gating.length, "gating metric")} got worse by its margin.`;
  if (decisive.length === 0) return `${verdict.reasons.join(". ")}.`;
  const moved = decisive.map(({ rule, change }) => `${rule.id} ${changeText(change?.value, rule)}`);
  const words = {
    regression: "Worse beyond the margin",
    improvement: "Better beyond the margin, and nothing worse",
    inconclusive: "Neither shown nor ruled out to be worse",
  };
  const word = words[verdict.status as keyof typeof words];
  return `${word}: ${moved.join(", ")}.`;
}

/** What to do about it, where there is something. */
export function adviceOn(compared: ComparisonDocument): string | undefined {
  const { verdict, metrics, differences } = compared;
  switch (verdict.status) {
    case "not_comparable": {
      const fields = differences.filter((one) => one.class === "hard" && !one.varied);
      const flags = fields.map(({ field }) => `--vary ${field}`).join(" ");
      return `if that is what is being tested: ${flags}; else save a baseline of this environment`;
    }
    case "inconclusive":
      return neededText(metrics);
    case "regression":
      return isPaired(compared)
        ? undefined
        : "to prove it against this machine's noise, measure both sides in one sitting: plimsoll ab";
    case "invalid":
      return "see what its report says of the client, and measure again";
    default:
      return undefined;
  }
}

/** The most runs that any gating metric still needs. */
function neededText(metrics: readonly MetricVerdict[]): string | undefined {
  const open = metrics.filter((one) => one.gating && one.outcome === "inconclusive");
  const needs = open.flatMap(({ needed }) =>
    needed === undefined || needed.kind === "unreachable" ? [] : [needed],
  );
  const [most] = needs.sort((a, b) => b.more - a.more);
  if (most === undefined)
    return open.length === 0
      ? undefined
      : "more runs on both sides; `plimsoll baseline calibrate` tells how many this machine needs";
  const runs = counted(most.more, most.kind === "pairs" ? "pair" : "more run");
  const where = { candidate: " of the candidate", each: " on each side", pairs: " of plimsoll ab" };
  return `${runs}${where[most.kind]} would settle it`;
}

export function levelText(level: Level | undefined, rule: MetricRule): string {
  if (level === undefined) return ABSENT;
  const { value, low, high } = level;
  const range =
    low === undefined || high === undefined
      ? ""
      : ` ${bracketed(amount(low, rule), amount(high, rule))}`;
  return `${amount(value, rule)}${range}`;
}

export function amount(value: number, { unit }: MetricRule): string {
  if (unit === "bytes") return formatBytes(value);
  return unit === "J" ? `${significant(value, 3)} J` : quantity(value, unit);
}

/** `+14.8 %`; for shares `+0.40 pp`. */
export function changeText(value: number | undefined, rule: MetricRule): string {
  if (value === undefined || !Number.isFinite(value)) return ABSENT;
  const sign = value < 0 ? "−" : "+";
  return `${sign}${sizeText(Math.abs(value), rule)}`;
}

/** A size of change, without sign. */
export function sizeText(value: number, rule: MetricRule): string {
  if (rule.scale === "log") return `${fixed(value * 100)} %`;
  return rule.unit === "ratio" ? `${fixed(value * 100)} pp` : amount(value, rule);
}

function fixed(value: number): string {
  return value.toFixed(value < 1 ? 2 : 1);
}

export function changeRange({ change, rule }: MetricVerdict): string {
  if (change === undefined) return ABSENT;
  const { value, low, high } = change;
  const range =
    low === undefined || high === undefined
      ? ""
      : ` ${bracketed(changeText(low, rule), changeText(high, rule))}`;
  return `${changeText(value, rule)}${range}`;
}

export function probability(p: number | undefined): string {
  if (p === undefined) return ABSENT;
  return p < 0.0001 ? "<0.0001" : p.toPrecision(2);
}

/** `5 vs 1`: runs on each side. */
export function runCounts({ baseline, candidate }: MetricVerdict): string {
  return `${baseline?.runs ?? 0} vs ${candidate?.runs ?? 0}`;
}
