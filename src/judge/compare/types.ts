/**
 * What the verdict on "slower, or just noise?" is made from, and what it says. The unit of inference
 * is the run, never the request (docs/statistics.md). A value that is not known is absent, never 0.
 */

/** One metric of one run: a quantile of it, its mean, a rate, a level. */
export interface RunEstimate {
  readonly run: string;
  /**
   * The session in which it was measured (a night, a CI job, the repeats of one command). Runs of
   * one session share its noise. Runs without one count as one session, of their side only.
   */
  readonly session?: string;
  /** In the metric's unit; above 0 on the log scale. */
  readonly value: number;
  /** Standard error within the run: of log(value) on the log scale, else of the value. */
  readonly se?: number;
  /** Effective number of independent values behind it; at most their number. */
  readonly effective?: number;
  /** Values behind it; for rates, requests. */
  readonly count?: number;
  /** Rates only: how many of `count` had the property. */
  readonly passes?: number;
}

/**
 * What users would complain of. A comparison passes only with evidence on each family that its
 * scenario measures (families.ts).
 */
export type Family = "waiting" | "speed" | "throughput" | "failures";

/** How one metric is judged: one row of the table in rules.ts, perhaps with the user's margin. */
export interface MetricRule {
  /** What is judged, for people and files: `ttft p95`, `output_tokens_per_second`. */
  readonly id: string;
  /** Name of the metric: `ttft`. */
  readonly metric: string;
  readonly unit: string;
  /** 0 to 1; absent for what is not a quantile. */
  readonly quantile?: number;
  readonly better: "lower" | "higher";
  /**
   * `log`: changes are ratios (times, throughput); `linear`: changes are differences (rates);
   * `linear` is for what may be 0.
   */
  readonly scale: "log" | "linear";
  /**
   * A change for the worse beyond it, if it is proved, is a regression: 0.05 is 5 % on the log scale,
   * 0.05 units on the linear one.
   */
  readonly margin: number;
  /** The change that matters, which a pass must rule out; twice the margin unless given. Same scale. */
  readonly matters?: number;
  /** Smallest change in the metric's unit that anybody would notice; widens the margin. Log scale only. */
  readonly floor?: number;
  /** Whether a regression of it fails the comparison; the others are diagnostics. */
  readonly gating: boolean;
  /** What it is evidence on; a gating rule without one is a family of its own. */
  readonly family?: Family;
  /**
   * The schedule decides its level as long as the server keeps up (the throughput of an open loop):
   * a change for the worse fails, but no change is evidence of nothing.
   */
  readonly fixed?: boolean;
}

/** What is known of the noise before these runs: from `baseline calibrate` or pooled history. */
export interface NoisePrior {
  /** Standard deviation between runs of one session, on the rule's scale, and its degrees of freedom. */
  readonly run: { readonly sd: number; readonly df: number };
  /** Standard deviation between sessions. Absent where only one session was calibrated. */
  readonly session?: { readonly sd: number; readonly df: number };
}

/** One baseline run and one candidate run side by side in one session (ABBA). */
export interface RunPair {
  readonly baseline: number;
  readonly candidate: number;
}

/** Everything about one metric that a verdict is made from. */
export interface MetricEvidence {
  readonly rule: MetricRule;
  readonly baseline: readonly RunEstimate[];
  readonly candidate: readonly RunEstimate[];
  /** Given by `ab`: then the pairs decide, and the runs above only tell the levels. */
  readonly pairs?: readonly RunPair[];
  readonly prior?: NoisePrior;
}

export type MetricOutcome = "regression" | "improvement" | "pass" | "inconclusive";

/** What the history screen (at least 10 nights) found. */
export type Screen = "pass" | "suspect" | "gross" | "underpowered";

/** Which comparison was made; docs/statistics.md has the formula of each. */
export type Method =
  /** Night means against one new night: prediction t. */
  | "history"
  /** Two groups: Welch's t. */
  | "welch"
  /** Several against one: prediction t. */
  | "prediction"
  /** Two groups, variance moderated by the prior. */
  | "moderated"
  /** Differences of pairs: paired t. */
  | "paired"
  /** Nothing to compare with: no interval is possible. */
  | "descriptive";

/** A value with a two-sided 90 % interval: both its ends are one-sided 95 % bounds. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The level of one side. The bounds are absent where the noise is not known. */
export interface Level {
  /** Geometric mean of the runs on the log scale, else their mean; in the metric's unit. */
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly runs: number;
  readonly sessions: number;
}

