/** A comparison in words: what every report of it says alike. */
import type { ComparisonDocument, ComparisonStatus, Side } from "../../judge/compare/comparison.ts";
import { timesText } from "../../judge/compare/reason.ts";
import type {
  Level,
  MetricRule,
  MetricVerdict,
  RunsNeeded,
  SlaVerdict,
} from "../../judge/compare/types.ts";
import { formatBytes, significant } from "../../core/units.ts";
import { ABSENT, bracketed, counted, quantity } from "../text/quantity.ts";
import type { Tone, VerdictWords } from "../text/verdict-words.ts";

export const comparisonWords: Readonly<Record<ComparisonStatus, VerdictWords>> = {
  pass: { title: "No regression", tone: "pass", sign: "✔" },
  improvement: { title: "Improved", tone: "pass", sign: "✔" },
  regression: { title: "Regression", tone: "fail", sign: "✘" },
  inconclusive: { title: "Cannot tell", tone: "warn", sign: "?" },
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

/** The verdict on one metric, in a table. */
export const outcomeWords: Readonly<Record<MetricVerdict["outcome"], string>> = {
  regression: "worse",
  improvement: "better",
  pass: "not worse",
  inconclusive: "cannot tell",
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
export function verdictSentence(compared: ComparisonDocument): string {
  const { verdict, metrics } = compared;
  if (metrics.length === 0 || deciding(compared).length === 0)
    return `${verdict.reasons.join(". ")}.`;
  const moved = deciding(compared).map(
    ({ rule, change }) => `${rule.id} ${changeText(change?.value, rule)}`,
  );
  switch (verdict.status) {
    case "pass":
      return `Not worse, as far as these runs can show: ${ruledOut(compared)}.`;
    case "improvement":
      return `Better beyond the margin: ${moved.join(", ")}. Nothing else is worse, as far as these runs can show: ${ruledOut(compared)}.`;
    case "regression":
      return `Worse beyond the margin: ${moved.join(", ")}.`;
    default:
      return `Cannot tell whether ${openFamilies(compared)} got worse: ${moved.join(", ")}.`;
  }
}

/** Metrics that made the verdict what it is. */
function deciding({ verdict, metrics, families }: ComparisonDocument): readonly MetricVerdict[] {
  // Documents of older versions have no families: there each gating metric decided for itself.
  const ids = families?.filter(({ outcome }) => outcome === verdict.status).flatMap(({ by }) => by);
  return metrics.filter(({ rule, gating, outcome }) =>
    ids === undefined ? gating && outcome === verdict.status : ids.includes(rule.id),
  );
}

const FAMILY_WORDS: Readonly<Record<string, string>> = {
  waiting: "waiting time",
  failures: "the share of failures",
};

/** A family in a sentence. */
export function familyWord(family: string): string {
  return FAMILY_WORDS[family] ?? family;
}

function openFamilies({ families = [] }: ComparisonDocument): string {
  const open = families.filter(({ outcome }) => outcome === "inconclusive");
  return open.map(({ family }) => familyWord(family)).join(" and ");
}

/** What a change for the worse must have been below, in each family: `speed by less than 9 % (tpot p50)`. */
function ruledOut({ families = [], metrics }: ComparisonDocument): string {
  const told = families.flatMap(({ family, by }) => {
    const bounds = metrics
      .filter(({ rule }) => by.includes(rule.id))
      .flatMap((one) => {
        const most = mostWorse(one);
        return most === undefined ? [] : [{ rule: one.rule, most }];
      });
    const [best] = bounds.sort((a, b) => a.most - b.most);
    if (best === undefined) return [];
    const most = Math.max(0, best.most);
    const size = most === 0 ? "not at all" : `by less than ${sizeText(most, best.rule)}`;
    return [`${familyWord(family)} ${size} (${best.rule.id})`];
  });
  return told.join(", ");
}

/** The upper bound of a change for the worse. */
function mostWorse({ change, rule }: MetricVerdict): number | undefined {
  const bound = rule.better === "lower" ? change?.high : change?.low;
  return bound === undefined ? undefined : rule.better === "lower" ? bound : -bound;
}

/** What to do about it, where there is something. */
export function adviceOn(compared: ComparisonDocument): string | undefined {
  const { verdict, differences } = compared;
  switch (verdict.status) {
    case "not_comparable": {
      const fields = differences.filter((one) => one.class === "hard" && !one.varied);
      const flags = fields.map(({ field }) => `--vary ${field}`).join(" ");
      return `if that is what is being tested: ${flags}; else save a baseline of this environment`;
    }
    case "inconclusive":
      return neededText(compared);
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

/** What would settle every family that is still open. */
function neededText({ families = [], metrics, candidate }: ComparisonDocument): string | undefined {
  const open = families.filter(({ outcome }) => outcome === "inconclusive");
  const needs = open.flatMap(({ by }) => {
    const own = metrics.filter(({ rule }) => by.includes(rule.id));
    return cheapest(
      own.flatMap(({ needed }) => needed ?? []),
      candidate.runs.length,
    );
  });
  const longer = needs.flatMap((need) => (need.kind === "longer" ? [need.times] : []));
  const [most] = needs
    .flatMap((need) => ("more" in need ? [need] : []))
    .sort((a, b) => b.more - a.more);
  const parts = [
    ...(longer.length > 0 ? [`runs ${timesText(Math.max(...longer))} as long`] : []),
    ...(most === undefined ? [] : [moreText(most)]),
  ];
  if (parts.length > 0) return `${parts.join(", and ")}, would settle it`;
  return open.length === 0
    ? undefined
    : "more runs on both sides; `plimsoll baseline calibrate` tells how many this machine needs";
}

type Feasible = Exclude<RunsNeeded, { readonly kind: "unreachable" }>;

/** One figure of a family is evidence enough, so the one that costs least. */
function cheapest(needs: readonly RunsNeeded[], runs: number): readonly Feasible[] {
  const cost = (need: Feasible): number =>
    need.kind === "longer" ? (need.times - 1) * runs : need.more;
  const feasible = needs.filter((need): need is Feasible => need.kind !== "unreachable");
  return feasible.sort((a, b) => cost(a) - cost(b)).slice(0, 1);
}

function moreText({ kind, more }: Exclude<Feasible, { readonly kind: "longer" }>): string {
  const where = { candidate: " of the candidate", each: " on each side", pairs: " of plimsoll ab" };
  return `${counted(more, kind === "pairs" ? "pair" : "more run")}${where[kind]}`;
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
