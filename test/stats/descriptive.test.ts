import fc from "fast-check";
import { cumulativeStdNormalProbability, probit } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { slopeOfLine } from "../../src/stats/line.ts";
import { mean, median, squaresAround, variance } from "../../src/stats/moments.ts";
import { normalCdf, normalQuantile } from "../../src/stats/normal.ts";

describe("mean, median and variance", () => {
  it("are those of NIST's NumAcc4, ten million beside deviations of a tenth", () => {
    const values = [10_000_000.2];
    for (let i = 0; i < 500; i += 1) values.push(10_000_000.1, 10_000_000.3);
    expect(mean(values)).toBeCloseTo(10_000_000.2, 8);
    expect(Math.sqrt(variance(values))).toBeCloseTo(0.1, 8);
  });

  it("are NaN without enough values, where the library throws", () => {
    expect([mean([]), median([]), variance([]), variance([1])]).toEqual([NaN, NaN, NaN, NaN]);
    expect(squaresAround([])).toBe(0);
  });

  it("leave the values as they were", () => {
    const values = Object.freeze([3, 1, 2]);
    expect(median(values)).toBe(2);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe("the slope of a line", () => {
  it("does not depend on where x counts from, be it the seconds since 1970", () => {
    const run = fc.record({
      origin: fc.integer({ min: 0, max: 2_000_000_000 }),
      slope: fc.integer({ min: -1000, max: 1000 }),
      count: fc.integer({ min: 2, max: 200 }),
    });
    fc.assert(
      fc.property(run, ({ origin, slope, count }) => {
        const points = Array.from(
          { length: count },
          (_, i) => [origin + i / 8, slope * i] as const,
        );
        expect(slopeOfLine(points)).toBeCloseTo(8 * slope, 6);
      }),
    );
  });
});

describe("the normal distribution", () => {
  it("is our own: far out, the library's has no figure left", () => {
    const sixDeviations = 9.865876450376946e-10; // R: pnorm(-6), to its last digit
    expect(normalCdf(-6) / sixDeviations).toBeCloseTo(1, 10);
    expect(cumulativeStdNormalProbability(-6) / sixDeviations).not.toBeCloseTo(1, 1);
    expect(normalQuantile(1e-6)).toBeCloseTo(-4.753424308822899, 10);
    expect(probit(1e-6)).not.toBeCloseTo(-4.753424308822899, 2);
  });
});
