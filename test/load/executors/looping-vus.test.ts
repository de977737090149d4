import { describe, expect, test } from "vitest";
import { runScenario } from "../../../src/load/executors/executors.ts";
import type { VusPlan } from "../../../src/scenario/plan.ts";
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

function vusPlan(
  segments: readonly (readonly [duration: number, from: number, to?: number])[],
  gracefulRampDown = 30_000,
): VusPlan {
  return {
    executor: segments.length === 1 ? "constant-vus" : "ramping-vus",
    gracefulRampDown,
    segments: segments.map(([duration, from, to = from], i) => ({
      phase: `p${i}`,
      measured: true,
      duration,
      from,
      to,
    })),
  };
}

describe("constant-vus", () => {
  test("begins the next iteration of a VU when its last one has ended", async () => {
    const context = virtualContext({ takes: ({ vu }) => vu * 200 });
    await runToEnd(scenarioOf(vusPlan([[1000, 2]])), context);
    const of = (vu: number) => context.records.filter((r) => r.vu === vu);
    expect(startOffsets(of(1))).toEqual([0, 200, 400, 600, 800]);
    expect(startOffsets(of(2))).toEqual([0, 400, 800]);
    expect(context.records.every((r) => r.scheduled === undefined)).toBe(true);
  });

  test("numbers round r of VU v as v + r · vus", async () => {
    const context = virtualContext({ takes: ({ vu }) => vu * 200 });
    await runToEnd(scenarioOf(vusPlan([[1000, 2]])), context);
    const numbers = (vu: number) =>
      context.records.filter((r) => r.vu === vu).map((r) => r.iteration);
    expect(numbers(1)).toEqual([0, 2, 4, 6, 8]);
    expect(numbers(2)).toEqual([1, 3, 5]);
  });

  test("begins nothing after its duration, and lets what runs end within gracefulStop", async () => {
    const context = virtualContext({ takes: 700 });
    expect(await runToEnd(scenarioOf(vusPlan([[1000, 3]])), context)).toBe(1400);
    expect(those(context.records, "completed")).toHaveLength(6);
  });

  test("interrupts what runs after gracefulStop", async () => {
    const context = virtualContext({ takes: 700 });
    const plan = scenarioOf(vusPlan([[1000, 3]]), { gracefulStop: 100 });
    expect(await runToEnd(plan, context)).toBe(1100);
    expect(those(context.records, "completed")).toHaveLength(3);
    expect(those(context.records, "interrupted").map((r) => r.ended! - T0)).toEqual([
      1100, 1100, 1100,
    ]);
  });

  test("begins at the scenario's startTime and counts its VUs", async () => {
    const context = virtualContext({ takes: 400 });
    const work = runScenario(scenarioOf(vusPlan([[1000, 3]]), { startTime: 500 }), 1, context);
    await context.clock.advanceTo(T0 + 499);
    expect(context.vus.active).toBe(0);
    await context.clock.advanceTo(T0 + 500);
    expect(context.vus).toEqual({ active: 3, allocated: 3 });
    await context.clock.run(work);
    expect(context.vus.active).toBe(0);
  });

  test("stops at once with the run", async () => {
    const context = virtualContext({ takes: 400 });
    const work = runScenario(scenarioOf(vusPlan([[1000, 2]])), 1, context);
    await context.clock.advanceTo(T0 + 500);
    context.stop.abort();
    await work;
    expect(context.records.map((r) => r.outcome)).toEqual([
      "completed",
      "completed",
      "interrupted",
      "interrupted",
    ]);
    expect(context.clock.now()).toBe(T0 + 500);
  });

  test("with a script that does nothing still lets I/O happen", async () => {
    const context = virtualContext({ takes: 0, clock: new VirtualClock(T0) });
    const work = runScenario(scenarioOf(vusPlan([[1000, 2]])), 1, context);
    setImmediate(() => {
      context.stop.abort();
    });
    await work;
    expect(context.records.length).toBeGreaterThan(0);
    expect(context.records.length).toBeLessThan(100);
  });

  test.each([2, 3])("is in %i shards the same as in one", async (of) => {
    const plan = scenarioOf(vusPlan([[1000, 5]]));
    const takes = ({ vu }: { vu: number }) => 50 + vu * 30;
    const whole = await runShards(plan, 1, { takes });
    expect(await runShards(plan, of, { takes })).toEqual(whole);
  });
});