/** How many more runs would settle an inconclusive verdict, if the difference stays as it is. */
export type RunsNeeded =
  /** `more` runs of the candidate. */
  | { readonly kind: "candidate"; readonly more: number }
  /** `more` runs of the baseline and as many of the candidate. */
  | { readonly kind: "each"; readonly more: number }
  /** `more` ABBA pairs (`plimsoll ab`). */
  | { readonly kind: "pairs"; readonly more: number }
  /** Not more runs but longer ones, by this factor: each has too few values for its quantile. */
  | { readonly kind: "longer"; readonly times: number }
  /** The difference lies so near the margin, or the noise is such, that no sensible number would do. */
  | { readonly kind: "unreachable" };

/** Why a metric is inconclusive. */
export type Doubt =
  /** A side has no values. */
  | "missing"
  /** One run against one, and no known noise. */
  | "alone"
  /** It would be called a regression if it were the only question asked, or is odd beside the nights before. */
  | "suspect"
  /** Not worse as far as can be seen, but each run has too few values to say so. */
  | "few"
  /** A change that matters can neither be shown nor ruled out. */
  | "noise";

export interface MetricVerdict {
  readonly rule: MetricRule;
  readonly outcome: MetricOutcome;
  /** Inconclusive only. */
  readonly doubt?: Doubt;
  /** One plain sentence for people. */
  readonly reason: string;
  readonly method: Method;
  readonly screen?: Screen;
  /** Whether it counts for the overall outcome. */
  readonly gating: boolean;
  /** Why a gating rule does not gate here. */
  readonly notGated?: string;
  /** Why it cannot pass here: each run has too few values for this quantile. It can still fail. */
  readonly tooFew?: string;
  /** Absent when that side has no values. */
  readonly baseline?: Level;
  readonly candidate?: Level;
  /**
   * Candidate against baseline as it is, not oriented: 0.08 is 8 % more on the log scale, 0.08 units
   * more on the linear one. The bounds are absent where the noise is not known.
   */
  readonly change?: { readonly value: number; readonly low?: number; readonly high?: number };
  /** The margin in force, floor included; same scale as `change`, always positive. */
  readonly margin: number;
  /** What a pass rules out, floor included; as `margin`. Absent in documents of older versions. */
  readonly matters?: number;
  /** One-sided, of no change for the worse. Absent when nothing was tested. */
  readonly p?: number;
  /** Holm among the gating metrics, Benjamini-Hochberg among the others. */
  readonly adjustedP?: number;
  /**
   * Smallest change for the worse found with probability 0.8; same scale as `change`. Absent where
   * the runs do not differ at all.
   */
  readonly mde80?: number;
  readonly needed?: RunsNeeded;
  /** What weakens the verdict, one sentence each. */
  readonly caveats: readonly string[];
}

/** What the gating metrics say together of one thing that users notice. */
export interface FamilyVerdict {
  /** A `Family`, or the id of a metric that belongs to none. */
  readonly family: string;
  /** Pass or improvement only with evidence: a metric that a change which matters would have moved. */
  readonly outcome: MetricOutcome;
  /** Ids of the metrics that decide; for inconclusive ones, of those that leave it open. */
  readonly by: readonly string[];
}

export interface Comparison {
  /**
   * Regression if any gating metric is; else inconclusive if any family is, or there is none; else
   * improvement if any family is; else pass.
   */
  readonly outcome: MetricOutcome;
  /** Those that were measured and could have shown something. */
  readonly families: readonly FamilyVerdict[];
  /** In the order of the evidence. */
  readonly metrics: readonly MetricVerdict[];
}

/** Group-sequential looks of `ab`: Pocock, three looks, overall one-sided 0.05. */
export const LOOKS: readonly number[] = [5, 8, 12];
/** Nominal one-sided level of each look. */
export const LOOK_LEVEL = 0.0232;

/** One-sided level of intervals, and so of a pass; LOOK_LEVEL for pairs. */
export const BOUND_LEVEL = 0.05;
/**
 * One-sided level of a claim of change, over all metrics that gate together; LOOK_LEVEL for pairs.
 * With it a night on which nothing happened is called a regression in 1 of 100 (docs/statistics.md).
 */
export const CLAIM_LEVEL = 0.025;

export interface CompareOptions {
  /**
   * Ids of the rules that a history screen found suspect, when the evidence was measured anew to
   * clear them: only these gate, and Holm counts only these. The screen's data is not used again, so
   * this costs no error rate and gains power.
   */
  readonly suspects?: readonly string[];
}

/** One limit of an SLA, judged on the candidate alone. */
export interface SlaLimit {
  readonly rule: MetricRule;
  /** In the metric's unit. */
  readonly limit: number;
  readonly runs: readonly RunEstimate[];
  readonly prior?: NoisePrior;
}

export interface SlaVerdict {
  readonly id: string;
  readonly limit: number;
  readonly status: "met" | "violated" | "unproven";
  /** Absent without any run. */
  readonly level?: Level;
  readonly reason: string;
}
