/** From p-values and bounds to the outcome of one metric. */
import { detectable } from "../../stats/power.ts";
import { present } from "../../core/present.ts";
import type { Assessment, Ps } from "./assess.ts";
import type { Test } from "./choose-test.ts";
import { badShare } from "./difference.ts";
import { levelOf } from "./level.ts";
import { flawlessRunsNeeded, runsNeeded } from "./power/needed.ts";
import { reasonOf } from "./reason.ts";
import { plain } from "./scale.ts";
import type { Doubt, MetricOutcome, MetricVerdict, RunsNeeded, Screen } from "./types.ts";

/** Below this one-sided p a night is suspicious, and worth an interleaved comparison. */
const SUSPICION = 0.1;
/** The level at which a night alone is enough. */
const GROSS = 0.001;
/** False discovery rate accepted among diagnostics. */
const DISCOVERY = 0.1;

interface Found {
  readonly outcome: MetricOutcome;
  readonly doubt?: Doubt;
  readonly screen?: Screen;
}

/**
 * @param adjusted absent where nothing was tested
 * @param family how many metrics gate together
 */
export function conclude(one: Assessment, adjusted: Ps | undefined, family: number): MetricVerdict {
  const { evidence, test, gating, notGated, shortage, scale } = one;
  const found = outcomeOf(one, adjusted);
  const parts = {
    rule: evidence.rule,
    ...found,
    method: test?.estimate === undefined ? ("descriptive" as const) : test.method,
    gating,
    ...present({
      notGated,
      tooFew: shortage?.reason,
      baseline: levelOf(evidence.baseline, scale, one.alpha, evidence.prior),
      candidate: levelOf(evidence.candidate, scale, one.alpha, evidence.prior),
      change: test && changeOf(one, test),
      p: one.ps?.worse,
      adjustedP: adjusted?.worse,
      mde80: sensitivity(one, family),
      needed: neededOf(one, found, family),
    }),
    margin: scale.size(scale.margin),
    matters: scale.size(scale.matters),
    caveats: caveatsOf(one, found),
  };
  return { ...parts, reason: reasonOf(parts) };
}

function outcomeOf(one: Assessment, adjusted: Ps | undefined): Found {
  if (one.test === undefined) return inconclusive("missing");
  if (one.difference === undefined || adjusted === undefined) return inconclusive("alone");
  if (one.test.method === "history") return screenSession(one, adjusted);
  return weigh(one, one.test.difference, adjusted);
}

function inconclusive(doubt: Doubt): Found {
  return { outcome: "inconclusive", doubt };
}

/**
 * Proved to be there, and larger than the margin as it was found; or proved not to matter. What was
 * found to be beyond the margin never passes.
 */
function weigh(one: Assessment, found: number, adjusted: Ps): Found {
  const level = one.gating ? one.claim : DISCOVERY;
  const { margin } = one.scale;
  if (adjusted.worse <= level && found > margin) return { outcome: "regression" };
  if (adjusted.better <= level && found < -margin) return { outcome: "improvement" };
  if (found > margin) return inconclusive(isSuspect(one) ? "suspect" : "noise");
  return passOr(one, "noise");
}

/** Significant before the correction for asking several questions, not after. */
function isSuspect({ gating, ps, claim }: Assessment): boolean {
  return gating && ps !== undefined && ps.worse <= claim;
}

/** One new night against at least ten: it passes, or it asks for an interleaved comparison. */
function screenSession(one: Assessment, adjusted: Ps): Found {
  if (adjusted.grossWorse <= GROSS) return { outcome: "regression", screen: "gross" };
  if (adjusted.grossBetter <= GROSS) return { outcome: "improvement", screen: "pass" };
  if ((one.ps?.worse ?? 1) < SUSPICION) return { ...inconclusive("suspect"), screen: "suspect" };
  const found = passOr(one, "noise");
  return { ...found, screen: found.outcome === "pass" ? "pass" : "underpowered" };
}

/** A pass takes enough values in each run besides; a fail never asks for their number. */
function passOr(one: Assessment, otherwise: Doubt): Found {
  if (!rulesOutWhatMatters(one)) return inconclusive(otherwise);
  return one.shortage === undefined ? { outcome: "pass" } : inconclusive("few");
}

function rulesOutWhatMatters(one: Assessment): boolean {
  return upperBound(one) < one.scale.matters;
}

function upperBound({ difference, alpha }: Assessment): number {
  return difference?.bounds(alpha).high ?? Infinity;
}

function changeOf({ difference, scale, alpha }: Assessment, test: Test) {
  const change = (oriented: number): number => scale.change(oriented);
  if (difference === undefined) return { value: change(test.difference) };
  return plain(change, { value: test.difference, ...difference.bounds(alpha) });
}

/** Runs that are all alike (no bad request in any) do not tell what would have been found. */
function sensitivity(one: Assessment, family: number): number | undefined {
  if (one.test?.estimate === undefined) return undefined;
  const { se, df } = one.test.claim ?? one.test.estimate;
  return se === 0 ? undefined : one.scale.size(se * detectable(df, strictest(one, family)));
}

/** What Holm asks of the first of so many questions. */
function strictest({ gating, claim }: Assessment, family: number): number {
  return gating ? claim / Math.max(1, family) : claim;
}

/** The claim of a regression must also survive Holm; a pass needs values enough in each run. */
function neededOf(one: Assessment, found: Found, family: number): RunsNeeded | undefined {
  const { test, scale, alpha, shortage } = one;
  if (found.outcome !== "inconclusive" || test?.estimate === undefined) return undefined;
  if (found.doubt === "few")
    return shortage?.times === undefined
      ? undefined
      : { kind: "longer" as const, times: shortage.times };
  const flawless = flawlessNeed(one);
  if (flawless !== undefined) return flawless;
  const { difference } = test;
  const strict = difference > scale.margin ? strictest(one, family) : alpha;
  const { margin, matters } = scale;
  return runsNeeded(test, { difference, margin, matters, alpha: strict });
}

function flawlessNeed({ evidence, alpha, scale: { matters } }: Assessment): RunsNeeded | undefined {
  const { rule, baseline, candidate } = evidence;
  const [ofBaseline, ofCandidate] = [badShare(rule, baseline), badShare(rule, candidate)];
  if (ofBaseline === undefined || ofCandidate?.passes !== 0) return undefined;
  return flawlessRunsNeeded(ofBaseline, ofCandidate, { runs: candidate.length, matters, alpha });
}

function caveatsOf(one: Assessment, { outcome }: Found): readonly string[] {
  const caveats = [...(one.test?.caveats ?? [])];
  const upper = upperBound(one);
  if (outcome === "pass" && isFlawless(one) && upper >= one.scale.margin) {
    const most = (upper * 100).toPrecision(2);
    caveats.push(`no bad request was seen, but up to ${most} % more cannot be ruled out`);
  }
  return caveats;
}

function isFlawless({ evidence }: Assessment): boolean {
  return badShare(evidence.rule, evidence.candidate)?.passes === 0;
}
