/** The comparison of runs, from their digests to one verdict. Validity comes first, then whether they
 * are comparable at all, then the metrics. */
import type { RunDigest } from "../digest/digest.ts";
import { present } from "../../core/present.ts";
import { changedAnswers } from "./changed-answers.ts";
import { barring, differenceSentence, notedDifferences, sharedFingerprint } from "./comparable.ts";
import { compareMetrics } from "./compare-metrics.ts";
import {
  COMPARISON_SCHEMA,
  type ComparisonDocument,
  type ComparisonVerdict,
  type NotedDifference,
  type RunReference,
  type Side,
} from "./comparison.ts";
import {
  estimates,
  evidenceOf,
  rulesFor,
  type Margins,
  type Priors,
  type Sides,
} from "./gather.ts";
import { itemPairs } from "./display/item-pairs.ts";
import { judgeSla } from "./judge-sla.ts";
import { runValues } from "./display/run-values.ts";
import { shapesOf } from "./display/shapes-of.ts";
import type { Comparison, MetricOutcome, MetricRule, MetricVerdict, SlaVerdict } from "./types.ts";

export interface CompareRequest extends Sides {
  /** Name of the baseline. */
  readonly name?: string;
  /** Runs of the pinned anchor, where they are others than those of the baseline. */
  readonly anchor?: readonly RunDigest[];
  readonly priors?: Priors;
  readonly margins?: Margins;
  readonly vary?: readonly string[];
}

/** @throws PlimsollError (usage) when a margin or a varied field is of nothing there is */
export function compareRuns(request: CompareRequest): ComparisonDocument {
  const { baseline, candidate, name, priors } = request;
  const sides = {
    baseline: usable(baseline),
    candidate: usable(candidate),
    ...present({ pairs: request.pairs }),
  };
  const differences = notedDifferences(baseline, candidate, request.vary);
  const rules = rulesFor([...candidate, ...baseline], request.margins);
  const barred = troubleOf(request) ?? notComparable(differences);
  const { metrics, families, outcome } = compareMetrics(
    barred === undefined ? evidenceOf(sides, rules, priors) : [],
  );
  return {
    schema: COMPARISON_SCHEMA,
    scenario: [...candidate, ...baseline][0]?.scenario ?? "",
    verdict: barred ?? { status: outcome, reasons: reasonsOf(outcome, { metrics, families }) },
    baseline: sideOf(baseline, name),
    candidate: sideOf(candidate),
    differences,
    families,
    metrics,
    sla: slaOf(sides.candidate, rules, priors),
    ...(barred === undefined && {
      ...present({ anchor: anchorOf(request, sides.candidate, rules) }),
    }),
    shapes: barred === undefined ? shapesOf(sides) : [],
    runs: runValues(sides, rules),
    items: barred === undefined ? itemPairs(sides) : [],
    caveats: caveatsOf(request, differences, metrics),
  };
}

const UNFINISHED: ReadonlySet<RunDigest["status"]> = new Set([
  "target_failed",
  "interrupted",
  "script_failed",
  "write_failed",
]);

/** Runs that count: measured to their end, by a client that kept up. */
export function usable(runs: readonly RunDigest[]): readonly RunDigest[] {
  return runs.filter((run) => leftOut(run) === undefined);
}

function leftOut({ status, validity, trouble }: RunDigest): string | undefined {
  if (UNFINISHED.has(status)) return trouble ?? status;
  return validity === "invalid" ? (trouble ?? "the measurement is invalid") : undefined;
}

/** A candidate whose server failed is no slow one; runs that nobody can trust are no evidence. */
function troubleOf({ baseline, candidate }: Sides): ComparisonVerdict | undefined {
  const failed = candidate.filter(({ status }) => status === "target_failed");
  if (failed.length > 0) return { status: "target_failed", reasons: failed.map(troubleSentence) };
  for (const runs of [candidate, baseline])
    if (usable(runs).length === 0) return { status: "invalid", reasons: runs.map(troubleSentence) };
  return undefined;
}

function troubleSentence(run: RunDigest): string {
  return `${run.run}: ${leftOut(run) ?? run.status}`;
}

function notComparable(differences: readonly NotedDifference[]): ComparisonVerdict | undefined {
  const hard = barring(differences);
  if (hard.length === 0) return undefined;
  return { status: "not_comparable", reasons: hard.map(differenceSentence) };
}

/** The sentences of the metrics that made the outcome what it is. */
function reasonsOf(
  outcome: MetricOutcome,
  { metrics, families }: Pick<Comparison, "metrics" | "families">,
): readonly string[] {
  if (families.length === 0)
    return ["these runs have no figure that could have shown a change: nothing was compared"];
  if (outcome === "pass") return [];
  const deciding = new Set(
    families.filter((one) => one.outcome === outcome).flatMap(({ by }) => by),
  );
  return metrics.filter(({ rule }) => deciding.has(rule.id)).map(({ reason }) => reason);
}

function sideOf(runs: readonly RunDigest[], name?: string): Side {
  return {
    ...present({ name }),
    runs: runs.map(referenceOf),
    fingerprint: sharedFingerprint(runs),
  };
}

export function referenceOf(digest: RunDigest): RunReference {
  const { run, startedAt, session, requests, validity } = digest;
  return { run, startedAt, session, requests, validity, ...present({ leftOut: leftOut(digest) }) };
}

function slaOf(
  candidate: readonly RunDigest[],
  rules: readonly MetricRule[],
  priors: Priors = {},
): readonly SlaVerdict[] {
  const limits = candidate[0]?.limits ?? [];
  return limits.flatMap(({ figure, limit, good }) => {
    const rule = rules.find(({ id }) => id === figure);
    // A limit on the wrong side (throughput below so much) is not about service.
    if (rule === undefined || (rule.better === "lower") !== (good === "below")) return [];
    const runs = estimates(candidate, figure);
    return [judgeSla({ rule, limit, runs, ...present({ prior: priors[figure] }) })];
  });
}

function anchorOf(
  { anchor, priors }: CompareRequest,
  candidate: readonly RunDigest[],
  rules: readonly MetricRule[],
): ComparisonDocument["anchor"] {
  if (anchor === undefined || anchor.length === 0) return undefined;
  const evidence = evidenceOf({ baseline: anchor, candidate }, rules, priors);
  return { side: sideOf(anchor), metrics: compareMetrics(evidence).metrics };
}

function caveatsOf(
  { baseline, candidate }: Sides,
  differences: readonly NotedDifference[],
  metrics: readonly MetricVerdict[],
): readonly string[] {
  const soft = differences.filter((one) => one.class === "soft" && !one.varied);
  const observed = differences.filter((one) => one.class === "observed");
  const out = [...baseline, ...candidate].filter((run) => leftOut(run) !== undefined);
  const suspect = [...baseline, ...candidate].filter(({ validity }) => validity === "suspect");
  return [
    ...out.map((run) => `left out: ${troubleSentence(run)}`),
    ...(suspect.length > 0
      ? [`${suspect.length} of the runs are suspect: see what their reports say of the client`]
      : []),
    ...changedAnswers({ baseline: usable(baseline), candidate: usable(candidate) }),
    ...soft.map((one) => `low confidence: ${differenceSentence(one)}`),
    ...observed.map((one) => `the machine behaved differently: ${differenceSentence(one)}`),
    ...new Set(metrics.flatMap((one) => (one.gating ? one.caveats : []))),
  ];
}
