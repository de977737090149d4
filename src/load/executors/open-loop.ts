import type { ArrivalPlan, ScenarioPlan, TracePlan } from "../../scenario/plan.ts";
import type { Admission } from "./admission.ts";
import { shardOf } from "./arrivals.ts";
import type { ExecutorContext, Shard } from "./executor-context.ts";
import { pace } from "../pacing/pacer.ts";
import { occupiedShard, VuPool } from "./vus.ts";

/** An executor whose starts are set by a schedule. */
export interface OpenLoop {
  readonly plan: ScenarioPlan;
  readonly executor: ArrivalPlan | TracePlan;
  /** Of all shards. */
  readonly starts: Float64Array;
}

/**
 * `constant-arrival-rate`, `ramping-arrival-rate` and `trace`. An iteration that is due when all
 * virtual users are busy is dropped, never queued. A late one (our own lateness) starts at once
 * and keeps its schedule time. After the executor's duration, what runs has gracefulStop to end.
 */
export async function runOpenLoop(
  loop: OpenLoop,
  admission: Admission,
  context: ExecutorContext,
): Promise<void> {
  const shard = occupiedShard(context.shard, loop.executor.maxVUs);
  if (shard !== undefined) await admitDue(loop, shard, admission, context);
  await context.clock.sleepUntil(admission.end, admission.signal);
  await admission.finish(admission.idle());
}

function admitDue(
  { plan, executor, starts }: OpenLoop,
  shard: Shard,
  admission: Admission,
  context: ExecutorContext,
): Promise<void> {
  const { preAllocatedVUs, maxVUs } = executor;
  const pool = new VuPool(context, shard, { preAllocated: preAllocatedVUs, most: maxVUs });
  const warn = warnOnce(plan, maxVUs, context);
  const { clock } = context;
  const { begin, signal } = admission;
  const offsets = shardOf(starts, shard.index, shard.of);
  return pace({ clock, begin, offsets, signal }, (index, scheduled) => {
    const iteration = shard.index + index * shard.of;
    const vu = pool.take();
    if (vu === undefined) {
      admission.drop(iteration, { scheduled });
      warn(iteration);
      return;
    }
    void admission.iterate(vu, iteration, scheduled).then(() => {
      pool.release(vu);
    });
  });
}

function warnOnce(
  plan: ScenarioPlan,
  maxVUs: number,
  context: ExecutorContext,
): (iteration: number) => void {
  let warned = false;
  return (iteration) => {
    if (warned) return;
    warned = true;
    context.warn(
      "insufficient_vus",
      `scenario "${plan.name}": insufficient VUs: all ${maxVUs} were busy when iteration ${iteration} was due; it was dropped, and so is every later one that finds no free VU. Raise maxVUs, or lower the rate to what the server can carry`,
    );
  };
}
