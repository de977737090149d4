import { describe, expect, test } from "vitest";
import { scheduleOf } from "../../../src/load/executors/executors.ts";
import { durationOf, phaseLookup, phaseMarks } from "../../../src/load/executors/phases.ts";
import type { ArrivalPlan, ExecutorPlan } from "../../../src/scenario/plan.ts";
import { scenarioOf } from "../../support/virtual-executor-context.ts";

const rates = { arrival: { kind: "constant" }, preAllocatedVUs: 1, maxVUs: 1 } as const;

const spike: ArrivalPlan = {
  executor: "ramping-arrival-rate",
  ...rates,
  segments: [
    { phase: "warmup", measured: false, duration: 1000, from: 10, to: 10 },
    { phase: "before", measured: true, duration: 2000, from: 10, to: 10 },
    { phase: "spike", measured: true, duration: 0, from: 10, to: 50 },
    { phase: "spike", measured: true, duration: 1000, from: 50, to: 50 },
    { phase: "recovery", measured: true, duration: 1000, from: 50, to: 10 },
    { phase: "recovery", measured: true, duration: 1000, from: 10, to: 10 },
  ],
};

const steady: ArrivalPlan = {
  executor: "constant-arrival-rate",
  ...rates,
  segments: [
    { phase: "warmup", measured: false, duration: 500, from: 10, to: 10 },
    { phase: "main", measured: true, duration: 1000, from: 10, to: 10 },
  ],
};

describe("phase marks", () => {
  test("say when each phase is, its rates and its planned starts; jumps have no mark", () => {
    const plan = scenarioOf(spike, { startTime: 100 });
    expect(phaseMarks(plan, 5000, scheduleOf(plan, 1))).toEqual(
      [
        { name: "warmup", start: 5100, end: 6100, measured: false, rate: [10, 10], planned: 10 },
        { name: "before", start: 6100, end: 8100, measured: true, rate: [10, 10], planned: 20 },
        { name: "spike", start: 8100, end: 9100, measured: true, rate: [50, 50], planned: 50 },
        { name: "recovery", start: 9100, end: 11100, measured: true, rate: [50, 10], planned: 40 },
      ].map(({ rate, ...mark }) => ({
        type: "phase",
        scenario: "main",
        ...mark,
        targetRate: rate,
      })),
    );
  });

  test("count every start of the schedule once, also a random one", () => {
    const plan = scenarioOf({ ...spike, arrival: { kind: "poisson" } });
    const starts = scheduleOf(plan, 3)!;
    const marks = phaseMarks(plan, 0, starts);
    expect(marks.reduce((sum, { planned = 0 }) => sum + planned, 0)).toBe(starts.length);
    for (const { name, planned } of marks) {
      const phaseAt = phaseLookup(spike);
      expect(starts.filter((start) => phaseAt(start) === name)).toHaveLength(planned!);
    }
  });

  test("of a closed loop have neither rate nor plan", () => {
    const vus = { executor: "constant-vus", gracefulRampDown: 0 } as const;
    const plan = scenarioOf({
      ...vus,
      segments: [{ phase: "main", measured: true, duration: 1000, from: 3, to: 3 }],
    });
    expect(scheduleOf(plan, 1)).toBeUndefined();
    expect(phaseMarks(plan, 10)).toEqual([
      { type: "phase", scenario: "main", name: "main", start: 10, end: 1010, measured: true },
    ]);
  });

  test("of iterations to be done last until maxDuration at the latest", () => {
    const shared: ExecutorPlan = {
      executor: "shared-iterations",
      phase: "main",
      vus: 1,
      iterations: 2,
      maxDuration: 600_000,
    };
    expect(durationOf(shared)).toBe(600_000);
    expect(phaseMarks(scenarioOf(shared), 0)).toMatchObject([{ start: 0, end: 600_000 }]);
  });
});

describe("the phase of a moment", () => {
  test("at a border is the one that opens in a constant-arrival-rate, whose start lies there", () => {
    const at = phaseLookup(steady);
    expect([0, 499, 500, 1499, 1500].map(at)).toEqual(["warmup", "warmup", "main", "main", "main"]);
    expect(phaseMarks(scenarioOf(steady), 0, scheduleOf(scenarioOf(steady), 1))).toMatchObject([
      { planned: 5 },
      { planned: 10 },
    ]);
  });

  test("at a border is the one that closes in a ramping-arrival-rate, whose last start lies there", () => {
    const at = phaseLookup(spike);
    expect([0, 1000, 1000.1, 3000, 3000.1, 4000, 4001, 7000].map(at)).toEqual([
      "warmup",
      "warmup",
      "before",
      "before",
      "spike",
      "spike",
      "recovery",
      "recovery",
    ]);
  });
});
