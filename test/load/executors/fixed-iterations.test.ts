import { describe, expect, test } from "vitest";
import { runScenario } from "../../../src/load/executors/executors.ts";
import type { PerVuIterationsPlan, SharedIterationsPlan } from "../../../src/scenario/plan.ts";
import {
  runShards,
  runToEnd,
  scenarioOf,
  startOffsets,
  T0,
  those,
  virtualContext,
} from "../../support/virtual-executor-context.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

function shared(vus: number, iterations: number, maxDuration = 600_000): SharedIterationsPlan {
  return { executor: "shared-iterations", phase: "main", vus, iterations, maxDuration };
}

function perVu(vus: number, iterations: number, maxDuration = 600_000): PerVuIterationsPlan {
  return { executor: "per-vu-iterations", phase: "main", vus, iterations, maxDuration };
}

const slowFirst = ({ vu }: { vu: number }) => (vu === 1 ? 500 : 100);
const numbers = (records: readonly { iteration: number }[]) => records.map((r) => r.iteration);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("shared-iterations", () => {
  test("lets fast VUs run more, and ends with the last iteration", async () => {
    const context = virtualContext({ takes: slowFirst });
    expect(await runToEnd(scenarioOf(shared(2, 6)), context)).toBe(500);
    expect(context.records.filter((r) => r.vu === 1)).toHaveLength(1);
    expect(context.records.filter((r) => r.vu === 2)).toHaveLength(5);
    expect(numbers(context.records).sort()).toEqual(upTo(6));
  });

  test("records what is left at maxDuration as dropped", async () => {
    const context = virtualContext({ takes: 400 });
    expect(await runToEnd(scenarioOf(shared(2, 10, 1000)), context)).toBe(1200);
    expect(numbers(those(context.records, "completed"))).toEqual(upTo(6));
    expect(those(context.records, "dropped")).toEqual(
      [6, 7, 8, 9].map((iteration) => ({
        type: "iteration",
        scenario: "main",
        phase: "main",
        iteration,
        outcome: "dropped",
      })),
    );
  });

  test("interrupts what runs after maxDuration and gracefulStop", async () => {
    const context = virtualContext({ takes: 900 });
    const plan = scenarioOf(shared(2, 5, 1000), { gracefulStop: 300 });
    expect(await runToEnd(plan, context)).toBe(1300);
    expect(numbers(those(context.records, "interrupted"))).toEqual([2, 3]);
    expect(numbers(those(context.records, "dropped"))).toEqual([4]);
  });

  test("drops nothing when the run is stopped", async () => {
    const context = virtualContext({ takes: 400 });
    const work = runScenario(scenarioOf(shared(2, 10)), 1, context);
    await context.clock.advanceTo(T0 + 100);
    context.stop.abort();
    await work;
    expect(context.records.map((r) => r.outcome)).toEqual(["interrupted", "interrupted"]);
  });

  test("threads share one counter: every iteration runs once, wherever a VU is free", async () => {
    const clock = new VirtualClock();
    const counter = new Int32Array(new SharedArrayBuffer(4));
    const plan = scenarioOf(shared(3, 20));
    const contexts = [0, 1, 2].map((index) =>
      virtualContext({ takes: slowFirst, clock, counter, shard: { index, of: 3 } }),
    );
    await clock.run(Promise.all(contexts.map((context) => runScenario(plan, 1, context))));
    const records = contexts.flatMap((context) => context.records);
    expect(numbers(records).sort((a, b) => a - b)).toEqual(upTo(20));
    expect(contexts[0]!.records.length).toBeLessThan(contexts[1]!.records.length);
  });

  test("with a shared counter, leftovers are dropped once, and not by a thread without VUs", async () => {
    const clock = new VirtualClock();
    const counter = new Int32Array(new SharedArrayBuffer(4));
    const contexts = [0, 1, 2].map((index) =>
      virtualContext({ takes: 400, clock, counter, shard: { index, of: 3 } }),
    );
    const plan = scenarioOf(shared(2, 10, 1000));
    await clock.run(Promise.all(contexts.map((context) => runScenario(plan, 1, context))));
    const records = contexts.flatMap((context) => context.records);
    expect(those(records, "completed")).toHaveLength(6);
    expect(numbers(those(records, "dropped")).sort()).toEqual([6, 7, 8, 9]);
    expect(contexts[2]!.records).toEqual([]);
  });

  test.each([2, 3, 5])("machines without one split the iterations: %i shards", async (of) => {
    const records = await runShards(scenarioOf(shared(3, 20)), of, { takes: 100 });
    expect(numbers(records)).toEqual(upTo(20));
    expect(those(records, "completed")).toHaveLength(20);
  });
});

describe("per-vu-iterations", () => {
  test("runs exactly so many on every VU, however fast it is", async () => {
    const context = virtualContext({ takes: slowFirst });
    expect(await runToEnd(scenarioOf(perVu(3, 4)), context)).toBe(2000);
    const of = (vu: number) => context.records.filter((r) => r.vu === vu);
    expect(startOffsets(of(1))).toEqual([0, 500, 1000, 1500]);
    expect(startOffsets(of(3))).toEqual([0, 100, 200, 300]);
    expect(numbers(of(3))).toEqual([2, 5, 8, 11]);
  });

  test("records what a VU has left at maxDuration as dropped", async () => {
    const context = virtualContext({ takes: slowFirst });
    await runToEnd(scenarioOf(perVu(2, 4, 1000)), context);
    expect(numbers(those(context.records, "dropped"))).toEqual([4, 6]);
    expect(those(context.records, "completed")).toHaveLength(6);
  });

  test("interrupts what runs after maxDuration and gracefulStop", async () => {
    const context = virtualContext({ takes: 900 });
    const plan = scenarioOf(perVu(1, 3, 1000), { gracefulStop: 100 });
    expect(await runToEnd(plan, context)).toBe(1100);
    expect(context.records.map((r) => r.outcome)).toEqual(["completed", "interrupted", "dropped"]);
  });

  test("drops nothing when the run is stopped", async () => {
    const context = virtualContext({ takes: 400 });
    const work = runScenario(scenarioOf(perVu(2, 10)), 1, context);
    await context.clock.advanceTo(T0 + 100);
    context.stop.abort();
    await work;
    expect(context.records.map((r) => r.outcome)).toEqual(["interrupted", "interrupted"]);
  });

  test.each([2, 3, 5])("is in %i shards the same as in one", async (of) => {
    const plan = scenarioOf(perVu(4, 5, 1000));
    const takes = ({ vu }: { vu: number }) => vu * 90;
    const whole = await runShards(plan, 1, { takes });
    expect(await runShards(plan, of, { takes })).toEqual(whole);
    expect(numbers(whole)).toEqual(upTo(20));
  });
});
