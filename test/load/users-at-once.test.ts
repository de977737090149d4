import { describe, expect, it } from "vitest";
import { usersAtOnce } from "../../src/load/users-at-once.ts";
import type { ExecutorPlan, Plan } from "../../src/scenario/plan.ts";

const looping = (vus: number, seconds = 10): ExecutorPlan => ({
  executor: "constant-vus",
  gracefulRampDown: 0,
  segments: [{ phase: "main", measured: true, duration: seconds * 1000, from: vus, to: vus }],
});
const open = (maxVUs: number): ExecutorPlan => ({
  executor: "constant-arrival-rate",
  arrival: { kind: "constant" },
  preAllocatedVUs: 1,
  maxVUs,
  segments: [{ phase: "main", measured: true, duration: 10_000, from: 1, to: 1 }],
});
const shared = (vus: number, iterations: number): ExecutorPlan => ({
  executor: "shared-iterations",
  phase: "main",
  vus,
  iterations,
  maxDuration: 10_000,
});
const planOf = (...parts: readonly (readonly [number, ExecutorPlan])[]): Plan =>
  ({
    scenarios: parts.map(([startTime, executor]) => ({ startTime, executor })),
  }) as unknown as Plan;

describe("the users of a plan at the same time", () => {
  it("are those of all scenarios that overlap", () => {
    expect(usersAtOnce(planOf([0, looping(30)], [5000, looping(20)])).certain).toBe(50);
  });

  it("are not added up over scenarios that follow each other", () => {
    expect(usersAtOnce(planOf([0, looping(30)], [10_000, looping(20)])).certain).toBe(30);
  });

  it("of an open loop are possible, not certain", () => {
    expect(usersAtOnce(planOf([0, open(500)], [0, looping(7)]))).toEqual({ certain: 7, most: 507 });
  });

  it("are never more than the iterations that they share", () => {
    expect(usersAtOnce(planOf([0, shared(300, 4)])).certain).toBe(4);
  });
});
