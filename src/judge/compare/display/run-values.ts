/** What every single run measured, so that a picture can show runs as runs. */
import type { RunDigest } from "../../digest/digest.ts";
import type { Sides } from "../gather.ts";
import type { MetricRule } from "../types.ts";

export interface RunValues {
  /** Id of the rule: `ttft_scheduled p95`. */
  readonly id: string;
  readonly metric: string;
  readonly unit: string;
  /** By run; runs without a value are left out. */
  readonly baseline: readonly RunValue[];
  readonly candidate: readonly RunValue[];
}

export interface RunValue {
  readonly run: string;
  readonly value: number;
}

/** Of the gating rules; those that no run has a value for are left out. */
export function runValues(sides: Sides, rules: readonly MetricRule[]): readonly RunValues[] {
  return rules.flatMap(({ id, metric, unit, gating }) => {
    if (!gating) return [];
    const [baseline, candidate] = [valuesOf(sides.baseline, id), valuesOf(sides.candidate, id)];
    if (baseline.length + candidate.length === 0) return [];
    return [{ id, metric, unit, baseline, candidate }];
  });
}

function valuesOf(runs: readonly RunDigest[], id: string): readonly RunValue[] {
  return runs.flatMap(({ run, figures }) => {
    const value = figures[id]?.value;
    return value === undefined ? [] : [{ run, value }];
  });
}
