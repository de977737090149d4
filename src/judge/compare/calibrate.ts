/**
 * What comparisons of a thing with itself tell: how noisy runs and sessions are, how often the verdict
 * cries wolf, and how many runs a margin takes.
 */
import { pooledVariance, type Variance } from "../../stats/t-test.ts";
import { detectable, runsPerSide } from "../../stats/power.ts";
import { normalQuantile } from "../../stats/normal.ts";
import { wilson, type Bounds } from "../../stats/proportions.ts";
import { varianceComponents } from "../../stats/variance-components.ts";
import { present } from "../../core/present.ts";
import { sessionsOf } from "./choose-test.ts";
import { compareMetrics } from "./compare-metrics.ts";
import { applicableRule, scaleOf, type Scale } from "./scale.ts";
import type { MetricEvidence, MetricRule, NoisePrior, RunEstimate } from "./types.ts";

const ALPHA = 0.05;

export interface MetricCalibration {
  readonly rule: MetricRule;
  /** Absent where the noise cannot be told: fewer than 2 runs in a session, or values of 0. */
  readonly prior?: NoisePrior;
  /** Comparisons of the thing with itself, and what each claimed. */
  readonly comparisons: number;
  readonly regressions: number;
  readonly improvements: number;
  /** 95 % Wilson interval of the share of regressions. Absent without comparisons. */
  readonly falseAlarms?: Bounds;
  /**
   * False when it is certain that regressions are called more often than in 5 %: then the prior was
   * widened to the noise that would explain them.
   */
  readonly trusted: boolean;
  /** Smallest change found with probability 0.8 by `runs` runs on each side; scale of the margin. */
  readonly mde80?: number;
  /** Runs on each side that find a change as large as the margin with probability 0.8. */
  readonly runsNeeded?: number;
}

/**
 * @param trials comparisons of runs of the same thing, each as handed to `compareMetrics`; no run is
 * in two of them
 * @param runs on each side, for `mde80`
 */
export function calibrate(
  trials: readonly (readonly MetricEvidence[])[],
  runs = 5,
): readonly MetricCalibration[] {
  const claims = trials.map((trial) => compareMetrics(trial).metrics);
  const rules = new Map(trials.flat().map(({ rule }) => [rule.id, rule]));
  return [...rules.values()].map((rule) => {
    const own = claims.flat().filter((one) => one.rule.id === rule.id);
    const count = (outcome: string): number => own.filter((one) => one.outcome === outcome).length;
    const regressions = count("regression");
    const seen = { comparisons: own.length, regressions, improvements: count("improvement") };
    return { rule, ...seen, ...noiseOf(rule, runsOf(trials, rule), { ...seen, runs }) };
  });
}

function runsOf(trials: readonly (readonly MetricEvidence[])[], { id }: MetricRule): RunEstimate[] {
  const own = trials.flat().filter(({ rule }) => rule.id === id);
  return own.flatMap(({ baseline, candidate }) => [...baseline, ...candidate]);
}

interface Seen {
  readonly comparisons: number;
  readonly regressions: number;
  readonly runs: number;
}

function noiseOf(rule: MetricRule, estimates: readonly RunEstimate[], seen: Seen) {
  const { comparisons, regressions, runs } = seen;
  const falseAlarms =
    comparisons === 0 ? undefined : wilson({ passes: regressions, count: comparisons });
  const least = falseAlarms?.low ?? 0;
  const trusted = least <= ALPHA;
  const found = priorOf(rule, estimates);
  const prior = trusted ? found : found && widened(found, least);
  const scale = scaleOf(rule, levelOf(estimates));
  const noise =
    prior === undefined || prior.run.sd === 0 ? undefined : sensitivity(prior, scale, runs);
  return { trusted, ...present({ prior, falseAlarms }), ...noise };
}

function sensitivity({ run: { sd } }: NoisePrior, scale: Scale, runs: number) {
  const mde80 = scale.size(sd * Math.sqrt(2 / runs) * detectable(2 * runs - 2, ALPHA));
  return { mde80, ...present({ runsNeeded: runsPerSide({ effect: scale.margin, sd }) }) };
}

/** In the metric's unit: tells how much a floor is in percent. */
function levelOf(estimates: readonly RunEstimate[]): number {
  const sorted = estimates.map(({ value }) => value).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/**
 * Standard deviations between runs of a session and between sessions, by nested analysis of variance.
 *
 * @returns undefined where no session has two runs, and where the metric's scale does not fit its
 * values
 */
export function priorOf(
  rule: MetricRule,
  estimates: readonly RunEstimate[],
): NoisePrior | undefined {
  const fits = applicableRule({ rule, baseline: estimates, candidate: [] }).scale === rule.scale;
  if (!fits) return undefined;
  const sessions = [...sessionsOf(estimates, scaleOf(rule, 1)).values()];
  const components = varianceComponents(sessions);
  const run = components?.run ?? pooledVariance(sessions);
  if (run.df === 0) return undefined;
  return { run: sdOf(run), ...present({ session: components && sdOf(components.session) }) };
}

function sdOf({ variance, df }: Variance): { readonly sd: number; readonly df: number } {
  return { sd: Math.sqrt(variance), df };
}

/** The noise under which a test at ALPHA alarms in this share of comparisons: s · z(α)/z(share). */
function widened(prior: NoisePrior, share: number): NoisePrior {
  const factor = normalQuantile(1 - ALPHA) / Math.max(0.1, normalQuantile(1 - share));
  const wide = ({ sd, df }: { sd: number; df: number }) => ({ sd: sd * factor, df });
  return { run: wide(prior.run), ...present({ session: prior.session && wide(prior.session) }) };
}
