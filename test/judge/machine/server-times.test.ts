import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunLine } from "../../../src/core/records.ts";
import type { ServerHistograms } from "../../../src/core/telemetry-lines.ts";
import type { Summary } from "../../../src/judge/summary.ts";
import { steadyLines, summaryOf } from "../../support/runs/run-lines.ts";

function at(time: number, histograms: ServerHistograms): RunLine {
  return { type: "histograms", at: time, source: "server", histograms };
}

/** Read at the edges of the measured phase, 2000 to 4000, and a moment before and after. */
function read(
  before: ServerHistograms,
  after: ServerHistograms,
  more: readonly RunLine[] = [],
): Promise<Summary> {
  const lines = steadyLines();
  const own = [at(1000, before), at(2000, before), at(4000, after), at(4100, after), ...more];
  return summaryOf([...lines.slice(0, -1), ...own, ...lines.slice(-1)]);
}

const BEFORE = { upTo: [10, 25], counts: [100, 100, 100], sum: 900 };

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

function fail(): never {
  throw new Error("there is none");
}

describe("the server's own times", () => {
  test("are what its histograms grew by in the measured windows", async () => {
    const after = { upTo: [10, 25], counts: [150, 190, 200], sum: 2100 };
    const { serverTimes } = await read({ queue: BEFORE }, { queue: after });
    expect(serverTimes).toEqual([
      {
        ...{ name: "queue", title: "waiting in its queue", count: 100, mean: 12 },
        ...{ p50: { upTo: 10 }, p95: { above: 25 }, p99: { above: 25 } },
      },
    ]);
  });

  test("stand beside ours, and their means are compared", async () => {
    const after = { upTo: [10, 25], counts: [160, 160, 160], sum: 1440 };
    const { serverTimes = [] } = await read({ itl: BEFORE }, { itl: after });
    expect(serverTimes[0]).toMatchObject({
      ...{ name: "itl", count: 60, mean: 9, p99: { upTo: 10 }, difference: 1 },
      ours: { metric: "itl", count: 60, mean: 10, p50: 10 },
    });
  });

  test("without buckets there is a mean, and no percentile", async () => {
    const grown = (count: number, sum: number) => ({
      compute_infer: { upTo: [], counts: [count], sum },
    });
    const { serverTimes = [] } = await read(grown(3, 30), grown(7, 50));
    expect(serverTimes[0]).toEqual({
      ...{ name: "compute_infer", title: "computing the model", count: 4, mean: 5 },
    });
  });

  test("are absent where the server counted nothing, and where it was started anew", async () => {
    expect(await read({ queue: BEFORE }, { queue: BEFORE })).not.toHaveProperty("serverTimes");
    const anew = { upTo: [10, 25], counts: [5, 5, 5], sum: 20 };
    expect(await read({ queue: BEFORE }, { queue: anew })).not.toHaveProperty("serverTimes");
  });

  test("a percentile of the buckets never lies outside of the bounds it is given", async () => {
    const values = fc.array(fc.double({ min: 0.001, max: 400, noNaN: true }), {
      minLength: 1,
      maxLength: 40,
    });
    const upTo = [5, 10, 25, 50, 100, 250];
    const stateOf = (all: readonly number[]) => ({
      upTo,
      counts: [...upTo, Infinity].map((bound) => all.filter((one) => one <= bound).length),
      sum: all.reduce((sum, one) => sum + one, 0),
    });
    await fc.assert(
      fc.asyncProperty(values, values, async (before, during) => {
        const all = [...before, ...during];
        const { serverTimes = [] } = await read(
          { queue: stateOf(before) },
          { queue: stateOf(all) },
        );
        const [queue = fail()] = serverTimes;
        expect(queue.count).toBe(during.length);
        expect(queue.mean).toBeCloseTo(meanOf(during), 6);
        const sorted = [...during].sort((a, b) => a - b);
        const median = sorted[Math.ceil(0.5 * sorted.length) - 1] ?? NaN;
        const { above = 0, upTo: bound = Infinity } = queue.p50 ?? fail();
        expect(median).toBeGreaterThan(above);
        expect(median).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 40 },
    );
  });
});

test("batches are executions by their size, also of sizes that came up only later", async () => {
  const { batchSizes, serverTimes } = await read(
    { batch_size: { upTo: [1], counts: [10, 10], sum: 10 } },
    { batch_size: { upTo: [1, 2, 8], counts: [12, 15, 16, 16], sum: 26 } },
  );
  expect(serverTimes).toBeUndefined();
  expect(batchSizes).toEqual({
    ...{ executions: 6, inferences: 16, mean: 16 / 6 },
    sizes: [
      { size: 1, executions: 2 },
      { size: 2, executions: 3 },
      { size: 8, executions: 1 },
    ],
  });
});

test("a series is a counter where its source says so, and else a gauge, whatever its name", async () => {
  const series = (metrics: readonly string[]): RunLine => ({
    ...{ type: "readings", source: "server", metrics },
    rows: [
      [1000, 1, 10],
      [2000, 2, 10],
      [3000, 4, 10],
      [4000, 6, 10],
      [4100, 6, 10],
    ],
  });
  const counters = ["server_nv_inference_request_success"];
  const lines = steadyLines();
  const { counters: grown, telemetry } = await summaryOf([
    ...lines.slice(0, -1),
    { type: "source", at: 900, source: "server", kind: "triton", available: true, counters },
    series([...counters, "server_nv_inference_pending_request_count"]),
    ...lines.slice(-1),
  ]);
  expect(grown.map(({ metric, delta }) => [metric, delta])).toEqual([[counters[0], 4]]);
  expect(telemetry.map(({ metric, mean }) => [metric, mean])).toContainEqual([
    ...["server_nv_inference_pending_request_count", 10],
  ]);
});
