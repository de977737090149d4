import type { ScenarioPlan } from "../../scenario/plan.ts";
import { Admission } from "./admission.ts";
import { schedule } from "./arrivals.ts";
import { runPerVuIterations, runSharedIterations } from "./fixed-iterations.ts";
import type { ExecutorContext } from "./executor-context.ts";
import { runLoopingVus } from "./looping-vus.ts";
import { runOpenLoop } from "./open-loop.ts";

/** The scenario's schedule; undefined in a closed loop. The same wherever it is made. */
export function scheduleOf(plan: ScenarioPlan, seed: number): Float64Array | undefined {
  const { executor } = plan;
  const open = "maxVUs" in executor;
  return open ? schedule(executor, seed, plan.name) : undefined;
}

/**
 * Admits this shard's iterations of one scenario, by k6's executor of that name. Resolves when the
 * scenario is over: its duration has passed (or all its iterations are done), and nothing of it is
 * running. Call it some time before `floor.start`: the schedule is made first.
 *
 * @throws what `floor.run` was rejected with
 */
export async function runScenario(
  plan: ScenarioPlan,
  seed: number,
  context: ExecutorContext,
): Promise<void> {
  const starts = scheduleOf(plan, seed);
  const admission = new Admission(plan, context);
  await context.clock.sleepUntil(admission.begin, admission.signal);
  await runExecutor(plan, { starts, admission, context });
  admission.close();
}

interface ExecutorParts {
  readonly starts: Float64Array | undefined;
  readonly admission: Admission;
  readonly context: ExecutorContext;
}

function runExecutor(
  plan: ScenarioPlan,
  { starts, admission, context }: ExecutorParts,
): Promise<void> {
  const { executor } = plan;
  switch (executor.executor) {
    case "constant-arrival-rate":
    case "ramping-arrival-rate":
    case "trace":
      return runOpenLoop(
        { plan, executor, starts: starts ?? new Float64Array() },
        admission,
        context,
      );
    case "constant-vus":
    case "ramping-vus":
      return runLoopingVus(executor, admission, context);
    case "shared-iterations":
      return runSharedIterations(executor, admission, context);
    case "per-vu-iterations":
      return runPerVuIterations(executor, admission, context);
  }
}
