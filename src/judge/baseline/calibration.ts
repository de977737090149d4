/** Comparisons of a target with itself, and what is learned of its noise. */
import { calibrate, type MetricCalibration } from "../compare/calibrate.ts";
import type { Priors } from "../compare/gather.ts";
import type { MetricEvidence, MetricRule, RunEstimate } from "../compare/types.ts";
import type { RunDigest } from "../digest/digest.ts";
import type { Calibration, Trial, TrialRun } from "./baseline.ts";

/** Runs of each side in a trial; the order is ABBA, so that drift cancels out. */
const PER_SIDE = 2;
export const RUNS_PER_TRIAL = 2 * PER_SIDE;

/** Trials that are kept: the newest. */
const MOST_TRIALS = 60;

/** Cuts the runs of each session, in order of time, into trials; a rest is left out. */
export function trialsOf(runs: readonly RunDigest[]): readonly Trial[] {
  const sessions = new Map<string, RunDigest[]>();
  for (const run of runs) sessions.set(run.session, [...(sessions.get(run.session) ?? []), run]);
  return [...sessions].flatMap(([session, own]) => {
    const count = Math.floor(own.length / RUNS_PER_TRIAL);
    return Array.from({ length: count }, (_, i) =>
      trialOf(session, own.slice(i * RUNS_PER_TRIAL, (i + 1) * RUNS_PER_TRIAL).map(trialRun)),
    );
  });
}

function trialOf(session: string, runs: readonly TrialRun[]): Trial {
  const isFirst = (i: number): boolean => i % 4 === 0 || i % 4 === 3;
  return {
    session,
    baseline: runs.filter((_, i) => isFirst(i)),
    candidate: runs.filter((_, i) => !isFirst(i)),
  };
}

function trialRun({ run, figures }: RunDigest): TrialRun {
  const values = Object.entries(figures).map(([id, { value }]) => [id, value] as const);
  return { run, values: Object.fromEntries(values) };
}

/** The calibration with these trials added, its priors anew. */
export function recalibrated(
  before: Calibration | undefined,
  fresh: readonly Trial[],
  rules: readonly MetricRule[],
): Calibration {
  const known = new Set(fresh.flatMap((trial) => trial.baseline.map(({ run }) => run)));
  const kept = before?.trials.filter(({ baseline }) => !baseline.some(({ run }) => known.has(run)));
  const trials = [...(kept ?? []), ...fresh].slice(-MOST_TRIALS);
  return { trials, priors: priorsOf(calibrationRows(trials, rules)) };
}

export function calibrationRows(
  trials: readonly Trial[],
  rules: readonly MetricRule[],
): readonly MetricCalibration[] {
  return calibrate(trials.map((trial) => evidenceOfTrial(trial, rules)));
}

function evidenceOfTrial(trial: Trial, rules: readonly MetricRule[]): readonly MetricEvidence[] {
  return rules.flatMap((rule) => {
    const baseline = valuesOf(trial.session, trial.baseline, rule);
    const candidate = valuesOf(trial.session, trial.candidate, rule);
    return baseline.length > 0 && candidate.length > 0 ? [{ rule, baseline, candidate }] : [];
  });
}

function valuesOf(
  session: string,
  runs: readonly TrialRun[],
  { id }: MetricRule,
): readonly RunEstimate[] {
  return runs.flatMap(({ run, values }) => {
    const value = values[id];
    return value === undefined ? [] : [{ run, session, value }];
  });
}

function priorsOf(rows: readonly MetricCalibration[]): Priors {
  const known = rows.flatMap(({ rule, prior }) =>
    prior === undefined ? [] : [[rule.id, prior] as const],
  );
  return Object.fromEntries(known);
}
