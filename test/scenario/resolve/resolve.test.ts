import { describe, expect, it } from "vitest";
import { planHash } from "../../../src/scenario/hash.ts";
import type { Plan } from "../../../src/scenario/plan.ts";
import { profiles } from "../../../src/scenario/profiles.ts";
import {
  defaultDeadlines,
  resolvePlan,
  type PlanFlags,
} from "../../../src/scenario/resolve/resolve.ts";
import type { Options } from "../../../src/scenario/script.ts";

const file = { name: "mine", file: "/scenarios/mine.ts", fileHash: "0" };

function resolve(options: Options, flags: PlanFlags = {}): Plan {
  return resolvePlan(file, options, flags).plan;
}

function phasesOf(plan: Plan): readonly [string, number, number, number][] {
  return plan.scenarios.flatMap(({ executor }) =>
    "segments" in executor
      ? executor.segments.map(
          ({ phase, duration, from, to }) =>
            [phase, duration, from, to] as [string, number, number, number],
        )
      : [],
  );
}

const spike = profiles.spike({
  rate: 2,
  warmup: "5s",
  before: "10s",
  spike: "10s",
  recovery: "20s",
});

describe("a plan", () => {
  it("has nothing optional left", () => {
    expect(resolve({ vus: 2, duration: "10s", slo: { ttft: "0.5s" } }, { peak: 3 })).toEqual({
      schema: "plimsoll.plan/1",
      name: "mine",
      file: "/scenarios/mine.ts",
      fileHash: "0",
      seed: 1,
      parameters: { peak: "3" },
      scenarios: [
        {
          name: "default",
          exec: "default",
          startTime: 0,
          gracefulStop: defaultDeadlines.total,
          env: {},
          tags: {},
          executor: {
            executor: "constant-vus",
            gracefulRampDown: 0,
            segments: [{ phase: "main", measured: true, duration: 10_000, from: 2, to: 2 }],
          },
        },
      ],
      slo: { limits: [{ metric: "ttft", limit: 500 }] },
      thresholds: [],
      deadlines: defaultDeadlines,
      timeouts: { setup: 60_000, teardown: 60_000 },
    });
  });

  it("takes k6's setupTimeout and teardownTimeout", () => {
    const written: Options = { setupTimeout: "10s", teardownTimeout: "500ms" };
    expect(resolve(written).timeouts).toEqual({ setup: 10_000, teardown: 500 });
  });

  it("survives JSON, as the run's header stores it", () => {
    const plan = resolve({ scenarios: { main: spike }, thresholds: { ttft: ["avg<1"] } });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it("waits at the end as long as a request may take, unless told otherwise", () => {
    const stop = (options: Options) => resolve(options).scenarios[0]?.gracefulStop;
    expect(stop({ deadlines: { total: "10m" } })).toBe(600_000);
    expect(stop({ deadlines: { total: 0 } })).toBe(30_000);
    expect(
      stop({ scenarios: { a: { executor: "constant-vus", duration: "1s", gracefulStop: "3s" } } }),
    ).toBe(3000);
  });

  it("takes the seed from the flags, then from the options", () => {
    expect(resolve({ seed: 7 }).seed).toBe(7);
    expect(resolve({ seed: 7 }, { seed: 0 }).seed).toBe(0);
  });

  it("has a hash that files keep when they move, and lose when they change", () => {
    const plan = resolve({});
    expect(planHash(plan)).toMatch(/^[0-9a-f]{64}$/);
    expect(planHash({ ...plan, file: "/elsewhere.ts" })).toBe(planHash(plan));
    expect(planHash({ ...plan, fileHash: "1" })).not.toBe(planHash(plan));
    expect(planHash(Object.fromEntries(Object.entries(plan).reverse()) as unknown as Plan)).toBe(
      planHash(plan),
    );
    expect(planHash(resolve({}, { seed: 2 }))).not.toBe(planHash(plan));
  });
});

describe("phases", () => {
  it("go on until a stage names another; warm-up is not measured", () => {
    const plan = resolve({
      scenarios: {
        main: {
          executor: "ramping-vus",
          startVUs: 2,
          warmup: "5s",
          stages: [
            { duration: "10s", target: 4 },
            { duration: "10s", target: 8, phase: "high" },
            { duration: "10s", target: 8 },
            { duration: "10s", target: 0, phase: "down" },
          ],
        },
      },
    });
    expect(phasesOf(plan)).toEqual([
      ["warmup", 5000, 2, 2],
      ["main", 10_000, 2, 4],
      ["high", 10_000, 4, 8],
      ["high", 10_000, 8, 8],
      ["down", 10_000, 8, 0],
    ]);
    const { executor } = plan.scenarios[0]!;
    expect("segments" in executor && executor.segments.map(({ measured }) => measured)).toEqual([
      false,
      true,
      true,
      true,
      true,
    ]);
  });

  it("warm up at the first level above 0", () => {
    const main = { executor: "ramping-arrival-rate", warmup: "5s", preAllocatedVUs: 1 } as const;
    const stages = [{ duration: "10s", target: 6 }];
    expect(phasesOf(resolve({ scenarios: { main: { ...main, stages } } }))[0]).toEqual([
      "warmup",
      5000,
      6,
      6,
    ]);
  });

  it("that are called warmup by a stage are not measured either", () => {
    const stages = [
      { duration: "5s", target: 1, phase: "warmup" },
      { duration: "5s", target: 1, phase: "held" },
    ];
    const { executor } = resolve({ stages }).scenarios[0]!;
    expect("segments" in executor && executor.segments.map(({ measured }) => measured)).toEqual([
      false,
      true,
    ]);
  });
});

describe("--duration", () => {
  it("stretches what is measured, in proportion, and leaves warm-up as it is", () => {
    expect(phasesOf(resolve({ scenarios: { main: spike } }, { duration: 80_000 }))).toEqual([
      ["warmup", 5000, 2, 2],
      ["before", 20_000, 2, 2],
      ["spike", 20_000, 6, 6],
      ["recovery", 40_000, 2, 2],
    ]);
  });

  it("keeps scenarios beside each other in step", () => {
    const options: Options = {
      scenarios: {
        first: { executor: "constant-vus", duration: "10s" },
        second: { executor: "constant-vus", duration: "10s", startTime: "10s" },
      },
    };
    const { scenarios } = resolve(options, { duration: 10_000 });
    expect(scenarios.map(({ startTime }) => startTime)).toEqual([0, 5000]);
  });

  it("cuts a trace instead of changing its rate", () => {
    const entries = [0, 1000, 2000, 3000].map((at) => ({ at, promptTokens: 1, outputTokens: 1 }));
    const trace = { file: "/t", fileHash: "0", entries, blockTokens: 512 };
    const { executor } = resolve(
      { scenarios: { main: profiles.replay(trace) } },
      { duration: 2000 },
    ).scenarios[0]!;
    expect(executor).toMatchObject({ executor: "trace", duration: 2000, starts: [0, 1000] });
  });

  it("limits scenarios of so many iterations", () => {
    const { executor } = resolve({ iterations: 5 }, { duration: 2000 }).scenarios[0]!;
    expect(executor).toMatchObject({ executor: "shared-iterations", maxDuration: 2000 });
  });
});

describe("--vus and --iterations", () => {
  const options: Options = { scenarios: { main: { ...spike, exec: "ask", tags: { a: "b" } } } };

  it("replace the traffic by a closed loop of the first scenario's function", () => {
    const { scenarios } = resolve(options, { vus: 3 });
    expect(scenarios).toMatchObject([
      {
        name: "default",
        exec: "ask",
        tags: { a: "b" },
        executor: {
          executor: "constant-vus",
          segments: [
            { phase: "warmup", measured: false, duration: 5000, from: 3, to: 3 },
            { phase: "main", measured: true, duration: 40_000, from: 3, to: 3 },
          ],
        },
      },
    ]);
    expect(
      resolve(options, { iterations: 9, vus: 3, duration: 5000 }).scenarios[0]?.executor,
    ).toEqual({
      executor: "shared-iterations",
      phase: "main",
      vus: 3,
      iterations: 9,
      maxDuration: 5000,
    });
  });

  it("leave out thresholds over phases that are gone, and say so", () => {
    const thresholds = { "ttft{phase:spike}": ["p(95)<1"], ttft: ["p(95)<1"] };
    const { plan, notes } = resolvePlan(file, { ...options, thresholds }, { iterations: 1 });
    expect(plan.thresholds.map(({ key }) => key)).toEqual(["ttft"]);
    expect(notes).toEqual([
      expect.stringContaining("threshold ttft{phase:spike} p(95)<1 is left out"),
    ]);
  });

  it("refuse more VUs than iterations, as the options do", () => {
    expect(() => resolve(options, { vus: 5, iterations: 2 })).toThrow(
      "--iterations 2 is less than --vus 5",
    );
  });
});

describe("a closed loop in the place of a schedule", () => {
  const options = {
    scenarios: { main: spike },
    thresholds: {
      ttft_scheduled: ["p(95)<2000"],
      "e2e_scheduled{scenario:main}": ["med<9000"],
      recovery_time: ["value<5000"],
      request_failed: ["rate<0.01"],
    },
  };

  it("has its limits counted from the send, and none on a recovery that it does not have", () => {
    const { plan, notes } = resolvePlan(file, options, { vus: 4, duration: 5000 });
    const kept = plan.thresholds.map(({ key, metric, source }) => [key, metric, source]);
    expect(kept).toEqual([
      ["ttft", "ttft", "p(95)<2000"],
      ["request_failed", "request_failed", "rate<0.01"],
    ]);
    expect(notes.join("\n")).toContain("ttft_scheduled p(95)<2000 is judged as ttft");
    expect(notes.join("\n")).toContain("recovery_time value<5000 is left out");
  });

  it("leaves a schedule's own limits as they are", () => {
    const { plan, notes } = resolvePlan(file, options, { duration: 5000 });
    expect(plan.thresholds.map(({ metric }) => metric)).toContain("ttft_scheduled");
    expect(plan.thresholds).toHaveLength(4);
    expect(notes).toEqual([]);
  });

  it("is told of lengths, and a plan without them keeps its hash", () => {
    const lengths = { promptTokens: 64 };
    expect(resolve({}, { lengths }).lengths).toEqual(lengths);
    expect("lengths" in resolve({})).toBe(false);
    expect(planHash(resolve({}, { lengths }))).not.toBe(planHash(resolve({})));
  });
});
