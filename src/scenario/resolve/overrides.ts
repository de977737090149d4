/**
 * What `--duration`, `--vus` and `--iterations` make of a scenario's traffic.
 *
 * `--vus` and `--iterations` replace it, as in k6, by a closed loop of the first scenario's
 * function. `--duration` alone keeps its shape: the measured part is stretched or shrunk to the
 * given length, every phase in proportion, warm-up left as it is.
 */
import { usageError } from "../../core/errors.ts";
import type {
  ArrivalPlan,
  ExecutorPlan,
  RateSegment,
  ScenarioPlan,
  VusPlan,
  VusSegment,
} from "../plan.ts";
import { DEFAULT_PHASE } from "./resolve-executor.ts";

/** The flags, parsed; durations in ms. */
export interface TrafficOverrides {
  readonly duration?: number;
  readonly iterations?: number;
  readonly vus?: number;
}

/**
 * The scenarios with the flags applied.
 *
 * @throws usage error for fewer iterations than VUs
 */
export function overrideTraffic(
  scenarios: readonly ScenarioPlan[],
  flags: TrafficOverrides,
): readonly ScenarioPlan[] {
  const first = scenarios[0];
  if (first !== undefined && (flags.vus !== undefined || flags.iterations !== undefined)) {
    return [{ ...first, name: "default", startTime: 0, executor: closedLoop(first, flags) }];
  }
  if (flags.duration === undefined) return scenarios;
  const factor = flags.duration / Math.max(...scenarios.map(measuredEnd));
  return scenarios.map((scenario) => ({
    ...scenario,
    startTime: Math.round(scenario.startTime * factor),
    executor: stretch(scenario.executor, factor),
  }));
}

function closedLoop(scenario: ScenarioPlan, flags: TrafficOverrides): ExecutorPlan {
  const { vus = 1, iterations, duration } = flags;
  if (iterations !== undefined && iterations < vus) {
    throw usageError(`--iterations ${iterations} is less than --vus ${vus}`);
  }
  if (iterations !== undefined) {
    const maxDuration = duration ?? 600_000;
    return { executor: "shared-iterations", phase: DEFAULT_PHASE, vus, iterations, maxDuration };
  }
  const level = { from: vus, to: vus };
  const warmup = segmentsOf(scenario.executor).filter((segment) => !segment.measured);
  const length = duration ?? measuredEnd({ ...scenario, startTime: 0 });
  return {
    executor: "constant-vus",
    gracefulRampDown: 0,
    segments: [
      ...warmup.map((segment) => ({ ...segment, ...level })),
      { phase: DEFAULT_PHASE, measured: true, duration: length, ...level },
    ],
  };
}

/** Start time and measured length, ms. */
function measuredEnd({ startTime, executor }: ScenarioPlan): number {
  return startTime + measuredLength(executor);
}

function measuredLength(executor: ExecutorPlan): number {
  if ("maxDuration" in executor) return executor.maxDuration;
  if ("starts" in executor) return executor.duration;
  const measured = executor.segments.filter((segment) => segment.measured);
  return measured.reduce((total, segment) => total + segment.duration, 0);
}

function segmentsOf(executor: ExecutorPlan): readonly (RateSegment | VusSegment)[] {
  return "segments" in executor ? executor.segments : [];
}

/** A trace is not stretched, which would change its rate, but cut. */
function stretch(executor: ExecutorPlan, factor: number): ExecutorPlan {
  if ("maxDuration" in executor) {
    return { ...executor, maxDuration: Math.round(executor.maxDuration * factor) };
  }
  if ("starts" in executor) {
    const duration = Math.round(executor.duration * factor);
    return { ...executor, duration, starts: executor.starts.filter((start) => start < duration) };
  }
  return stretchSegments(executor, factor);
}

function stretchSegments(executor: ArrivalPlan | VusPlan, factor: number): ExecutorPlan {
  const segments = executor.segments.map((segment) =>
    segment.measured ? { ...segment, duration: Math.round(segment.duration * factor) } : segment,
  );
  return { ...executor, segments };
}
