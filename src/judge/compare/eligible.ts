/** Whether there is enough data for a metric to gate. */
import type { MetricEvidence, RunEstimate } from "./types.ts";

/** Effective values that must lie beyond a quantile in each run: 2,000 effective requests for p99. */
const BEYOND = 20;

/** Why a quantile cannot gate; undefined when it can, and for what is no quantile. */
export function shortOfTail({ rule, baseline, candidate }: MetricEvidence): string | undefined {
  if (rule.quantile === undefined) return undefined;
  const beyond = Math.min(rule.quantile, 1 - rule.quantile);
  const needed = Math.ceil(BEYOND / beyond - 1e-9);
  const counts = [effectivePerRun(baseline), effectivePerRun(candidate)];
  if (counts.some((count) => count === undefined)) {
    return `how many effective values a run has is not known; it takes ${needed}`;
  }
  const fewest = Math.min(...counts.map((count) => count ?? 0));
  if (fewest * beyond >= BEYOND - 1e-9) return undefined;
  return `it takes ${needed} effective values a run, and there are ${Math.floor(fewest)}`;
}

/** The middle run's: one short run does not make a side ineligible, nor one long run eligible. */
function effectivePerRun(runs: readonly RunEstimate[]): number | undefined {
  const counts = runs.map(({ effective, count }) => effective ?? count ?? NaN);
  if (counts.length === 0 || counts.some(Number.isNaN)) return undefined;
  return counts.sort((a, b) => a - b)[Math.floor((counts.length - 1) / 2)];
}
