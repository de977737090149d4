/** Repeats of one plan, as repeats: what every run measured, and the level they show together. */
import type { RunDigest } from "../digest/digest.ts";
import { referenceOf, usable } from "./compare-runs.ts";
import type { RunReference } from "./comparison.ts";
import { estimates, rulesFor } from "./gather.ts";
import { judgeSla } from "./judge-sla.ts";
import { runValues, type RunValues } from "./display/run-values.ts";
import type { Level } from "./types.ts";

export interface Repeats {
  readonly runs: readonly RunReference[];
  readonly metrics: readonly RepeatedMetric[];
}

export interface RepeatedMetric extends Omit<RunValues, "baseline" | "candidate"> {
  readonly runs: RunValues["candidate"];
  /** Of the runs that count, with a 90 % interval; absent where none of them has a value. */
  readonly level?: Level;
}

/** @param runs runs of one plan */
export function repeatsOf(runs: readonly RunDigest[]): Repeats {
  const rules = rulesFor(runs);
  const counted = usable(runs);
  const metrics = runValues({ baseline: [], candidate: runs }, rules).map((one) => {
    const { id, metric, unit, candidate } = one;
    const names = { id, metric, unit };
    const given = rules.find(({ id }) => id === one.id);
    const own = estimates(counted, one.id);
    const limit = own[0]?.value;
    if (given === undefined || limit === undefined) return { ...names, runs: candidate };
    // Judged against itself: its interval of a share that was never seen is not nothing.
    const { level } = judgeSla({ rule: given, limit, runs: own });
    return { ...names, runs: candidate, ...(level !== undefined && { level }) };
  });
  return { runs: runs.map(referenceOf), metrics };
}

/** How sure a run is of a figure that one of its thresholds is on. */
export interface ThresholdInterval {
  readonly metric: string;
  /** As written: `p(95)<2000`. */
  readonly source: string;
  readonly low: number;
  readonly high: number;
}

/** 90 % intervals of what thresholds on the whole run are about, from this run alone. */
export function thresholdIntervals(run: RunDigest): readonly ThresholdInterval[] {
  const rules = rulesFor([run]);
  return run.limits.flatMap(({ figure, limit, source }) => {
    const rule = rules.find(({ id }) => id === figure);
    if (rule === undefined) return [];
    const { level } = judgeSla({ rule, limit, runs: estimates([run], figure) });
    if (level?.low === undefined || level.high === undefined) return [];
    return [{ metric: rule.metric, source, low: level.low, high: level.high }];
  });
}
