import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Column } from "../../src/stats/column.ts";
import { Distribution } from "../../src/stats/distribution.ts";
import { countUpTo, percentile, sustainedLevel } from "../../src/stats/percentile.ts";

const finite = fc.double({ noNaN: true, min: -1e6, max: 1e6 });
const times = fc.double({ noNaN: true, min: 0, max: 1e6 });

function distributionOf(values: readonly number[], limit?: number): Distribution {
  const distribution = new Distribution(limit);
  for (const value of values) distribution.add(value);
  return distribution;
}

/** As a textbook has it, with no thought for speed. */
function naive(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (p / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(rank)]!;
  const high = sorted[Math.ceil(rank)]!;
  return low + (high - low) * (rank % 1);
}

describe("a percentile", () => {
  test("interpolates between ranks as k6 does", () => {
    // k6 metrics/sink_test.go: 1..10 gives p(90) 9.1 and p(95) 9.55.
    const sorted = Float64Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(percentile(sorted, 90)).toBeCloseTo(9.1, 12);
    expect(percentile(sorted, 95)).toBeCloseTo(9.55, 12);
    expect(percentile(sorted, 50)).toBe(5.5);
    expect(percentile(sorted, 0)).toBe(1);
    expect(percentile(sorted, 100)).toBe(10);
  });

  test("of nothing is absent", () => {
    expect(percentile(new Float64Array(), 50)).toBeUndefined();
    expect(new Distribution().percentile(50)).toBeUndefined();
  });

  test("agrees with a naive sort", () => {
    fc.assert(
      fc.property(
        fc.array(finite, { minLength: 1, maxLength: 300 }),
        fc.double({ noNaN: true, min: 0, max: 100 }),
        (values, p) => {
          expect(distributionOf(values).percentile(p)).toBeCloseTo(naive(values, p), 6);
        },
      ),
    );
  });
});

describe("a distribution", () => {
  test("has the moments of its values", () => {
    const distribution = distributionOf([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(distribution.mean).toBe(5);
    expect(distribution.sd).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(distribution.min).toBe(2);
    expect(distribution.max).toBe(9);
    expect(distribution.sum).toBe(40);
  });

  test("without values says nothing", () => {
    const { mean, sd, min, max, count } = new Distribution();
    expect({ mean, sd, min, max, count }).toEqual({ count: 0 });
  });

  test("of one value has no standard deviation", () => {
    expect(distributionOf([3]).sd).toBeUndefined();
  });

  test("merged is as if all values had been added to one, exact or not", () => {
    fc.assert(
      fc.property(
        fc.array(times, { maxLength: 60 }),
        fc.array(times, { maxLength: 60 }),
        fc.constantFrom(10, 50, 1000),
        (left, right, limit) => {
          const merged = distributionOf(left, limit);
          merged.merge(distributionOf(right, limit));
          const whole = distributionOf([...left, ...right], limit);
          expect(merged.count).toBe(whole.count);
          expect(merged.method).toBe(whole.method);
          expect(merged.min).toBe(whole.min);
          expect(merged.max).toBe(whole.max);
          expect(merged.mean ?? 0).toBeCloseTo(whole.mean ?? 0, 6);
          for (const p of [0, 50, 95, 100])
            expect(merged.percentile(p) ?? 0).toBeCloseTo(whole.percentile(p) ?? 0, 6);
        },
      ),
    );
  });

  test("adds a value several times as if one by one", () => {
    const once = distributionOf([0, 0, 0, 7]);
    const several = new Distribution();
    several.add(0, 3);
    several.add(7);
    several.add(9, 0);
    expect(several.count).toBe(4);
    expect(several.sd).toBeCloseTo(once.sd!, 12);
    expect(several.percentile(80)).toBe(once.percentile(80));
  });

  test("above its limit becomes a histogram with three significant digits", () => {
    fc.assert(
      fc.property(
        fc.array(times, { minLength: 101, maxLength: 400 }),
        fc.constantFrom(50, 90, 99),
        (values, p) => {
          const coarse = distributionOf(values, 100);
          expect(coarse.method).toBe("hdr");
          // A histogram gives a nearest rank: the truth lies between that rank's neighbours.
          const sorted = [...values].sort((a, b) => a - b);
          const rank = Math.ceil((p / 100) * sorted.length) - 1;
          const low = sorted[Math.max(0, rank - 1)]!;
          const high = sorted[Math.min(sorted.length - 1, rank + 1)]!;
          const got = coarse.percentile(p)!;
          expect(got).toBeGreaterThanOrEqual(low * 0.999 - 0.001);
          expect(got).toBeLessThanOrEqual(high * 1.001 + 0.001);
        },
      ),
    );
  });

  test("keeps exact extremes and counts in a histogram, negative values included", () => {
    const coarse = distributionOf([-2, 1.23456789, 5, 123456.789], 2);
    expect(coarse.min).toBe(-2);
    expect(coarse.percentile(100)).toBe(123456.789);
    expect(coarse.countUpTo(1e9)).toBe(4);
    expect(coarse.countUpTo(-3)).toBe(0);
    expect(coarse.countUpTo(10)).toBe(3);
  });
});

describe("the sustained level", () => {
  test("ignores a single spike", () => {
    const windows = Float64Array.from([0.1, 0.1, 0.1, 0.2, 0.2, 1]);
    expect(sustainedLevel(windows, 0.1, 2)).toBe(0.2);
  });

  test("finds what a tenth of the windows reach", () => {
    const windows = Float64Array.from({ length: 100 }, (_, i) => (i < 90 ? 0.1 : 0.9));
    expect(sustainedLevel(windows, 0.1, 2)).toBe(0.9);
    expect(sustainedLevel(windows, 0.11, 2)).toBe(0.1);
  });

  test("is absent below the least number of values", () => {
    expect(sustainedLevel(Float64Array.from([1]), 0.1, 2)).toBeUndefined();
  });
});

describe("a column", () => {
  test("holds what was pushed and appended, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.array(finite)), (batches) => {
        const column = new Column();
        for (const [i, batch] of batches.entries()) {
          if (i % 2 === 0) for (const value of batch) column.push(value);
          else column.append(Float64Array.from(batch));
        }
        expect([...column.view()]).toEqual(batches.flat());
        expect(column.length).toBe(batches.flat().length);
      }),
    );
  });
});

test("counting up to a limit agrees with filtering", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer(), (values, limit) => {
      const sorted = Float64Array.from(values).sort();
      expect(countUpTo(sorted, limit)).toBe(values.filter((v) => v <= limit).length);
    }),
  );
});
