import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCoarse } from "../../src/stats/coarse.ts";
import { harrellDavis, shiftFunction } from "../../src/stats/harrell-davis.ts";
import {
  binomialCdf,
  countForUpperBound,
  mlperfQueries,
  quantileRanks,
} from "../../src/stats/order-statistics.ts";
import { logLikelihoodRatio, mixtureRatio } from "../../src/stats/sequential.ts";

const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 20];

describe("quantiles and their bounds, by the published vectors", () => {
  it("F5: Harrell-Davis", () => {
    const found = [0.5, 0.9, 0.95, 0.99].map((p) => harrellDavis(values, p)!);
    const expected = [5.5051241473, 15.509312473, 18.1891725558, 19.7439547142];
    found.forEach((q, i) => {
      expect(q).toBeCloseTo(expected[i]!, 8);
    });
    expect(harrellDavis([], 0.5)).toBeUndefined();
  });

  it("F7: ranks that hold a quantile with 95 %", () => {
    expect(quantileRanks(100, 0.5)).toEqual({ low: 40, high: 61 });
    expect(quantileRanks(1000, 0.95)).toEqual({ low: 936, high: 964 });
    expect(quantileRanks(1000, 0.99)).toEqual({ low: 983, high: 997 });
    expect(quantileRanks(10, 0.99)).not.toHaveProperty("high");
  });

  it("F7: values it takes for an upper bound", () => {
    expect([0.9, 0.95, 0.99, 0.999].map((p) => countForUpperBound(p))).toEqual([29, 59, 299, 2995]);
  });

  it("F8: MLPerf's early stopping", () => {
    const p99 = [0, 1, 2, 5, 10, 50, 100].map((over) => mlperfQueries(over, 0.99));
    expect(p99).toEqual([459, 662, 838, 1307, 2010, 6898, 12571]);
    const p90 = [0, 1, 2, 5, 10, 50, 100].map((over) => mlperfQueries(over, 0.9));
    expect(p90).toEqual([44, 64, 81, 127, 197, 681, 1246]);
  });

  it("F14: sequential ratios", () => {
    const pairs = { n: 6, mean: 0.05, variance: 0.0018 };
    expect(mixtureRatio(pairs, 0.05)).toBeCloseTo(13.51016, 5);
    expect(logLikelihoodRatio(pairs, 0.05)).toBeCloseTo((6 * 0.05 * 0.05) / 0.0036, 12);
  });
});

describe("quantiles (property)", () => {
  const sorted = fc
    .array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 30 })
    .map((some) => some.sort((a, b) => a - b));

  it("Harrell-Davis lies within the values and moves with them", () => {
    fc.assert(
      fc.property(sorted, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (some, p) => {
        const q = harrellDavis(some, p)!;
        expect(q).toBeGreaterThanOrEqual(some[0]! - 1e-9);
        expect(q).toBeLessThanOrEqual(some.at(-1)! + 1e-9);
        const moved = shiftFunction(
          some,
          some.map((x) => x + 3),
          [p],
        );
        expect(moved[0]!.shift).toBeCloseTo(3, 8);
      }),
    );
  });

  it("the binomial distribution is the sum of its terms", () => {
    const term = (k: number): number => {
      let ways = 1;
      for (let i = 1; i <= k; i += 1) ways *= (12 - k + i) / i;
      return ways * 0.3 ** k * 0.7 ** (12 - k);
    };
    let sum = 0;
    for (let k = 0; k <= 12; k += 1) {
      sum += term(k);
      expect(binomialCdf(k, 12, 0.3)).toBeCloseTo(sum, 12);
    }
    expect(binomialCdf(-1, 12, 0.3)).toBe(0);
  });

  it("HDR histograms merged are the histogram of all values", () => {
    const some = fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(some, some, (a, b) => {
        const [one, other, both] = [createCoarse(), createCoarse(), createCoarse()];
        for (const value of a) one.add(value);
        for (const value of b) other.add(value);
        for (const value of [...a, ...b]) both.add(value);
        one.merge(other);
        for (const p of [1, 50, 95, 99.9]) expect(one.percentile(p)).toBe(both.percentile(p));
      }),
    );
  });
});
