/** How many virtual users a plan has at work at the same time, each of whom may hold a connection. */
import type { ExecutorPlan, Plan, ScenarioPlan } from "../scenario/plan.ts";
import { durationOf } from "./executors/phases.ts";
import { vusOf } from "./executors/vus.ts";

export interface UsersAtOnce {
  /** In closed loops: all of them are at work for as long as the traffic lasts. */
  readonly certain: number;
  /** With those that an open loop may start (`maxVUs`) when the server falls behind. */
  readonly most: number;
}

/** Scenarios that follow each other do not add up. */
export function usersAtOnce({ scenarios }: Plan): UsersAtOnce {
  const moments = scenarios.map(({ startTime }) => {
    const together = scenarios
      .filter((one) => runsAt(one, startTime))
      .map(({ executor }) => executor);
    const closed = together.filter((executor) => !("maxVUs" in executor));
    return { certain: usersOf(closed), most: usersOf(together) };
  });
  return {
    certain: Math.max(0, ...moments.map(({ certain }) => certain)),
    most: Math.max(0, ...moments.map(({ most }) => most)),
  };
}

function runsAt({ startTime, executor }: ScenarioPlan, moment: number): boolean {
  return startTime <= moment && moment < startTime + Math.max(1, durationOf(executor));
}

function usersOf(executors: readonly ExecutorPlan[]): number {
  return executors.reduce((sum, executor) => sum + busiest(executor), 0);
}

/** Users beyond the shared iterations never get one. */
function busiest(executor: ExecutorPlan): number {
  const vus = vusOf(executor);
  return executor.executor === "shared-iterations" ? Math.min(vus, executor.iterations) : vus;
}
