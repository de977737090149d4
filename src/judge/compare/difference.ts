/** What the evidence says of an oriented difference: bounds and p-values at any level. */
import { newcombe, newcombeP, type Bounds, type Share } from "../../stats/proportions.ts";
import { boundsOf, pAbove, pBelow, type TEstimate } from "../../stats/t-test.ts";
import type { MetricEvidence, MetricRule, RunEstimate } from "./types.ts";

export interface Difference {
  /** One-sided bounds at level `alpha` each. */
  bounds(alpha: number): Bounds;
  /** One-sided p of "it is at most `limit`". */
  above(limit: number): number;
  /** One-sided p of "it is at least `limit`". */
  below(limit: number): number;
}

/**
 * By the t test of runs; for shares also by Newcombe on the requests of all runs, and of the two what
 * claims less: few failures make runs look more alike than they are, and failures that come in bursts
 * make requests look more independent than they are.
 */
export function differenceOf(estimate: TEstimate, evidence: MetricEvidence): Difference {
  const byRuns = ofRuns(estimate);
  const ofBaseline = badShare(evidence.rule, evidence.baseline);
  const ofCandidate = badShare(evidence.rule, evidence.candidate);
  if (ofBaseline === undefined || ofCandidate === undefined) return byRuns;
  return cautious(byRuns, ofShares(ofBaseline, ofCandidate));
}

/** How many requests of these runs had the bad property; absent where runs do not say. */
export function badShare(rule: MetricRule, runs: readonly RunEstimate[]): Share | undefined {
  let [passes, count] = [0, 0];
  for (const run of runs) {
    if (run.passes === undefined || run.count === undefined) return undefined;
    passes += rule.better === "lower" ? run.passes : run.count - run.passes;
    count += run.count;
  }
  return count === 0 ? undefined : { passes, count };
}

function ofRuns(estimate: TEstimate): Difference {
  return {
    bounds: (alpha) => boundsOf(estimate, alpha),
    above: (limit) => pAbove(estimate, limit),
    below: (limit) => pBelow(estimate, limit),
  };
}

function ofShares(baseline: Share, candidate: Share): Difference {
  return {
    bounds: (alpha) => newcombe(baseline, candidate, alpha),
    above: (limit) => newcombeP(baseline, candidate, limit),
    below: (limit) => newcombeP(candidate, baseline, -limit),
  };
}

function cautious(a: Difference, b: Difference): Difference {
  return {
    bounds: (alpha) => {
      const [one, other] = [a.bounds(alpha), b.bounds(alpha)];
      return { low: Math.min(one.low, other.low), high: Math.max(one.high, other.high) };
    },
    above: (limit) => Math.max(a.above(limit), b.above(limit)),
    below: (limit) => Math.max(a.below(limit), b.below(limit)),
  };
}