describe("ramping-vus", () => {
  const startsOf = (records: Parameters<typeof startOffsets>[0], vu: number) =>
    startOffsets(records.filter((r) => r.vu === vu));

  test("adds VUs on the way up and takes away the latest first on the way down", async () => {
    const context = virtualContext({ takes: 500 });
    const plan = vusPlan([
      [2000, 0, 2],
      [2000, 2, 0],
    ]);
    expect(await runToEnd(scenarioOf(plan), context)).toBe(4000);
    expect(startsOf(context.records, 1)).toEqual([1000, 1500, 2000, 2500, 3000, 3500]);
    expect(startsOf(context.records, 2)).toEqual([2000, 2500]);
    expect(those(context.records, "completed")).toHaveLength(8);
  });

  test("jumps where a stage has no duration", async () => {
    const context = virtualContext({ takes: 400 });
    const plan = vusPlan([
      [500, 1],
      [0, 1, 3],
      [500, 3],
    ]);
    await runToEnd(scenarioOf(plan), context);
    expect(startsOf(context.records, 1)).toEqual([0, 400, 800]);
    expect(startsOf(context.records, 2)).toEqual([500, 900]);
    expect(startsOf(context.records, 3)).toEqual([500, 900]);
    expect(context.records.map((r) => r.phase).filter((phase) => phase === "p1")).toEqual([]);
  });

  test("lets a VU that is ramped down finish within gracefulRampDown", async () => {
    const context = virtualContext({ takes: 900 });
    const plan = vusPlan(
      [
        [1000, 2],
        [0, 2, 1],
        [3000, 1],
      ],
      1000,
    );
    await runToEnd(scenarioOf(plan), context);
    const last = context.records.filter((r) => r.vu === 2).at(-1);
    expect(last).toMatchObject({ outcome: "completed", ended: T0 + 1800 });
  });

  test("interrupts it after gracefulRampDown, and no other", async () => {
    const context = virtualContext({ takes: 900 });
    const plan = vusPlan(
      [
        [1000, 2],
        [0, 2, 1],
        [3000, 1],
      ],
      300,
    );
    await runToEnd(scenarioOf(plan), context);
    const cut = those(context.records, "interrupted");
    expect(cut.map((r) => [r.vu, r.ended! - T0])).toEqual([[2, 1300]]);
    expect(context.clock.sleepers).toBe(0);
  });

  test("ends the grace of a ramp down with gracefulStop, if that is earlier", async () => {
    const context = virtualContext({ takes: 10_000 });
    const plan = vusPlan(
      [
        [1000, 2],
        [0, 2, 0],
      ],
      5000,
    );
    expect(await runToEnd(scenarioOf(plan, { gracefulStop: 200 }), context)).toBe(1200);
    expect(those(context.records, "interrupted")).toHaveLength(2);
  });

  test("gives VUs at the end of the last stage the whole gracefulStop", async () => {
    const context = virtualContext({ takes: 3000 });
    const plan = vusPlan(
      [
        [500, 2],
        [500, 2],
      ],
      100,
    );
    expect(await runToEnd(scenarioOf(plan), context)).toBe(3000);
    expect(those(context.records, "completed")).toHaveLength(2);
  });

  test("leaves a VU alone that is ramped up again before its iteration has ended", async () => {
    const context = virtualContext({ takes: 1000 });
    const plan = vusPlan(
      [
        [500, 2],
        [0, 2, 1],
        [200, 1],
        [0, 1, 2],
        [1300, 2],
      ],
      300,
    );
    await runToEnd(scenarioOf(plan), context);
    expect(startsOf(context.records, 2)).toEqual([0, 1000]);
    expect(those(context.records, "interrupted")).toEqual([]);
  });

  test("goes on with a VU's numbers when it comes back", async () => {
    const context = virtualContext({ takes: 100 });
    const plan = vusPlan([
      [150, 2],
      [0, 2, 1],
      [200, 1],
      [0, 1, 2],
      [150, 2],
    ]);
    await runToEnd(scenarioOf(plan), context);
    const second = context.records.filter((r) => r.vu === 2);
    expect(second.map((r) => [r.iteration, r.started! - T0])).toEqual([
      [1, 0],
      [3, 100],
      [5, 350],
      [7, 450],
    ]);
  });

  test("stops at once with the run, in the middle of a ramp", async () => {
    const context = virtualContext({ takes: 400 });
    const work = runScenario(
      scenarioOf(
        vusPlan([
          [10_000, 0, 100],
          [1, 100],
        ]),
      ),
      1,
      context,
    );
    await context.clock.advanceTo(T0 + 1050);
    context.stop.abort();
    await work;
    expect(context.clock.now()).toBe(T0 + 1050);
    expect(context.vus.active).toBe(0);
  });

  test.each([2, 3, 7])("is in %i shards the same as in one", async (of) => {
    const plan = scenarioOf(
      vusPlan(
        [
          [1000, 0, 6],
          [500, 6, 2],
          [0, 2, 5],
          [500, 5],
        ],
        50,
      ),
      { gracefulStop: 60 },
    );
    const takes = ({ iteration }: { iteration: number }) => 40 + ((iteration * 37) % 110);
    const whole = await runShards(plan, 1, { takes });
    expect(await runShards(plan, of, { takes })).toEqual(whole);
    expect(those(whole, "interrupted").length).toBeGreaterThan(0);
  });
});
