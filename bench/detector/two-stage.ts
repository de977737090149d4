/**
 * Our rule, with the program's own verdict function: tonight's runs are screened against the nights
 * before; a suspect is measured again in interleaved pairs, looked at after 5, 8 and 12.
 */
import { compareMetrics } from "../../src/judge/compare/compare-metrics.ts";
import {
  LOOKS,
  type Comparison,
  type MetricEvidence,
  type MetricRule,
  type NoisePrior,
  type RunEstimate,
} from "../../src/judge/compare/types.ts";

/** Margin 5 %: to catch 10 %. */
function ruleOf(metric: number): MetricRule {
  return {
    id: `metric ${metric}`,
    metric: `metric ${metric}`,
    unit: "ms",
    quantile: 0.95,
    better: "lower",
    scale: "log",
    margin: 0.05,
    gating: true,
  };
}

/** Log values, one row a run, one column a metric. */
export type Runs = readonly (readonly number[])[];

export interface NewSession {
  readonly history: readonly Runs[];
  readonly tonight: Runs;
  /** One more pair of runs: baseline and candidate, in the same session. */
  readonly pair: () => readonly [readonly number[], readonly number[]];
}

export interface Ruling {
  /** By metric. */
  readonly regression: readonly boolean[];
  readonly inconclusive: readonly boolean[];
  /** Runs made tonight, pairs included. */
  readonly runs: number;
}

/** Effective requests of a run of 1,000 with φ = 0.5, at its p95. */
const EFFECTIVE = 600;

export function twoStage({ history, tonight, pair }: NewSession): Ruling {
  const metrics = tonight[0]?.length ?? 0;
  const nights = history.map((runs, night) =>
    runs.map((run) => ({ run, session: `night ${night}` })),
  );
  const fresh = tonight.map((run) => ({ run, session: "tonight" }));
  const screened = compareMetrics(evidence(metrics, nights.flat(), fresh));
  const suspects = suspectsOf(screened);
  if (suspects.length === 0) return rulingOf(screened, screened, tonight.length);
  const pairs: (readonly [readonly number[], readonly number[]])[] = [];
  let settled = screened;
  for (const look of LOOKS) {
    while (pairs.length < look) pairs.push(pair());
    settled = compareMetrics(pairedEvidence(metrics, pairs), { suspects });
    if (allSettled(screened, settled)) break;
  }
  return rulingOf(screened, settled, tonight.length + 2 * pairs.length);
}

/** One night's runs against those of one other night: `plimsoll compare` without a history. */
export function oneSessionAgainstAnother(
  baseline: Runs,
  candidate: Runs,
  prior?: NoisePrior,
): readonly boolean[] {
  const metrics = candidate[0]?.length ?? 0;
  const old = baseline.map((run) => ({ run, session: "last night" }));
  const fresh = candidate.map((run) => ({ run, session: "tonight" }));
  const known = prior === undefined ? {} : { prior };
  const given = evidence(metrics, old, fresh).map((one) => ({ ...one, ...known }));
  return compareMetrics(given).metrics.map(({ outcome }) => outcome === "regression");
}

function suspectsOf({ metrics }: Comparison): string[] {
  return metrics.filter(({ screen }) => screen === "suspect").map(({ rule }) => rule.id);
}

/** What was suspect has its verdict. */
function allSettled(screened: Comparison, settled: Comparison): boolean {
  return screened.metrics.every(
    ({ screen }, i) => screen !== "suspect" || settled.metrics[i]?.outcome !== "inconclusive",
  );
}

/** Suspects are ruled by their pairs, the others by the screen. */
function rulingOf(screened: Comparison, settled: Comparison, runs: number): Ruling {
  const final = screened.metrics.map((one, i) =>
    one.screen === "suspect" ? (settled.metrics[i] ?? one) : one,
  );
  return {
    regression: final.map(({ outcome }) => outcome === "regression"),
    inconclusive: final.map(({ outcome }) => outcome === "inconclusive"),
    runs,
  };
}

interface SessionRun {
  readonly run: readonly number[];
  readonly session: string;
}

function evidence(
  metrics: number,
  baseline: readonly SessionRun[],
  candidate: readonly SessionRun[],
): MetricEvidence[] {
  return Array.from({ length: metrics }, (_, metric) => ({
    rule: ruleOf(metric),
    baseline: baseline.map((one) => estimateOf(one, metric)),
    candidate: candidate.map((one) => estimateOf(one, metric)),
  }));
}

function estimateOf({ run, session }: SessionRun, metric: number): RunEstimate {
  return { run: session, session, value: Math.exp(run[metric] ?? NaN), effective: EFFECTIVE };
}

function pairedEvidence(
  metrics: number,
  pairs: readonly (readonly [readonly number[], readonly number[]])[],
): MetricEvidence[] {
  const arm = (side: 0 | 1) => pairs.map((pair) => ({ run: pair[side], session: "pairs" }));
  return evidence(metrics, arm(0), arm(1)).map((one) => ({
    ...one,
    pairs: one.baseline.map(({ value }, i) => ({
      baseline: value,
      candidate: one.candidate[i]?.value ?? NaN,
    })),
  }));
}
