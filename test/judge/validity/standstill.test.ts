import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunLine } from "../../../src/core/records.ts";
import type { BaselineCheck } from "../../../src/judge/summary.ts";
import {
  closedScenario,
  every,
  footer,
  header,
  mark,
  sample,
  served,
  summaryOf,
} from "../../support/runs/run-lines.ts";

/** 20 s, all of them measured. */
const [START, END] = [1000, 21_000];

async function standstill(...samples: readonly RunLine[]): Promise<BaselineCheck> {
  const lines = [
    header({ scenarios: [closedScenario], thresholds: [] }),
    mark("smoke", [START, END]),
    ...served(every(100, START, 200), { phase: "smoke" }),
    ...samples,
    footer(END + 100),
  ];
  const { validity } = await summaryOf(lines);
  const found = validity.gates.find(({ id }) => id === "standstill");
  if (found === undefined) throw new Error("no such gate");
  return found;
}

const stalls = (ends: readonly number[], value = 0, source = "worker-0"): RunLine[] =>
  ends.map((at) => sample(at, "event_loop_stall", value, source));
const seconds = (from: number, to: number): number[] => every(1000, from, (to - from) / 1000 + 1);

describe("a client that stood still", () => {
  test("has windows that follow each other when it did not", async () => {
    expect(await standstill(...stalls(seconds(START, END)))).toMatchObject({
      status: "ok",
      value: 0,
    });
  });

  test("is seen by what its event loop says", async () => {
    const times = seconds(START, END);
    const steady = stalls(times);
    const held = (ms: number): RunLine[] => [...steady.slice(0, 5), ...stalls([times[5] ?? 0], ms)];
    const after = steady.slice(6);
    expect(await standstill(...held(240), ...after)).toMatchObject({ status: "ok", value: 240 });
    expect(await standstill(...held(300), ...after)).toMatchObject({ status: "warn" });
    expect(await standstill(...held(999), ...after)).toMatchObject({ status: "warn" });
  });

  test("is seen by a window that is too long, whatever its event loop says", async () => {
    const found = await standstill(
      ...stalls([...seconds(START, 6000), ...seconds(9500, 20_500), END]),
    );
    expect(found).toMatchObject({ status: "invalid", value: 2500 });
    expect(found.detail).toBe("worker-0: 2.5 s in which its thread did nothing else, until 9.5 s");
  });

  test("is seen by windows that never came", async () => {
    const found = await standstill(
      ...stalls(seconds(START, END)),
      ...stalls(seconds(START, 5000), 0, "worker-1"),
    );
    expect(found).toMatchObject({ status: "invalid", value: 15_000 });
    expect(found.detail).toMatch(/^worker-1: no sign of life for 15\.0 s more/);
  });

  test("is seen by a single window at the start", async () => {
    expect(await standstill(...stalls([START]))).toMatchObject({ status: "invalid" });
  });

  test("is seen in files that have windows of utilization only", async () => {
    const busy = (ends: readonly number[]): RunLine[] =>
      ends.map((at) => sample(at, "event_loop_utilization", 0.1));
    expect(await standstill(...busy(seconds(2000, END)))).toMatchObject({ status: "ok" });
    expect(await standstill(...busy([2000, 3000, 15_000]))).toMatchObject({ status: "invalid" });
  });

  test("does not count before and after the measured phases", async () => {
    const late = [...seconds(START, 20_000), END + 9000];
    const found = await standstill(...stalls([0, 900, ...late], 0));
    // Of the last stretch one second is measured.
    expect(found).toMatchObject({ status: "warn", value: 1000 });
  });

  test("is seen by the clock that goes on while the machine is suspended", async () => {
    const found = await standstill(
      ...stalls(seconds(START, END)),
      sample(5000, "suspended", 0, "client"),
      sample(6000, "suspended", 3_600_000, "client"),
    );
    expect(found).toMatchObject({ status: "invalid", value: 3_600_000 });
    expect(found.detail).toBe("the machine was suspended for 3600.0 s, until 6.0 s");
  });

  test("for two seconds and more is invalid wherever they lie", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: START, max: 18_900 }),
        fc.integer({ min: 2100, max: 30_000 }),
        async (from, length) => {
          const times = every(1000, START, 60).filter((at) => at <= from || at >= from + length);
          // The thread is heard of last when it stops, and then when it goes on.
          const heard = [...times.filter((at) => at <= from), from + length, ...times];
          const ends = [...new Set(heard)].sort((a, b) => a - b);
          const before = ends.filter((at) => at <= from).at(-1) ?? START;
          const missing = Math.min(from + length, END) - before;
          const { status } = await standstill(...stalls(ends));
          expect(status).toBe(missing > 2000 ? "invalid" : status);
        },
      ),
      { numRuns: 50 },
    );
  });
});

test("a run without a window says that nothing was sampled", async () => {
  expect(await standstill()).toMatchObject({ status: "not_measured" });
});
