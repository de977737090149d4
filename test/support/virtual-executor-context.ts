import type { IterationRecord } from "../../src/core/records.ts";
import { runScenario } from "../../src/load/executors/executors.ts";
import type {
  ExecutorContext,
  IterationEnd,
  IterationStart,
  Shard,
} from "../../src/load/executors/executor-context.ts";
import type { ExecutorPlan, ScenarioPlan } from "../../src/scenario/plan.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Traffic starts here on the virtual clock, so that offsets and times are told apart. */
export const T0 = 1000;

export interface VirtualContextOptions {
  /** How long an iteration takes, ms. */
  readonly takes: number | ((start: IterationStart) => number);
  readonly shard?: Shard;
  readonly counter?: Int32Array;
  readonly clock?: VirtualClock;
}

export interface VirtualContext extends ExecutorContext {
  readonly clock: VirtualClock;
  readonly stop: AbortController;
  readonly records: IterationRecord[];
  readonly warnings: string[];
  /** The most iterations that ran at a time. */
  readonly most: { active: number };
}

/** A floor on a virtual clock, whose iterations only take time, and can be interrupted. */
export function virtualContext(options: VirtualContextOptions): VirtualContext {
  const { takes, shard = { index: 0, of: 1 }, clock = new VirtualClock(), counter } = options;
  const stop = new AbortController();
  const records: IterationRecord[] = [];
  const warnings: string[] = [];
  const vus = { active: 0, allocated: 0 };
  const most = { active: 0 };
  const run = async (start: IterationStart, signal: AbortSignal): Promise<IterationEnd> => {
    most.active = Math.max(most.active, vus.active);
    await clock.sleepUntil(
      clock.now() + (typeof takes === "number" ? takes : takes(start)),
      signal,
    );
    return { outcome: signal.aborted ? "interrupted" : "completed" };
  };
  return {
    clock,
    start: T0,
    shard,
    firstVu: 1,
    signal: stop.signal,
    vus,
    ...(counter && { counter }),
    run,
    record: (line) => records.push(line),
    warn: (code) => warnings.push(code),
    stop,
    records,
    warnings,
    most,
  };
}

export function scenarioOf(
  executor: ExecutorPlan,
  options: Partial<Pick<ScenarioPlan, "startTime" | "gracefulStop">> = {},
): ScenarioPlan {
  const { startTime = 0, gracefulStop = 30_000 } = options;
  const empty = { env: {}, tags: {} };
  return { name: "main", exec: "default", startTime, gracefulStop, ...empty, executor };
}

/** Runs the scenario to its end; resolves with the offset from T0 at which it was over. */
export async function runToEnd(plan: ScenarioPlan, context: VirtualContext): Promise<number> {
  await context.clock.run(runScenario(plan, 1, context));
  return context.clock.now() - T0;
}

/** Runs every shard of a scenario, each on its own clock; all records together. */
export async function runShards(
  plan: ScenarioPlan,
  of: number,
  options: VirtualContextOptions,
): Promise<IterationRecord[]> {
  const all: IterationRecord[] = [];
  for (let index = 0; index < of; index += 1) {
    const context = virtualContext({ ...options, shard: { index, of } });
    await runToEnd(plan, context);
    all.push(...context.records);
  }
  return all.sort((a, b) => a.iteration - b.iteration);
}

/** Offsets from T0 at which iterations began, in the order of the iteration numbers. */
export function startOffsets(records: readonly IterationRecord[]): (number | undefined)[] {
  return [...records]
    .sort((a, b) => a.iteration - b.iteration)
    .map(({ started }) => (started === undefined ? undefined : started - T0));
}

/** The records with this outcome. */
export function those(
  records: readonly IterationRecord[],
  outcome: IterationRecord["outcome"],
): IterationRecord[] {
  return records.filter((line) => line.outcome === outcome);
}
