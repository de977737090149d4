/** What one metric's evidence says before other metrics are considered. */
import { mean } from "../../stats/moments.ts";
import { chooseTest, type Test } from "./choose-test.ts";
import { differenceOf, type Difference } from "./difference.ts";
import { shortOfTail, type Shortage } from "./power/eligible.ts";
import { applicableRule, scaleOf, type Scale } from "./scale.ts";
import { present } from "../../core/present.ts";
import {
  BOUND_LEVEL,
  CLAIM_LEVEL,
  LOOK_LEVEL,
  type CompareOptions,
  type MetricEvidence,
  type MetricRule,
} from "./types.ts";

/** One-sided p-values, raw or adjusted. */
export interface Ps {
  /** Of "not worse". */
  readonly worse: number;
  /** Of "not better". */
  readonly better: number;
  /** Of "worse by no more than the margin". */
  readonly grossWorse: number;
  readonly grossBetter: number;
}

export interface Assessment {
  /** With the rule as it can be applied. */
  readonly evidence: MetricEvidence;
  readonly scale: Scale;
  /** One-sided level of the bounds. */
  readonly alpha: number;
  /** One-sided level of a claim of change. */
  readonly claim: number;
  readonly gating: boolean;
  readonly notGated?: string;
  /** Why it cannot pass, though it can fail. */
  readonly shortage?: Shortage;
  /** Absent when one side has no values. */
  readonly test?: Test;
  /** Absent when the noise is not known; so are the p-values. */
  readonly difference?: Difference;
  readonly ps?: Ps;
}

export function assess(given: MetricEvidence, options: CompareOptions): Assessment {
  const evidence = applicable(given);
  const { rule } = evidence;
  const scale = scaleOf(rule, baselineLevel(evidence));
  const notGated = rule.gating ? reasonNotToGate(rule, options) : undefined;
  const test = chooseTest(evidence, scale);
  const common = {
    evidence,
    scale,
    alpha: test?.unit === "pair" ? LOOK_LEVEL : BOUND_LEVEL,
    claim: test?.unit === "pair" ? LOOK_LEVEL : CLAIM_LEVEL,
    gating: rule.gating && notGated === undefined,
    ...present({ notGated, test, shortage: shortOfTail(evidence) }),
  };
  if (test?.estimate === undefined) return common;
  const difference = differenceOf(test.estimate, evidence);
  const claim = test.claim === undefined ? difference : differenceOf(test.claim, evidence);
  return { ...common, difference, ps: pValues(claim, scale.margin) };
}

/** The prior is of the rule's own scale: where that cannot be used, neither can the prior. */
function applicable(given: MetricEvidence): MetricEvidence {
  const rule = applicableRule(given);
  const { prior, ...rest } = given;
  return { ...rest, rule, ...(prior && rule.scale === given.rule.scale ? { prior } : {}) };
}

function reasonNotToGate({ id }: MetricRule, { suspects }: CompareOptions): string | undefined {
  return suspects?.includes(id) === false ? "it was not suspect" : undefined;
}

function pValues(difference: Difference, margin: number): Ps {
  return {
    worse: difference.above(0),
    better: difference.below(0),
    grossWorse: difference.above(margin),
    grossBetter: difference.below(-margin),
  };
}

/** In the metric's unit; NaN without baseline values, where no margin is needed either. */
function baselineLevel({ rule, baseline, pairs = [] }: MetricEvidence): number {
  const values = [...baseline.map(({ value }) => value), ...pairs.map((pair) => pair.baseline)];
  return rule.scale === "log" ? Math.exp(mean(values.map(Math.log))) : mean(values);
}
