import betainc from "@stdlib/math-base-special-betainc";
import gammainc from "@stdlib/math-base-special-gammainc";
import gammaln from "@stdlib/math-base-special-gammaln";
import cdf from "@stdlib/stats-base-dists-t-cdf";
import quantile from "@stdlib/stats-base-dists-t-quantile";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { betaQuantile, incompleteBeta } from "../../src/stats/beta.ts";
import { gammaP, gammaQ, logGamma } from "../../src/stats/gamma.ts";
import { noncentralTCdf } from "../../src/stats/noncentral-t.ts";
import { normalCdf, normalQuantile } from "../../src/stats/normal.ts";
import { tCdf, tDensity, tQuantile, tUpper } from "../../src/stats/student-t.ts";

const SHAPES = [0.1, 0.5, 1, 3, 17.5, 100, 4000, 1e6];
const DF = [0.7, 1, 2, 3.3, 5, 9, 30, 200, 5000, 1e6];

/** Relative to the reference, but never asking for more than 1e-12 absolute. */
function expectSame(mine: number, reference: number, what: string): void {
  const error = Math.abs(mine - reference) / Math.max(Math.abs(reference), 1e-3);
  expect(error, `${what}: ${mine}, not ${reference}`).toBeLessThan(1e-9);
}

describe("distributions agree with @stdlib to 1e-9", () => {
  it("log-gamma", () => {
    for (const x of SHAPES) expectSame(logGamma(x), gammaln(x), `logGamma(${x})`);
  });

  it("incomplete gamma, both tails", () => {
    // @stdlib 0.3.1 is wrong by 1 % for a of about 200 and more with x near a; see the next test.
    for (const a of SHAPES.filter((shape) => shape <= 100)) {
      for (const factor of [0.01, 0.5, 0.9, 1, 1.1, 2, 10]) {
        const x = a * factor;
        expectSame(gammaP(a, x), gammainc(x, a), `gammaP(${a}, ${x})`);
        expectSame(gammaQ(a, x), gammainc(x, a, true, true), `gammaQ(${a}, ${x})`);
      }
    }
  });

  it("incomplete gamma of a large shape has its median just below the shape", () => {
    // DLMF 8.11.12: Q(a, a) = 1/2 + 1/(3 sqrt(2 pi a)) + O(a^-3/2) for the other tail.
    for (const a of [4000, 1e6]) {
      const expected = 0.5 + 1 / (3 * Math.sqrt(2 * Math.PI * a));
      expect(Math.abs(gammaP(a, a) - expected)).toBeLessThan(a ** -1.5);
      expect(gammaP(a, a) + gammaQ(a, a)).toBeCloseTo(1, 14);
    }
  });

  it("incomplete beta", () => {
    for (const a of SHAPES) {
      for (const b of SHAPES) {
        for (const factor of [0.01, 0.3, 0.8, 1, 1.2, 2]) {
          const x = Math.min(0.999, (factor * a) / (a + b));
          expectSame(incompleteBeta(x, a, b), betainc(x, a, b), `I_${x}(${a}, ${b})`);
        }
      }
    }
  });

  it("t: distribution and quantiles", () => {
    for (const df of DF) {
      for (const t of [-50, -8, -3, -1, -0.1, 0, 0.5, 2, 7]) {
        expectSame(tCdf(t, df), cdf(t, df), `tCdf(${t}, ${df})`);
      }
      for (const p of [1e-8, 1e-4, 0.0232, 0.05, 0.2, 0.3, 0.4999, 0.5, 0.7, 0.95, 0.999]) {
        expectSame(tQuantile(p, df), quantile(p, df), `tQuantile(${p}, ${df})`);
      }
    }
  });
});

describe("distributions agree with themselves", () => {
  it("quantiles undo the distribution, for t, normal and beta", () => {
    const p = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true });
    const df = fc.double({ min: 0.5, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(p, df, (at, shape) => {
        expect(Math.abs(tCdf(tQuantile(at, shape), shape) - at)).toBeLessThan(1e-10);
        expect(Math.abs(normalCdf(normalQuantile(at)) - at)).toBeLessThan(1e-13);
        const x = betaQuantile(at, shape, 2);
        expect(Math.abs(incompleteBeta(x, shape, 2) - at)).toBeLessThan(1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it("both tails of t sum to one, and its density is the slope of its distribution", () => {
    for (const df of DF) {
      for (const t of [-2, 0.3, 4]) {
        expect(tCdf(t, df) + tUpper(t, df)).toBeCloseTo(1, 14);
        const slope = (tCdf(t + 1e-4, df) - tCdf(t - 1e-4, df)) / 2e-4;
        expect(Math.abs(slope / tDensity(t, df) - 1)).toBeLessThan(1e-6);
      }
    }
    expect(tDensity(0, 1) * Math.PI).toBeCloseTo(1, 12);
  });

  it("the normal distribution has its textbook values, far out too", () => {
    expect(normalCdf(1.645)).toBeCloseTo(0.9500150944608786, 14);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 13);
    expect(normalCdf(-10) / 7.619853024160527e-24).toBeCloseTo(1, 12);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  });
});

describe("the noncentral t distribution", () => {
  it("is Student's t without noncentrality", () => {
    for (const t of [-3, 0, 0.5, 2]) {
      expect(noncentralTCdf(t, 7.5, 0)).toBeCloseTo(tCdf(t, 7.5), 12);
    }
  });

  it("agrees with the integral over the chi distribution", () => {
    for (const [t, df, delta] of [
      [2, 5, 1],
      [1.8, 9, 2.7],
      [-1, 4, 0.5],
      [3, 38, 2.5],
      [20, 12, 18],
      [-2, 8, -3],
    ] as const) {
      expect(noncentralTCdf(t, df, delta)).toBeCloseTo(byIntegration(t, df, delta), 8);
    }
  });

  it("goes over to the normal approximation without a jump", () => {
    const [below, above] = [noncentralTCdf(37, 200, 36.999), noncentralTCdf(37, 200, 37.001)];
    expect(Math.abs(below - above)).toBeLessThan(0.002);
  });
});

/** P(T <= t) = E[Phi(t S - delta)] with S = sqrt(chi2(df)/df); midpoint rule over S. */
function byIntegration(t: number, df: number, delta: number): number {
  const steps = 40_000;
  const top = 5;
  const logScale = Math.log(2) + (df / 2) * Math.log(df / 2) - logGamma(df / 2);
  let sum = 0;
  for (let i = 0; i < steps; i += 1) {
    const s = ((i + 0.5) * top) / steps;
    const density = Math.exp(logScale + (df - 1) * Math.log(s) - (df * s * s) / 2);
    sum += normalCdf(t * s - delta) * density * (top / steps);
  }
  return sum;
}
