import { expect, it } from "vitest";
import { servedOf } from "../../src/cli/capacity/watch-level.ts";
import type { IterationRecord } from "../../src/core/records.ts";

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
