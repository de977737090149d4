import { describe, expect, it } from "vitest";
import { randomStream } from "../../src/core/random.ts";
import { effectiveCount, lagOne } from "../../src/stats/autocorrelation.ts";
import { blockLength, bootstrap, stationaryIndices } from "../../src/stats/bootstrap.ts";
import { mean } from "../../src/stats/moments.ts";
import { percentile } from "../../src/stats/percentile.ts";

function ar1(phi: number, n: number, seed: string): number[] {
  const random = randomStream(seed);
  const values: number[] = [];
  for (let last = 0; values.length < n;) {
    last = phi * last + Math.sqrt(1 - phi * phi) * random.normal();
    values.push(last);
  }
  return values;
}

const sd = (values: ArrayLike<number>): number => {
  const all = Array.from(values);
  return Math.sqrt(mean(all.map((x) => (x - mean(all)) ** 2)));
};

describe("F6: the stationary bootstrap", () => {
  it("draws blocks of the mean length asked for, round the end", () => {
    const indices = stationaryIndices(20_000, 8, randomStream("blocks"));
    let breaks = 1;
    indices.forEach((at, i) => {
      if (i > 0 && at !== (indices[i - 1]! + 1) % 20_000) breaks += 1;
    });
    expect(20_000 / breaks).toBeGreaterThan(7.5);
    expect(20_000 / breaks).toBeLessThan(8.5);
  });

  it("recovers the standard error of a mean of values that are alike, where the plain one fails", () => {
    const values = ar1(0.8, 4000, "mean");
    const truth = 1 / Math.sqrt(effectiveCount(4000, 0.8));
    const error = (length: number) =>
      sd(bootstrap(values, mean, { length, times: 300, random: randomStream("b", length) }));
    expect(error(1) / truth).toBeLessThan(0.45);
    expect(error(blockLength(values)) / truth).toBeGreaterThan(0.8);
    expect(error(blockLength(values)) / truth).toBeLessThan(1.2);
  });

  it("windows resampled give the standard error of a quantile that requests do not", () => {
    // 60 windows of 83 requests, alike in a row: phi = 0.8. The truth is the spread over many runs.
    const run = (seed: number) => ar1(0.8, 4980, `run ${seed}`);
    const p95 = (values: readonly number[]) =>
      percentile(Float64Array.from(values).sort(), 95) ?? NaN;
    const truth = sd(Array.from({ length: 200 }, (_, i) => p95(run(i))));
    const windows = Array.from({ length: 60 }, (_, i) => run(999).slice(83 * i, 83 * (i + 1)));
    const random = randomStream("windows");
    const byWindow = sd(bootstrap(windows, (some) => p95(some.flat()), { times: 150, random }));
    const byRequest = sd(bootstrap(run(999), p95, { times: 100, random }));
    expect(byWindow / truth).toBeGreaterThan(0.75);
    expect(byWindow / truth).toBeLessThan(1.25);
    expect(byRequest / truth).toBeLessThan(0.6);
  });

  it("chooses short blocks for independent values and long ones for values that are alike", () => {
    expect(blockLength(ar1(0, 2000, "iid"))).toBeLessThan(4);
    // (2 g²/D)^(1/3) n^(1/3) of an AR(1): g = 2φ/((1−φ)²(1+φ))·..., about (2φ/(1−φ²))^(2/3) n^(1/3).
    for (const phi of [0.5, 0.8]) {
      const expected = ((2 * phi) / (1 - phi * phi)) ** (2 / 3) * 8000 ** (1 / 3);
      const found = blockLength(ar1(phi, 8000, "alike"));
      expect(found / expected).toBeGreaterThan(0.7);
      expect(found / expected).toBeLessThan(1.4);
    }
    expect(blockLength([1, 1, 1, 1, 1, 1, 1, 1, 1, 1])).toBe(1);
    expect(blockLength([1, 2, 3])).toBe(1);
  });

  it("counts effective values of an AR(1) by its autocorrelation", () => {
    expect(effectiveCount(300, 0.5)).toBeCloseTo(100, 12);
    expect(lagOne(ar1(0.6, 20_000, "phi"))).toBeCloseTo(0.6, 1);
    expect(lagOne([1, 1, 1, 1])).toBe(0);
  });
});
