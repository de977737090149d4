/** What judging needs to know of the plan in a run's header. */
import { usageError } from "../core/errors.ts";
import type { RunHeader } from "../core/records.ts";
import { formatMillis, significant } from "../core/units.ts";
import {
  PLAN_SCHEMA,
  type ArrivalProcess,
  type ExecutorPlan,
  type Plan,
  type RateSegment,
  type ScenarioPlan,
  type VusSegment,
} from "../scenario/plan.ts";
import type { PlanExcerpt, RunFacts, ScenarioExcerpt } from "./summary.ts";

/**
 * The plan of a run.
 *
 * @throws PlimsollError (usage) when it is of another schema
 */
export function planOf(header: RunHeader): Plan {
  const plan = header.plan as Partial<Plan> | null;
  if (plan?.schema === PLAN_SCHEMA) return plan as Plan;
  throw usageError(
    `the plan of run ${header.run} is of the schema ${String(plan?.schema)}, and this program reads ${PLAN_SCHEMA}`,
    `judge it with the version that wrote it: ${header.plimsoll}`,
  );
}

/** Whether the plan says that a phase is measured; undefined for phases that are not in it. */
export function plannedAsMeasured(
  plan: Plan,
  scenario: string,
  phase: string,
): boolean | undefined {
  const executor = plan.scenarios.find(({ name }) => name === scenario)?.executor;
  if (executor === undefined) return undefined;
  if (!("segments" in executor)) return executor.phase === phase ? true : undefined;
  return segmentsOf(executor).find((segment) => segment.phase === phase)?.measured;
}

function segmentsOf(
  executor: Extract<ExecutorPlan, { segments: unknown }>,
): readonly (RateSegment | VusSegment)[] {
  return executor.segments;
}

export function isOpenLoop({ executor }: ScenarioPlan): boolean {
  return (
    executor.executor === "constant-arrival-rate" ||
    executor.executor === "ramping-arrival-rate" ||
    executor.executor === "trace"
  );
}

export function loopOf(plan: Plan): RunFacts["loop"] {
  const open = plan.scenarios.filter(isOpenLoop).length;
  if (open === plan.scenarios.length) return "open";
  return open === 0 ? "closed" : "mixed";
}

/**
 * Planned iteration starts between two moments, ms from the scenario's start: the integral of its
 * rate, or the number of a trace's starts. Undefined in a closed loop.
 */
export function plannedStarts(
  { executor }: ScenarioPlan,
  from: number,
  to: number,
): number | undefined {
  if (executor.executor === "trace")
    return executor.starts.filter((start) => start >= from && start < to).length;
  if (!isArrival(executor)) return undefined;
  let begin = 0;
  let starts = 0;
  for (const segment of executor.segments) {
    const end = begin + segment.duration;
    const a = Math.max(from, begin);
    const b = Math.min(to, end);
    if (b > a) {
      const middle = ((a + b) / 2 - begin) / segment.duration;
      starts += ((segment.from + (segment.to - segment.from) * middle) * (b - a)) / 1000;
    }
    begin = end;
  }
  return starts;
}

function isArrival(
  executor: ExecutorPlan,
): executor is Extract<ExecutorPlan, { arrival: ArrivalProcess }> {
  return "arrival" in executor;
}

export function planExcerpt(plan: Plan): PlanExcerpt {
  const { file, fileHash, seed, parameters, scenarios } = plan;
  return { file, fileHash, seed, parameters, scenarios: scenarios.map(scenarioExcerpt) };
}

function scenarioExcerpt({ name, executor }: ScenarioPlan): ScenarioExcerpt {
  const arrival = isArrival(executor)
    ? arrivalName(executor.arrival)
    : executor.executor === "trace"
      ? "trace"
      : undefined;
  return {
    name,
    executor: executor.executor,
    ...(arrival !== undefined && { arrival }),
    traffic: trafficOf(executor),
  };
}

function arrivalName(arrival: ArrivalProcess): string {
  return arrival.kind === "gamma" ? `gamma(${arrival.burstiness})` : arrival.kind;
}

function trafficOf(executor: ExecutorPlan): string {
  switch (executor.executor) {
    case "constant-arrival-rate":
    case "ramping-arrival-rate":
      return executor.segments.map((segment) => leg(segment, "/s")).join(", ");
    case "constant-vus":
    case "ramping-vus":
      return executor.segments.map((segment) => leg(segment, " VUs")).join(", ");
    case "trace":
      return `${executor.starts.length} recorded starts in ${formatMillis(executor.duration)}`;
    case "shared-iterations":
      return `${executor.iterations} iterations shared by ${executor.vus} VUs`;
    case "per-vu-iterations":
      return `${executor.iterations} iterations for each of ${executor.vus} VUs`;
  }
}

function leg({ from, to, duration, phase }: RateSegment | VusSegment, unit: string): string {
  const number = (value: number): string => significant(value, Math.min(3, digitsOf(value)));
  const height = from === to ? number(from) : `${number(from)} to ${number(to)}`;
  return `${phase}: ${height}${unit} for ${formatMillis(duration)}`;
}

/** Enough digits for a number as it was written: 5 stays 5, 2.5 stays 2.5. */
function digitsOf(value: number): number {
  return (
    String(Math.abs(value))
      .replace(/^0?\.?0*/, "")
      .replace(".", "").length || 1
  );
}
