import { expect, test } from "vitest";
import { vuSteps } from "../../../src/load/executors/vu-steps.ts";

function steps(...segments: readonly (readonly [duration: number, from: number, to: number])[]) {
  const made = vuSteps(
    segments.map(([duration, from, to]) => ({ phase: "p", measured: true, duration, from, to })),
  );
  return made.map(({ offset, count }) => [offset, count]);
}

test("a ramp up starts VU n when the line reaches n", () => {
  expect(steps([4000, 0, 4])).toEqual([
    [0, 0],
    [1000, 1],
    [2000, 2],
    [3000, 3],
    [4000, 4],
  ]);
});

test("a ramp down stops VU n when the line reaches n - 1", () => {
  expect(steps([4000, 4, 0])).toEqual([
    [0, 4],
    [1000, 3],
    [2000, 2],
    [3000, 1],
    [4000, 0],
  ]);
});

test("a segment without duration is a jump", () => {
  expect(steps([1000, 2, 2], [0, 2, 6], [1000, 6, 6], [0, 6, 1], [1000, 1, 1])).toEqual([
    [0, 2],
    [1000, 6],
    [2000, 1],
  ]);
});

test("a jump at the start leaves no other step there", () => {
  expect(steps([0, 1, 10], [1000, 10, 10])).toEqual([[0, 10]]);
});

test("a level that differs from where the last segment ended is jumped to", () => {
  expect(steps([1000, 1, 1], [1000, 5, 5])).toEqual([
    [0, 1],
    [1000, 5],
  ]);
});

test("k6's example goes 4, 6, 1, 5, 1, 4, 1 as its chart does", () => {
  // From the comment of getRawExecutionSteps: one VU a second.
  const chart = steps(
    [2000, 4, 6],
    [5000, 6, 1],
    [4000, 1, 5],
    [4000, 5, 1],
    [3000, 1, 4],
    [3000, 4, 1],
  );
  expect(chart.map(([, count]) => count)).toEqual([
    4, 5, 6, 5, 4, 3, 2, 1, 2, 3, 4, 5, 4, 3, 2, 1, 2, 3, 4, 3, 2, 1,
  ]);
  expect(chart.map(([offset]) => offset)).toEqual(chart.map((_, i) => i * 1000));
});
