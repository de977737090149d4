/** From digests of runs to what a verdict on each metric is made from. */
import { usageError } from "../../core/errors.ts";
import type { RunDigest } from "../digest/digest.ts";
import { present } from "../../core/present.ts";
import { runPairs, type DigestPair } from "./pair-runs.ts";
import { defaultRules } from "./rules.ts";
import type { MetricEvidence, MetricRule, NoisePrior, RunEstimate } from "./types.ts";

/** By id of the rule. */
export type Priors = Readonly<Record<string, NoisePrior>>;

/** A margin asked for: of a figure (`ttft p95`) or of all figures of a metric (`ttft`). */
export type Margins = Readonly<Record<string, number>>;

/**
 * The rules for runs of this kind: in an open loop what users wait from the schedule on gates, our
 * own queueing included; in a closed loop, the time from sending. Where nothing streams, and so no
 * first token is timed, the whole answer is what users wait for. The throughput of an open loop is
 * what the schedule asks for, so that it can fail but proves nothing.
 *
 * @throws PlimsollError (usage) when a margin is of nothing that is judged
 */
export function rulesFor(runs: readonly RunDigest[], margins: Margins = {}): readonly MetricRule[] {
  const open = (runs[0]?.loop ?? "open") !== "closed";
  const first = runs.length === 0 || runs.some(({ figures }) => figures["ttft p50"] !== undefined);
  const waiting = `${first ? "ttft" : "e2e"}${open ? "_scheduled" : ""}`;
  for (const id of Object.keys(margins))
    if (!defaultRules.some((rule) => rule.id === id || rule.metric === id))
      throw usageError(
        `--margin: nothing is judged by the name "${id}"`,
        `There is ${defaultRules.map((rule) => rule.id.replace(" ", ".")).join(", ")}.`,
      );
  const rules = defaultRules.map(({ family, ...rule }) => ({
    ...rule,
    ...gateOf({ ...rule, ...present({ family }) }, waiting),
    ...(open && family === "throughput" && { fixed: true }),
    margin: margins[rule.id] ?? margins[rule.metric] ?? rule.margin,
  }));
  return [...rules.filter(({ gating }) => gating), ...rules.filter(({ gating }) => !gating)];
}

/** The figures of `ttft` that gate, on the metric that is what users wait for in these runs. */
function gateOf({ metric, quantile, gating, family }: MetricRule, waiting: string) {
  if (family !== undefined && family !== "waiting") return { gating, family };
  const twin = defaultRules.find((one) => one.metric === "ttft" && one.quantile === quantile);
  return metric === waiting && twin?.gating === true
    ? { gating: true, family: "waiting" as const }
    : { gating: false };
}

export interface Sides {
  readonly baseline: readonly RunDigest[];
  readonly candidate: readonly RunDigest[];
  /** Of runs that were measured side by side (`plimsoll ab`); then they decide. */
  readonly pairs?: readonly DigestPair[];
}

/** One entry for every rule that either side has values for. */
export function evidenceOf(
  { baseline, candidate, pairs = [] }: Sides,
  rules: readonly MetricRule[],
  priors: Priors = {},
): readonly MetricEvidence[] {
  return rules.flatMap((rule) => {
    const ofBaseline = estimates(baseline, rule.id);
    const ofCandidate = estimates(candidate, rule.id);
    if (ofBaseline.length === 0 && ofCandidate.length === 0) return [];
    const sided = runPairs(pairs, rule);
    const known = present({
      pairs: sided.length > 0 ? sided : undefined,
      prior: priors[rule.id],
    });
    return [{ rule, baseline: ofBaseline, candidate: ofCandidate, ...known }];
  });
}

export function estimates(runs: readonly RunDigest[], id: string): readonly RunEstimate[] {
  return runs.flatMap(({ run, session, figures }) => {
    const figure = figures[id];
    return figure === undefined ? [] : [{ run, session, ...figure }];
  });
}
