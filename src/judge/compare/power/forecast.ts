/**
 * What a later night will be able to tell, before it is measured: the accepted runs, compared with
 * themselves as if they had been measured again in another session.
 */
import { squaresAround } from "../../../stats/moments.ts";
import { pooledVariance } from "../../../stats/t-test.ts";
import type { RunDigest } from "../../digest/digest.ts";
import { sessionsOf } from "../choose-test.ts";
import { compareMetrics } from "../compare-metrics.ts";
import { evidenceOf, rulesFor, type Margins, type Priors } from "../gather.ts";
import { scaleOf } from "../scale.ts";
import type { FamilyVerdict, MetricEvidence, MetricRule, RunEstimate } from "../types.ts";

/** How many runs a night has, and how long they are. */
export interface SessionShape {
  readonly repeats: number;
  /** Of the measured phases, ms. */
  readonly length: number;
}

export interface FigureForecast {
  readonly rule: MetricRule;
  /**
   * Smallest change for the worse that is called a regression 4 times in 5, margin included; on the
   * rule's scale. Absent where the noise is not known.
   */
  readonly finds?: number;
  /** Whether nights like these can say "not worse". */
  readonly canPass: boolean;
  /** Why not, where it is the number of values. */
  readonly tooFew?: string;
}

export interface Forecast {
  readonly shape: SessionShape;
  /** Requests of a run, the middle one's. */
  readonly requests: number;
  /** Gating figures. */
  readonly figures: readonly FigureForecast[];
  /** Of each family the figure that finds the smallest change; absent where none finds any. */
  readonly families: readonly { readonly family: string; readonly best?: FigureForecast }[];
  /** A shape that would find `ENOUGH` in every family, where this one does not. */
  readonly better?: { readonly shape: SessionShape; readonly figures: readonly FigureForecast[] };
}

/** A change of this size ought to be found on times and throughput. */
export const ENOUGH = 0.2;

/** What was accepted and what is known of its noise. */
export interface Accepted {
  readonly runs: readonly RunDigest[];
  readonly priors?: Priors;
  readonly margins?: Margins;
}

/** @param accepted at least one run */
export function forecast({ runs, priors, margins }: Accepted): Forecast {
  const last = runs.filter(({ session }) => session === runs.at(-1)?.session);
  const shape = { repeats: last.length, length: middle(runs.map(({ measuredMs }) => measuredMs)) };
  const rules = rulesFor(runs, margins).filter(({ gating }) => gating);
  const later = last.map((run) => ({ ...run, session: LATER }));
  const evidence = evidenceOf({ baseline: runs, candidate: later }, rules, priors);
  const told = tell(evidence);
  const better = told.families.every(isEnough) ? undefined : betterShape(evidence, shape);
  return {
    ...{ shape, requests: middle(runs.map(({ requests }) => requests)) },
    ...told,
    ...(better !== undefined && { better }),
  };
}

const LATER = "a later night";

function tell(evidence: readonly MetricEvidence[]): Pick<Forecast, "figures" | "families"> {
  const { metrics, families } = compareMetrics(evidence);
  const figures = metrics.map(({ rule, outcome, mde80, margin, change, tooFew }) => {
    // Runs without any failure: what so many requests leave open.
    const open = rule.scale === "linear" ? change?.high : undefined;
    const size = mde80 ?? open;
    return {
      rule,
      canPass: outcome === "pass",
      ...(size !== undefined && { finds: Math.max(size, margin) }),
      ...(tooFew !== undefined && { tooFew }),
    };
  });
  return { figures, families: families.map((one) => bestOf(one, figures)) };
}

/** What a family can show, by its sharpest figure that can also pass; else by its sharpest. */
function bestOf({ family }: FamilyVerdict, figures: readonly FigureForecast[]) {
  const own = figures.filter(
    ({ rule, finds }) => (rule.family ?? rule.id) === family && finds !== undefined,
  );
  const [best] = own.sort(
    (a, b) => Number(b.canPass) - Number(a.canPass) || (a.finds ?? 0) - (b.finds ?? 0),
  );
  return { family, ...(best !== undefined && { best }) };
}

/** Whether a family can both fail on a change that is worth knowing, and pass without one. */
export function isEnough({ best }: { readonly best?: FigureForecast }): boolean {
  if (best?.finds === undefined || !best.canPass) return false;
  return best.rule.scale === "linear" || best.finds <= ENOUGH;
}

const REPEATS = [5, 8, 12, 20];
const TIMES = [1, 2, 4, 8, 16];
/** Starting and stopping a server, and learning its tokenizer, ms. */
const BETWEEN_RUNS = 5000;

/** The shortest night that would do, of a few shapes. */
function betterShape(evidence: readonly MetricEvidence[], now: SessionShape): Forecast["better"] {
  const shapes = TIMES.flatMap((times) =>
    REPEATS.map((repeats) => ({ repeats, times, length: times * now.length })),
  ).filter(({ repeats }) => repeats >= now.repeats);
  const cost = (one: SessionShape): number => one.repeats * (one.length + BETWEEN_RUNS);
  for (const { times, ...shape } of shapes.sort((a, b) => cost(a) - cost(b))) {
    const { figures, families } = tell(
      evidence.map((one) => inShape(one, { repeats: shape.repeats, times })),
    );
    if (families.every(isEnough)) return { shape, figures };
  }
  return undefined;
}

interface Stretch {
  readonly repeats: number;
  /** How many times as long runs are. */
  readonly times: number;
}

/**
 * The evidence that so many runs, so many times as long, would give if the noise stays what it is:
 * of a run's variance, the part that its finite number of requests explains (its standard error)
 * shrinks with its length; the rest is the machine's, and stays.
 */
function inShape(evidence: MetricEvidence, stretch: Stretch): MetricEvidence {
  const { rule, baseline } = evidence;
  const scale = scaleOf(rule, 1);
  const positive = baseline.every(({ value }) => value > 0);
  const center = baseline[0]?.value ?? 0;
  const sd = positive
    ? stretchedSd([...sessionsOf(baseline, scale).values()], baseline, stretch)
    : 0;
  const around = spread(stretch.repeats).map((z) =>
    positive ? scale.from(scale.to(center) + z * sd) : center,
  );
  const side = (session: string): RunEstimate[] =>
    around.map((value, i) => ({
      ...stretched(baseline[i % baseline.length], stretch.times),
      ...{ run: `${session} ${i}`, session, value },
    }));
  return { ...evidence, baseline: side("accepted"), candidate: side(LATER) };
}

function stretchedSd(
  sessions: readonly (readonly number[])[],
  runs: readonly RunEstimate[],
  { times }: Stretch,
): number {
  const { variance } = pooledVariance(sessions);
  const within = Math.min(variance, middle(runs.map(({ se = 0 }) => se)) ** 2);
  return Math.sqrt(variance - within + within / times);
}

function stretched(run: RunEstimate | undefined, times: number): Partial<RunEstimate> {
  const { effective, count, passes } = run ?? {};
  return {
    ...(effective !== undefined && { effective: effective * times }),
    ...(count !== undefined && { count: count * times }),
    ...(passes !== undefined && { passes: passes * times }),
  };
}

/** So many values, equally spaced, with mean 0 and standard deviation 1. */
function spread(count: number): number[] {
  const steps = Array.from({ length: count }, (_, i) => i - (count - 1) / 2);
  const sd = Math.sqrt(squaresAround(steps) / Math.max(1, count - 1));
  return steps.map((step) => (sd === 0 ? 0 : step / sd));
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
