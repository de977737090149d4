/**
 * Whether a run has enough values for a pass on a quantile. It never weakens a fail: how exact a
 * quantile of few values is, the spread between runs already shows.
 */
import type { MetricEvidence, RunEstimate } from "../types.ts";

/** Effective values that must lie beyond a quantile in each run: 2,000 effective requests for p99. */
const BEYOND = 20;

export interface Shortage {
  readonly reason: string;
  /** How much longer runs would have to be; absent where the number of values is not known. */
  readonly times?: number;
}

/** Why a quantile cannot pass; undefined when it can, and for what is no quantile. */
export function shortOfTail({ rule, baseline, candidate }: MetricEvidence): Shortage | undefined {
  if (rule.quantile === undefined) return undefined;
  const needed = valuesNeeded(rule.quantile);
  const counts = [effectivePerRun(baseline), effectivePerRun(candidate)];
  if (counts.some((count) => count === undefined))
    return {
      reason: `a pass takes ${needed} effective values a run, and how many there are is not known`,
    };
  const fewest = Math.min(...counts.map((count) => count ?? 0));
  if (fewest >= needed - 1e-6) return undefined;
  return {
    reason: `a pass takes ${needed} effective values a run, and there are ${Math.floor(fewest)}`,
    times: needed / Math.max(1, fewest),
  };
}

/** Effective values that a run needs for a pass on this quantile (0 to 1). */
export function valuesNeeded(quantile: number): number {
  return Math.ceil(BEYOND / Math.min(quantile, 1 - quantile) - 1e-9);
}

/** The middle run's: one short run does not make a side ineligible, nor one long run eligible. */
export function effectivePerRun(runs: readonly RunEstimate[]): number | undefined {
  const counts = runs.map(({ effective, count }) => effective ?? count ?? NaN);
  if (counts.length === 0 || counts.some(Number.isNaN)) return undefined;
  return counts.sort((a, b) => a - b)[Math.floor((counts.length - 1) / 2)];
}
