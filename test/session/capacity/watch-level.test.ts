import { expect, it } from "vitest";
import { servedOf, watchLevel } from "../../../src/session/capacity/watch-level.ts";
import type { Clock } from "../../../src/core/clock.ts";
import type { IterationRecord, PhaseMark } from "../../../src/core/records.ts";
import type { Plan } from "../../../src/scenario/plan.ts";

function iteration(started: number, ended: number | undefined): IterationRecord {
  return {
    ...{ type: "iteration", scenario: "main", phase: "level", iteration: started, started },
    ...(ended === undefined ? { outcome: "interrupted" } : { outcome: "completed", ended }),
  };
}

const window = { from: 1000, until: 3000 };

it("a server that keeps up ends as much as begins, whatever began before", () => {
  const steady = [iteration(900, 1100), iteration(1500, 1700), iteration(2900, 3100)];
  expect(servedOf(steady, 10, window)).toEqual({ perSecond: 10, seconds: 2 });
});

it("a server that does not leaves some of it undone", () => {
  const behind = [iteration(1000, 1500), iteration(1500, 2500), iteration(2000, 3500)];
  const cut = iteration(2500, undefined);
  expect(servedOf([...behind, cut], 10, window)).toEqual({ perSecond: 5, seconds: 2 });
});

it("an iteration whose script threw was served all the same", () => {
  const threw = { ...iteration(1500, 1600), outcome: "failed" as const };
  expect(servedOf([threw, iteration(2000, 2100)], 10, window)?.perSecond).toBe(10);
});

it("where nothing began there is nothing to say", () => {
  expect(servedOf([iteration(0, 500)], 10, window)).toBeUndefined();
});

it("the number in flight, warm-up included, says when a level became steady", () => {
  const mark = (name: string, start: number, end: number): PhaseMark => ({
    ...{ type: "phase", scenario: "main", name, start, end, measured: name === "level" },
  });
  const marks = [mark("warmup", 1000, 5000), mark("level", 5000, 41_000)];
  const needs = { slo: { limits: [], share: 1 }, rate: 10 };
  const settledWith = (took: (at: number) => number): number | undefined => {
    const watch = watchLevel(needs, () => undefined);
    watch.progress.traffic({
      ...{ marks, plan: {} as Plan, clock: { now: () => 0 } as Clock },
      ...{ vus: () => ({ active: 0, allocated: 0 }), failing: () => [] },
    });
    watch.progress.end();
    const starts = Array.from({ length: 400 }, (_, i) => 1000 + 100 * i);
    watch.progress.lines(starts.map((at) => iteration(at, at + took(at))));
    return watch.settled();
  };
  expect(settledWith(() => 100)).toBe(0);
  // Cold for the first eight seconds of forty.
  expect(settledWith((at) => (at < 9000 ? 800 : 100))).toBe(10_000);
});
