import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { downsample } from "../../../src/judge/series/downsample.ts";
import { LogHistogram } from "../../../src/judge/collect/log-histogram.ts";
import type { Series } from "../../../src/judge/series/series.ts";
import type { RunLine } from "../../../src/core/records.ts";
import {
  dropped,
  every,
  failedRequest,
  footer,
  header,
  judged,
  marks,
  request,
  sample,
  served,
  steadyLines,
} from "../../support/runs/run-lines.ts";

const seriesOf = async (lines: readonly RunLine[]): Promise<Series> => (await judged(lines)).series;
const sum = (column: readonly (number | null)[]): number =>
  column.reduce<number>((total, value) => total + (value ?? 0), 0);

describe("the series of a run", () => {
  test("begin with the traffic, in intervals of equal length", async () => {
    const series = await seriesOf(steadyLines());
    expect(series).toMatchObject({ start: 1000, end: 4100, intervalMs: 250 });
    expect(series.at).toEqual(every(250, 1000, 13));
    for (const column of [series.traffic.achievedRate, series.traffic.inFlight])
      expect(column).toHaveLength(13);
  });

  test("account for every request, token and moment in flight", async () => {
    const { traffic, intervalMs } = await seriesOf(steadyLines());
    const seconds = intervalMs / 1000;
    expect(sum(traffic.achievedRate) * seconds).toBeCloseTo(30, 9);
    expect(sum(traffic.completedRate) * seconds).toBeCloseTo(30, 9);
    expect(sum(traffic.outputTokensPerSecond) * seconds).toBeCloseTo(120, 9);
    expect(sum(traffic.inFlight) * intervalMs).toBeCloseTo(30 * 81, 9);
    expect(traffic.targetRate.slice(0, 12)).toEqual(Array(12).fill(10));
    expect(traffic.targetRate[12]).toBeNull();
  });

  test("grow coarser for long runs, and lose nothing", async () => {
    const times = every(1000, 2000, 1000);
    const series = await seriesOf([header(), ...marks, ...served(times), footer(1_010_000)]);
    expect(series.at.length).toBeLessThanOrEqual(240);
    expect(series.intervalMs % 250).toBe(0);
    expect(sum(series.traffic.outputTokensPerSecond) * (series.intervalMs / 1000)).toBeCloseTo(
      4000,
      6,
    );
    const itl = series.bands.find(({ metric }) => metric === "itl");
    expect(itl?.p50[3]).toBeCloseTo(10, 0);
    expect(itl?.max[3]).toBe(10);
  });

  test("show failures, drops and lateness where they happened", async () => {
    const series = await seriesOf([
      header(),
      ...marks,
      ...served([2000, 2300]),
      request(2807, { scheduled: 2800 }),
      failedRequest(3010),
      dropped(3100),
      footer(4000),
    ]);
    const { traffic } = series;
    const at = (time: number): number => Math.floor((time - series.start) / series.intervalMs);
    expect(traffic.failures).toHaveLength(1);
    expect(traffic.failures[0]?.kind).toBe("overloaded");
    expect(traffic.failures[0]?.counts[at(3030)]).toBe(1);
    expect(sum(traffic.failures[0]?.counts ?? [])).toBe(1);
    expect(traffic.dropped[at(3100)]).toBe(1);
    expect(traffic.dispatchLagMax[at(2800)]).toBe(7);
    expect(traffic.dispatchLagMax[at(3500)]).toBeNull();
    expect(series.failed.map(({ record }) => record.sent)).toEqual([3010]);
  });

  test("have bands only of what was measured", async () => {
    const series = await seriesOf(steadyLines());
    expect(series.bands.map(({ metric }) => metric)).toEqual([
      "ttft_scheduled",
      "ttft",
      "e2e_scheduled",
      "e2e",
      "tpot",
      "itl",
    ]);
    expect(series.bands[0]?.p99[0]).toBe(50);
    expect((await seriesOf([header(), ...marks, failedRequest(2000)])).bands).toEqual([]);
  });

  test("keep the slowest requests first, and their timelines", async () => {
    const slow = every(10, 2000, 100).map((at, i) => request(at, { ended: at + i }));
    const { slowest } = await seriesOf([header(), ...marks, ...slow, footer(4000)]);
    expect(slowest).toHaveLength(50);
    expect(slowest[0]?.durationMs).toBe(99);
    expect(slowest[0]?.record.contentGapsUs).toHaveLength(4);
    const huge = request(2000, { contentGapsUs: Array<number>(2001).fill(1) });
    const kept = await seriesOf([header(), ...marks, huge, footer(4000)]);
    expect(kept.slowest[0]?.record).not.toHaveProperty("contentGapsUs");
  });

  test("have a scatter that is bounded and keeps the slowest of every interval", async () => {
    const times = every(0.2, 2000, 10_000);
    const lines = times.map((at, i) => request(at, { ended: at + (i === 7777 ? 5000 : 81) }));
    const { points } = await seriesOf([header(), ...marks, ...lines, footer(9000)]);
    expect(points.sent.length).toBeLessThanOrEqual(4000);
    expect(points.sent).toContain(times[7777]);
    expect(points.ttft).toHaveLength(points.sent.length);
  });

  test("have curves that rise, and histograms that hold every value", async () => {
    const lines = every(10, 2000, 200).map((at, i) =>
      request(at, { firstContent: at + 10 + ((i * 37) % 200) }),
    );
    const series = await seriesOf([header(), ...marks, ...lines, footer(4100)]);
    const curve = series.curves.find(({ metric }) => metric === "ttft");
    expect(curve?.p.at(-1)).toBe(100);
    expect(curve?.values.at(-1)).toBe(209);
    for (const [i, value] of (curve?.values ?? []).entries())
      expect(value).toBeGreaterThanOrEqual(curve?.values[i - 1] ?? 0);
    for (const { metric, edges, counts } of series.histograms) {
      expect(edges.length, metric).toBe(counts.length + 1);
      expect(sum(counts), metric).toBe(metric === "itl" ? 600 : 200);
    }
  });

  test("have telemetry at all times, thinned where it is dense", async () => {
    const readings = every(1, 500, 3000).map((at) =>
      sample(at, "host_cpu_pct", at === 1234 ? 99 : 5),
    );
    const { telemetry } = await seriesOf([header(), ...marks, ...readings, footer(4000)]);
    expect(telemetry[0]?.at.length).toBeLessThanOrEqual(600);
    expect(telemetry[0]?.values).toContain(99);
  });
});

test("downsampling keeps the extremes of a curve, in order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 2, max: 50 }),
      (values, most) => {
        const kept = downsample(Float64Array.from(values), most);
        expect(kept.length).toBeLessThanOrEqual(Math.max(most, 1));
        expect([...kept].sort((a, b) => a - b)).toEqual(kept);
        const shown = kept.map((i) => values[i]);
        expect(Math.max(...(shown as number[]))).toBe(Math.max(...values));
        expect(Math.min(...(shown as number[]))).toBe(Math.min(...values));
      },
    ),
  );
});

test("a small histogram is within a hundredth of a sort", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.002, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(50, 95, 99, 100),
      (values, p) => {
        const histogram = new LogHistogram();
        for (const value of values) histogram.add(value, 1);
        const sorted = [...values].sort((a, b) => a - b);
        const truth = sorted[Math.max(1, Math.ceil((p / 100) * sorted.length)) - 1]!;
        expect(Math.abs(histogram.percentile(p)! / truth - 1)).toBeLessThan(0.01);
      },
    ),
  );
});
