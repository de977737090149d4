/** From p-values and bounds to the outcome of one metric. */
import { detectable } from "../../stats/power.ts";
import { present } from "../../core/present.ts";
import type { Assessment, Ps } from "./assess.ts";
import type { Test } from "./choose-test.ts";
import { badShare } from "./difference.ts";
import { levelOf } from "./level.ts";
import { runsNeeded } from "./needed.ts";
import { reasonOf } from "./reason.ts";
import { plain } from "./scale.ts";
import type { MetricOutcome, MetricVerdict, Screen } from "./types.ts";

/** Below this one-sided p a night is suspicious, and worth an interleaved comparison. */
const SUSPICION = 0.1;
/** The level at which a night alone is enough. */
const GROSS = 0.001;
/** False discovery rate accepted among diagnostics. */
const DISCOVERY = 0.1;

interface Found {
  readonly outcome: MetricOutcome;
  readonly screen?: Screen;
}

/**
 * @param adjusted absent where nothing was tested
 * @param family how many metrics gate together
 */
export function conclude(one: Assessment, adjusted: Ps | undefined, family: number): MetricVerdict {
  const { evidence, test, gating, notGated, scale } = one;
  const found = outcomeOf(one, adjusted);
  const parts = {
    rule: evidence.rule,
    ...found,
    method: test?.estimate === undefined ? ("descriptive" as const) : test.method,
    gating,
    ...present({
      notGated,
      baseline: levelOf(evidence.baseline, scale, one.alpha, evidence.prior),
      candidate: levelOf(evidence.candidate, scale, one.alpha, evidence.prior),
      change: test && changeOf(one, test),
      p: one.ps?.worse,
      adjustedP: adjusted?.worse,
      mde80: sensitivity(one),
      needed: found.outcome === "inconclusive" ? neededOf(one, family) : undefined,
    }),
    margin: scale.size(scale.margin),
    caveats: caveatsOf(one, found),
  };
  return { ...parts, reason: reasonOf(parts) };
}

function outcomeOf(one: Assessment, adjusted: Ps | undefined): Found {
  if (one.test === undefined || one.difference === undefined || adjusted === undefined) {
    return { outcome: "inconclusive" };
  }
  if (one.test.method === "history") return screenNight(one, adjusted);
  return { outcome: weigh(one, one.test.difference, adjusted) };
}

/** Proved to be there, and larger than the margin as it was found; or proved to be within it. */
function weigh(one: Assessment, found: number, adjusted: Ps): MetricOutcome {
  const level = one.gating ? one.alpha : DISCOVERY;
  const { margin } = one.scale;
  if (adjusted.worse <= level && found > margin) return "regression";
  if (adjusted.better <= level && found < -margin) return "improvement";
  return withinMargin(one) ? "pass" : "inconclusive";
}

/** One new night against at least ten: it passes, or it asks for an interleaved comparison. */
function screenNight(one: Assessment, adjusted: Ps): Found {
  if (adjusted.grossWorse <= GROSS) return { outcome: "regression", screen: "gross" };
  if (adjusted.grossBetter <= GROSS) return { outcome: "improvement", screen: "pass" };
  if ((one.ps?.worse ?? 1) < SUSPICION) return { outcome: "inconclusive", screen: "suspect" };
  if (withinMargin(one)) return { outcome: "pass", screen: "pass" };
  return { outcome: "inconclusive", screen: "underpowered" };
}

function withinMargin(one: Assessment): boolean {
  return upperBound(one) < one.scale.margin || flawless(one);
}

function upperBound({ difference, alpha }: Assessment): number {
  return difference?.bounds(alpha).high ?? Infinity;
}

/** Not one bad request: whatever the baseline did, there is nothing to hold against it. */
function flawless({ evidence }: Assessment): boolean {
  return badShare(evidence.rule, evidence.candidate)?.passes === 0;
}

function changeOf({ difference, scale, alpha }: Assessment, test: Test) {
  const change = (oriented: number): number => scale.change(oriented);
  if (difference === undefined) return { value: change(test.difference) };
  return plain(change, { value: test.difference, ...difference.bounds(alpha) });
}

/** Runs that are all alike (no bad request in any) do not tell what would have been found. */
function sensitivity({ test, alpha, scale }: Assessment): number | undefined {
  if (test?.estimate === undefined) return undefined;
  const { se, df } = test.claim ?? test.estimate;
  return se === 0 ? undefined : scale.size(se * detectable(df, alpha));
}

function neededOf({ test, scale, alpha, gating }: Assessment, family: number) {
  if (test?.estimate === undefined) return undefined;
  const { difference } = test;
  // What is to be called a regression must also survive Holm.
  const strict = gating && difference > scale.margin ? alpha / Math.max(1, family) : alpha;
  return runsNeeded(test, { difference, margin: scale.margin, alpha: strict });
}

function caveatsOf(one: Assessment, { outcome }: Found): readonly string[] {
  const caveats = [...(one.test?.caveats ?? [])];
  if (outcome === "pass" && flawless(one) && upperBound(one) >= one.scale.margin) {
    const most = (upperBound(one) * 100).toPrecision(2);
    caveats.push(`no bad request was seen, but up to ${most} % more cannot be ruled out`);
  }
  return caveats;
}
