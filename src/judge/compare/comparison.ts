/**
 * What `compare.json` holds: the comparison of candidate runs with accepted ones, and what came of
 * it. Computed from the digests of the runs alone.
 */
import type { Fingerprint } from "../../core/fingerprint.ts";
import type { Difference } from "../digest/fingerprint.ts";
import type { ItemPairs } from "./display/item-pairs.ts";
import type { RunValues } from "./display/run-values.ts";
import type { FamilyVerdict, MetricVerdict, SlaVerdict } from "./types.ts";

export const COMPARISON_SCHEMA = "plimsoll.comparison/1";

export interface ComparisonDocument {
  readonly schema: typeof COMPARISON_SCHEMA;
  readonly scenario: string;
  readonly verdict: ComparisonVerdict;
  readonly baseline: Side;
  readonly candidate: Side;
  /** Fields in which they differ, hard ones first; those that were exempted say so. */
  readonly differences: readonly NotedDifference[];
  /** What was measured of what users notice, and what came of each; absent in older documents. */
  readonly families?: readonly FamilyVerdict[];
  /** Gating metrics first. Empty when the runs cannot be compared. */
  readonly metrics: readonly MetricVerdict[];
  /** The scenario's own limits on the candidate, judged from intervals. */
  readonly sla: readonly SlaVerdict[];
  /** Against the pinned anchor of the baseline, where that is another level than the accepted one. */
  readonly anchor?: { readonly side: Side; readonly metrics: readonly MetricVerdict[] };
  readonly shapes: readonly Shape[];
  /** What every run measured, of the gating metrics; absent in documents of older versions. */
  readonly runs?: readonly RunValues[];
  /** The same requests on both sides; absent in documents of older versions. */
  readonly items?: readonly ItemPairs[];
  /** What weakens the whole comparison, one sentence each. */
  readonly caveats: readonly string[];
}

export interface ComparisonVerdict {
  readonly status: ComparisonStatus;
  /** One sentence each, gravest first. */
  readonly reasons: readonly string[];
}

export type ComparisonStatus =
  | "invalid"
  | "target_failed"
  | "not_comparable"
  | "regression"
  | "inconclusive"
  | "improvement"
  | "pass";

export interface Side {
  /** Name of the baseline; absent for runs that were named one by one. */
  readonly name?: string;
  readonly runs: readonly RunReference[];
  /** Fields that all its runs share. */
  readonly fingerprint: Fingerprint;
}

export interface RunReference {
  readonly run: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly session: string;
  readonly requests: number;
  readonly validity: "valid" | "suspect" | "invalid";
  /** Why it does not count. */
  readonly leftOut?: string;
}

export interface NotedDifference extends Difference {
  /** It is what is being tested (`--vary`). */
  readonly varied: boolean;
}

/** How a distribution moved, percentile by percentile; for display, never for a verdict. */
export interface Shape {
  readonly metric: string;
  readonly unit: string;
  readonly curves: {
    /** 0 to 100. */
    readonly p: readonly number[];
    readonly baseline: readonly number[];
    readonly candidate: readonly number[];
  };
  /** Deciles, p95 and p99. */
  readonly shift: readonly ShiftPoint[];
}

export interface ShiftPoint {
  readonly p: number;
  readonly baseline: number;
  readonly candidate: number;
  /** Candidate / baseline - 1; bounds where there are runs enough for them. */
  readonly change: number;
  readonly low?: number;
  readonly high?: number;
}
