import { describe, expect, it } from "vitest";
import { workersFor } from "../../src/load/worker-count.ts";
import type { ExecutorPlan } from "../../src/scenario/plan.ts";
import { openScenario, plan } from "../support/runs/run-lines.ts";

const segment = { phase: "main", measured: true, duration: 1000 };

function open(rate: number, maxVUs = 10_000): ExecutorPlan {
  const segments = [
    { ...segment, from: 1, to: rate },
    { ...segment, from: rate, to: 1 },
  ];
  const arrival = { kind: "poisson" } as const;
  return { executor: "ramping-arrival-rate", arrival, preAllocatedVUs: 1, maxVUs, segments };
}

function closed(vus: number): ExecutorPlan {
  const segments = [{ ...segment, from: vus, to: vus }];
  return { executor: "constant-vus", gracefulRampDown: 0, segments };
}

function workers(executors: readonly ExecutorPlan[], cores = 64): number {
  const scenarios = executors.map((executor) => ({ ...openScenario, executor }));
  return workersFor(plan({ scenarios }), cores);
}

describe("--workers auto", () => {
  it("is one worker for what one carries", () => {
    expect(workers([closed(1)])).toBe(1);
    expect(workers([closed(500)])).toBe(1);
    expect(workers([open(50)])).toBe(1);
  });

  it("grows with the streams at once, and with the highest rate", () => {
    expect(workers([closed(2000)])).toBe(4);
    expect(workers([open(200)])).toBe(4);
    expect(workers([open(3000, 100)])).toBe(3);
  });

  it("counts scenarios side by side together", () => {
    expect(workers([closed(400), closed(400)])).toBe(2);
  });

  it("takes the rate of a trace from its busiest second", () => {
    const starts = Array.from({ length: 4000 }, (_, i) => (i < 2000 ? i * 100 : 200_000 + i / 4));
    const trace: ExecutorPlan = {
      executor: "trace",
      file: "t",
      fileHash: "0",
      preAllocatedVUs: 1,
      maxVUs: 100,
      phase: "replay",
      duration: 300_000,
      starts,
    };
    expect(workers([trace])).toBe(2);
  });

  it("leaves a core to the rest, and is never none", () => {
    expect(workers([closed(10_000)], 4)).toBe(3);
    expect(workers([closed(10_000)], 1)).toBe(1);
  });
});
