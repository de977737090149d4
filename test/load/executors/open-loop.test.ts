import { describe, expect, test } from "vitest";
import { runScenario } from "../../../src/load/executors/executors.ts";
import type { ArrivalPlan, ArrivalProcess, TracePlan } from "../../../src/scenario/plan.ts";
import {
  runShards,
  runToEnd,
  scenarioOf,
  startOffsets,
  T0,
  those,
  virtualContext,
} from "../../support/virtual-executor-context.ts";

interface Shape {
  readonly rate?: number;
  readonly duration?: number;
  readonly preAllocatedVUs?: number;
  readonly maxVUs?: number;
  readonly arrival?: ArrivalProcess;
}

function constantRate(shape: Shape = {}): ArrivalPlan {
  const { rate = 10, duration = 1000, maxVUs = 100, preAllocatedVUs = maxVUs } = shape;
  const segments = [{ phase: "main", measured: true, duration, from: rate, to: rate }];
  const { arrival = { kind: "constant" } } = shape;
  return { executor: "constant-arrival-rate", arrival, preAllocatedVUs, maxVUs, segments };
}

describe("an open loop", () => {
  test("starts every iteration at its time, however slow the server is", async () => {
    const context = virtualContext({ takes: 700 });
    await runToEnd(scenarioOf(constantRate()), context);
    expect(startOffsets(context.records)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect(
      context.records.every((r) => r.outcome === "completed" && r.scheduled === r.started),
    ).toBe(true);
  });

  test("lasts for its whole duration, also when its last iteration is done before", async () => {
    const context = virtualContext({ takes: 5 });
    expect(await runToEnd(scenarioOf(constantRate()), context)).toBe(1000);
  });

  test("begins at the scenario's startTime", async () => {
    const context = virtualContext({ takes: 10 });
    const over = await runToEnd(
      scenarioOf(constantRate({ rate: 2 }), { startTime: 5000 }),
      context,
    );
    expect(startOffsets(context.records)).toEqual([5000, 5500]);
    expect(over).toBe(6000);
  });

  test("never starts early when it is called long before the traffic", async () => {
    const context = virtualContext({ takes: 10 });
    const work = runScenario(scenarioOf(constantRate()), 1, context);
    await context.clock.advanceTo(T0 - 1);
    expect(context.records).toEqual([]);
    expect(context.vus.active).toBe(0);
    await context.clock.run(work);
  });

  test("runs a stage of no duration as a jump and gives each start its phase", async () => {
    const plan: ArrivalPlan = {
      ...constantRate(),
      executor: "ramping-arrival-rate",
      segments: [
        { phase: "before", measured: true, duration: 2000, from: 1, to: 1 },
        { phase: "spike", measured: true, duration: 0, from: 1, to: 5 },
        { phase: "spike", measured: true, duration: 1000, from: 5, to: 5 },
      ],
    };
    const context = virtualContext({ takes: 1 });
    await runToEnd(scenarioOf(plan), context);
    const starts = context.records.map((r) => [r.phase, r.started! - T0]);
    expect(starts).toEqual([
      ["before", 1000],
      ["before", 2000],
      ["spike", 2200],
      ["spike", 2400],
      ["spike", 2600],
      ["spike", 2800],
      ["spike", 3000],
    ]);
  });

  test("replays a trace", async () => {
    const trace: TracePlan = {
      executor: "trace",
      file: "t.jsonl",
      fileHash: "",
      preAllocatedVUs: 3,
      maxVUs: 3,
      phase: "replay",
      duration: 1500,
      starts: [0, 0, 400.5, 500],
    };
    const context = virtualContext({ takes: 100 });
    expect(await runToEnd(scenarioOf(trace), context)).toBe(1500);
    expect(startOffsets(context.records)).toEqual([0, 0, 400.5, 500]);
    expect(context.records[0]).toMatchObject({ phase: "replay", iteration: 0 });
  });

  test("starts late iterations at once, in order, and keeps their schedule", async () => {
    const context = virtualContext({ takes: 10 });
    const work = runScenario(scenarioOf(constantRate()), 1, context);
    await context.clock.advanceTo(T0 + 150);
    await context.clock.jumpTo(T0 + 450);
    await context.clock.run(work);
    const late = context.records.filter((r) => r.started === T0 + 450);
    expect(late.map((r) => [r.iteration, r.scheduled! - T0])).toEqual([
      [2, 200],
      [3, 300],
      [4, 400],
    ]);
    expect(startOffsets(context.records)).toEqual([0, 100, 450, 450, 450, 500, 600, 700, 800, 900]);
  });

  test("starts also what is due when the event loop was blocked beyond the end", async () => {
    const context = virtualContext({ takes: 10 });
    const work = runScenario(scenarioOf(constantRate()), 1, context);
    await context.clock.advanceTo(T0 + 750);
    await context.clock.jumpTo(T0 + 1200);
    await context.clock.run(work);
    expect(those(context.records, "completed")).toHaveLength(10);
  });
});

describe("virtual users of an open loop", () => {
  test("drop an iteration that finds none free, and never queue it", async () => {
    const context = virtualContext({ takes: 250 });
    await runToEnd(scenarioOf(constantRate({ maxVUs: 2 })), context);
    // 0 and 100 are busy until 250 and 350.
    const dropped = those(context.records, "dropped");
    expect(dropped.map((r) => r.iteration)).toEqual([2, 5, 8]);
    expect(startOffsets(those(context.records, "completed"))).toEqual([
      0, 100, 300, 400, 600, 700, 900,
    ]);
    expect(dropped[0]).toEqual({
      type: "iteration",
      scenario: "main",
      phase: "main",
      iteration: 2,
      scheduled: T0 + 200,
      outcome: "dropped",
    });
    expect(context.most.active).toBe(2);
  });

  test("warn only once that they are insufficient", async () => {
    const context = virtualContext({ takes: 10_000 });
    await runToEnd(scenarioOf(constantRate({ maxVUs: 1 })), context);
    expect(context.warnings).toEqual(["insufficient_vus"]);
    expect(those(context.records, "dropped")).toHaveLength(9);
  });

  test("are added up to maxVUs when they are needed, without losing an iteration", async () => {
    const context = virtualContext({ takes: 350 });
    const work = runScenario(
      scenarioOf(constantRate({ preAllocatedVUs: 2, maxVUs: 3 })),
      1,
      context,
    );
    await context.clock.advanceTo(T0 + 150);
    expect(context.vus).toEqual({ active: 2, allocated: 2 });
    await context.clock.advanceTo(T0 + 250);
    expect(context.vus).toEqual({ active: 3, allocated: 3 });
    await context.clock.run(work);
    expect(those(context.records, "dropped").map((r) => r.iteration)).toEqual([3, 7]);
    expect(context.vus).toEqual({ active: 0, allocated: 3 });
  });

  test("run one iteration at a time and are used again", async () => {
    const context = virtualContext({ takes: 150 });
    await runToEnd(scenarioOf(constantRate()), context);
    expect(new Set(context.records.map((r) => r.vu))).toEqual(new Set([1, 2]));
    for (const vu of [1, 2]) {
      const mine = context.records.filter((r) => r.vu === vu);
      mine.slice(1).forEach((r, i) => {
        expect(r.started!).toBeGreaterThanOrEqual(mine[i]!.ended!);
      });
    }
  });
});

describe("the end of an open loop", () => {
  test("lets running iterations end within gracefulStop", async () => {
    const context = virtualContext({ takes: 1500 });
    const over = await runToEnd(scenarioOf(constantRate(), { gracefulStop: 2000 }), context);
    expect(those(context.records, "completed")).toHaveLength(10);
    expect(over).toBe(2400);
  });

  test("interrupts what runs after gracefulStop, counted from the end of the duration", async () => {
    const context = virtualContext({ takes: 1500 });
    const over = await runToEnd(scenarioOf(constantRate(), { gracefulStop: 1000 }), context);
    expect(over).toBe(2000);
    const cut = those(context.records, "interrupted");
    expect(cut.map((r) => r.iteration)).toEqual([6, 7, 8, 9]);
    expect(cut.every((r) => r.ended === T0 + 2000)).toBe(true);
    expect(context.clock.sleepers).toBe(0);
  });

  test("with a gracefulStop of 0 is the end of the duration", async () => {
    const context = virtualContext({ takes: 1500 });
    expect(await runToEnd(scenarioOf(constantRate(), { gracefulStop: 0 }), context)).toBe(1000);
    expect(those(context.records, "interrupted")).toHaveLength(10);
  });

  test("comes at once when the run is stopped: running ones are interrupted, later ones not admitted", async () => {
    const context = virtualContext({ takes: 400 });
    const work = runScenario(scenarioOf(constantRate()), 1, context);
    await context.clock.advanceTo(T0 + 550);
    context.stop.abort();
    await work;
    expect(context.records.map((r) => [r.iteration, r.outcome])).toEqual([
      [0, "completed"],
      [1, "completed"],
      [2, "interrupted"],
      [3, "interrupted"],
      [4, "interrupted"],
      [5, "interrupted"],
    ]);
    expect(context.clock.now()).toBe(T0 + 550);
  });

  test("comes before the start when the run was stopped before", async () => {
    const context = virtualContext({ takes: 400 });
    context.stop.abort();
    await runScenario(scenarioOf(constantRate()), 1, context);
    expect(context.records).toEqual([]);
  });

  test("comes with the error when the runner itself breaks", async () => {
    const context = virtualContext({ takes: 400 });
    const broken = {
      ...context,
      run: (start: Parameters<typeof context.run>[0], signal: AbortSignal) => {
        if (start.iteration === 3) throw new Error("a bug");
        return context.run(start, signal);
      },
    };
    const work = runScenario(scenarioOf(constantRate()), 1, broken);
    await expect(context.clock.run(work)).rejects.toThrow("a bug");
    expect(those(context.records, "interrupted")).toHaveLength(3);
  });

  test("goes on after a failed iteration", async () => {
    const context = virtualContext({ takes: 10 });
    const failing = {
      ...context,
      run: () => Promise.resolve({ outcome: "failed" as const, error: "no such field" }),
    };
    await context.clock.run(runScenario(scenarioOf(constantRate()), 1, failing));
    expect(those(context.records, "failed")).toHaveLength(10);
    expect(context.records[0]).toMatchObject({ outcome: "failed", error: "no such field" });
  });
});

describe("shards of an open loop", () => {
  test.each([2, 3, 7])("make in %i the same starts as one", async (of) => {
    const plan = scenarioOf(constantRate({ rate: 50, arrival: { kind: "poisson" } }));
    const whole = await runShards(plan, 1, { takes: 100 });
    const union = await runShards(plan, of, { takes: 100 });
    const work = (records: typeof whole) =>
      records.map(({ iteration, scheduled, started }) => [iteration, scheduled, started]);
    expect(work(union)).toEqual(work(whole));
  });

  test("share maxVUs exactly, with ids of their own", async () => {
    const plan = scenarioOf(constantRate({ rate: 100, maxVUs: 5 }));
    const records = await runShards(plan, 3, { takes: 100_000 });
    const started = those(records, "interrupted");
    expect(started.map((r) => r.vu).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(records).toHaveLength(100);
  });

  test("beyond the virtual users stay idle rather than drop their part", async () => {
    const plan = scenarioOf(constantRate({ maxVUs: 2 }));
    const records = await runShards(plan, 4, { takes: 50 });
    expect(those(records, "completed")).toHaveLength(10);
  });
});
