import type { PerVuIterationsPlan, SharedIterationsPlan } from "../../scenario/plan.ts";
import type { Admission } from "./admission.ts";
import type { ExecutorContext } from "./executor-context.ts";
import { iterateWhile } from "./looping-vus.ts";
import { occupiedShard, ownVus } from "./vus.ts";

/**
 * `shared-iterations`: the virtual users take iterations from one counter, so fast ones run more.
 * What is left at maxDuration is recorded as dropped.
 *
 * Threads of a machine share the counter (`Floor.counter`); without it shard i takes the iterations
 * k with k mod n = i, among the shards that have a VU at all.
 */
export async function runSharedIterations(
  plan: SharedIterationsPlan,
  admission: Admission,
  context: ExecutorContext,
): Promise<void> {
  const vus = ownVus(plan.vus, context);
  if (vus.length === 0) return;
  const next = sharedNumbers(plan, context);
  await admission.finish(
    Promise.all(vus.map((vu) => iterateWhile(admission, { vu, context }, next))),
  );
  if (admission.signal.aborted) return;
  // Whatever the counter still gives is left over.
  for (let left = next(); left !== undefined; left = next()) {
    admission.drop(left, { leftAt: admission.end });
  }
}

function sharedNumbers(
  plan: SharedIterationsPlan,
  context: ExecutorContext,
): () => number | undefined {
  const { counter } = context;
  if (counter !== undefined) {
    return () => {
      const number = Atomics.add(counter, 0, 1);
      return number < plan.iterations ? number : undefined;
    };
  }
  const shard = occupiedShard(context.shard, plan.vus);
  let next = shard?.index ?? Infinity;
  return () => {
    const number = next;
    next += shard?.of ?? 0;
    return number < plan.iterations ? number : undefined;
  };
}

/**
 * `per-vu-iterations`: every virtual user runs exactly `iterations`; what a VU has left at
 * maxDuration is recorded as dropped. Round r of the VU with ordinal v is iteration
 * k = v + r · vus.
 */
export async function runPerVuIterations(
  plan: PerVuIterationsPlan,
  admission: Admission,
  context: ExecutorContext,
): Promise<void> {
  const all = ownVus(plan.vus, context).map(async (vu) => {
    let round = 0;
    const next = (): number | undefined => {
      if (round >= plan.iterations) return undefined;
      const iteration = vu.ordinal + round * plan.vus;
      round += 1;
      return iteration;
    };
    await iterateWhile(admission, { vu, context }, next);
    if (admission.signal.aborted) return;
    for (let left = next(); left !== undefined; left = next()) {
      admission.drop(left, { leftAt: admission.end });
    }
  });
  await admission.finish(Promise.all(all));
}
