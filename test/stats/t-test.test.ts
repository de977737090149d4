import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { benjaminiHochberg, holm } from "../../src/stats/adjust-p.ts";
import { mean, variance } from "../../src/stats/moments.ts";
import {
  detectable,
  newRuns,
  pairsNeeded,
  pairsToFind,
  powerOfT,
  runsNeededPerSide,
  runsPerSide,
} from "../../src/stats/power.ts";
import { normalCdf } from "../../src/stats/normal.ts";
import { tQuantile } from "../../src/stats/student-t.ts";
import { boundsOf, pAbove, pBelow, pairedT, pooledT, welch } from "../../src/stats/t-test.ts";
import { innerRepeats, varianceComponents } from "../../src/stats/variance-components.ts";

const logs = (values: readonly number[]): number[] => values.map(Math.log);
const base = logs([100, 102, 98, 101, 99, 103, 97, 100, 101, 99]);

describe("t tests, by their published vectors", () => {
  it("F1: Welch on logs", () => {
    const test = welch(logs([100, 102, 98, 101, 99]), logs([108, 111, 107, 110, 109]))!;
    expect(test.difference).toBeCloseTo(0.0861935, 7);
    expect(test.se).toBeCloseTo(0.00959721, 8);
    expect(test.df).toBeCloseTo(7.94129, 5);
    expect(test.difference / test.se).toBeCloseTo(8.98111, 5);
    const { low, high } = boundsOf(test, 0.05);
    expect(Math.exp(test.difference)).toBeCloseTo(1.09002, 5);
    expect([Math.exp(low), Math.exp(high)].map((x) => x.toFixed(5))).toEqual([
      "1.07072",
      "1.10966",
    ]);
    expect(pAbove(test, 0)).toBeCloseTo(9.864e-6, 9);
    expect(pAbove(test, Math.log(1.05))).toBeCloseTo(0.0023138, 7);
    expect(pBelow(test, Math.log(1.05))).toBeCloseTo(0.997686, 6);
  });

  it("F2: prediction of one new value", () => {
    expect(Math.sqrt(variance(base))).toBeCloseTo(0.01826226, 8);
    const test = pooledT(base, logs([106]))!;
    expect(test.difference / test.se).toBeCloseTo(3.050022, 6);
    expect(pAbove(test, 0)).toBeCloseTo(0.00689621, 8);
  });

  it("F2: the upper limit of Bencher's documentation", () => {
    const limit = 100 + tQuantile(0.977, 24) * 10 * Math.sqrt(1 + 1 / 25);
    expect(limit).toBeCloseTo(121.46, 2);
  });

  it("F3: moderated variance", () => {
    const test = pooledT(base, logs([106]), { variance: 0.03 ** 2, df: 8 })!;
    expect(test.se / Math.sqrt(1.1)).toBeCloseTo(0.0244968, 7);
    expect(test.df).toBe(17);
    expect(test.difference / test.se).toBeCloseTo(2.273778, 6);
    expect(pAbove(test, 0)).toBeCloseTo(0.0181158, 7);
  });

  it("F4: nested components, and how many windows a run wants", () => {
    const rows = [
      [100, 102, 101],
      [104, 105, 103],
      [98, 99, 100],
      [101, 103, 102],
    ];
    const components = varianceComponents(rows.map(logs))!;
    expect(Math.sqrt(components.run.variance)).toBeCloseTo(0.00985724, 8);
    expect(Math.sqrt(components.session.variance)).toBeCloseTo(0.0197099, 7);
    expect([components.run.df, components.session.df]).toEqual([8, 3]);
    expect(innerRepeats([5, 180], [0.15, 0.02])).toBe(45);
  });

  it("F10: Holm and Benjamini-Hochberg", () => {
    const round = (ps: readonly number[]) => ps.map((p) => Number(p.toFixed(10)));
    expect(round(holm([0.01, 0.04, 0.03, 0.005]))).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(round(benjaminiHochberg([0.01, 0.04, 0.03, 0.005]))).toEqual([0.02, 0.04, 0.04, 0.02]);
    expect([holm([]), benjaminiHochberg([])]).toEqual([[], []]);
  });
});

describe("t tests, where data is short", () => {
  it("give no answer where there is no variance to take", () => {
    expect(welch([1], [2, 3])).toBeUndefined();
    expect(pooledT([1], [2])).toBeUndefined();
    expect(pairedT([1])).toBeUndefined();
    expect(varianceComponents([[1], [2]])).toBeUndefined();
    expect(variance([1])).toBeNaN();
  });

  it("one against one rests on the prior alone", () => {
    const test = pooledT([0], [0.1], { variance: 0.0004, df: 12 })!;
    expect(test.df).toBe(12);
    expect(test.se).toBeCloseTo(0.02 * Math.SQRT2, 12);
  });

  it("values without spread prove any difference, and none", () => {
    const same = welch([1, 1, 1], [1, 1, 1])!;
    expect([pAbove(same, 0), boundsOf(same, 0.05)]).toEqual([1, { low: 0, high: 0 }]);
    const other = welch([1, 1, 1], [2, 2, 2])!;
    expect([pAbove(other, 0), pBelow(other, 0)]).toEqual([0, 1]);
  });

  it("a mean and variance that shift with the values (property)", () => {
    const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2 });
    fc.assert(
      fc.property(values, (xs) => {
        const moved = xs.map((x) => x + 50);
        expect(mean(moved)).toBeCloseTo(mean(xs) + 50, 6);
        expect(variance(moved)).toBeCloseTo(variance(xs), 3);
      }),
    );
  });
});

describe("adjusted p-values (property)", () => {
  it("are never below the raw ones, never above 1, and keep their order", () => {
    const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(ps, (raw) => {
        for (const adjusted of [holm(raw), benjaminiHochberg(raw)]) {
          adjusted.forEach((p, i) => {
            expect(p).toBeGreaterThanOrEqual(raw[i]! * (1 - 1e-12));
            expect(p).toBeLessThanOrEqual(1);
            raw.forEach((other, j) => {
              if (other <= raw[i]!) expect(adjusted[j]!).toBeLessThanOrEqual(p);
            });
          });
        }
      }),
    );
  });
});

describe("power, by the tables of repeats needed", () => {
  const cvs = [0.01, 0.02, 0.03, 0.05, 0.08, 0.1];

  it("equal runs on each side", () => {
    const needed = (effect: number) =>
      cvs.map((sd) => runsPerSide({ effect: Math.log(1 + effect), sd }));
    expect(needed(0.05)).toEqual([2, 4, 6, 14, 34, 53]);
    expect(needed(0.1)).toEqual([2, 2, 3, 5, 10, 15]);
  });

  it("new runs against 20 baselines, some of which never do", () => {
    const needed = (effect: number) =>
      cvs.map((sd) => newRuns({ effect: Math.log(1 + effect), sd }, 20));
    expect(needed(0.05)).toEqual([1, 2, 3, 11, 106, undefined]);
    expect(needed(0.1)).toEqual([1, 1, 1, 3, 7, 12]);
  });

  it("pairs at one look of .0232", () => {
    const needed = (effect: number) =>
      [0.02, 0.03, 0.04, 0.06, 0.08].map((sd) =>
        pairsToFind({ effect: Math.log(1 + effect), sd, alpha: 0.0232 }),
      );
    expect(needed(0.05)).toEqual([4, 6, 8, 15, 24]);
    expect(needed(0.1)).toEqual([3, 4, 4, 6, 8]);
  });

  it("the smallest change that one new value shows: 2.83 and 2.64 times the CV, exactly", () => {
    expect(detectable(9, 0.05) * Math.sqrt(1.1)).toBeCloseTo(2.8285, 4);
    expect(detectable(19, 0.05) * Math.sqrt(1.05)).toBeCloseTo(2.6438, 4);
    // The rule of thumb t(.95) + t(.8) says 2.85 and 2.65.
    const thumb = (tQuantile(0.95, 9) + tQuantile(0.8, 9)) * Math.sqrt(1.1);
    expect(thumb).toBeCloseTo(2.85, 2);
    expect(powerOfT(detectable(9, 0.05), 9, 0.05)).toBeCloseTo(0.8, 9);
  });

  it("F9: pairs needed, with the t quantiles of each look", () => {
    // Pocock's constant for three looks at one-sided 0.05 is 1.992; its level, .0232, is rounded.
    const q = [5, 8, 12].map((n) => tQuantile(normalCdf(1.992), n - 1));
    expect(q.map((x) => x.toFixed(4))).toEqual(["2.8505", "2.4159", "2.2440"]);
    const matters = Math.log(1.05);
    const standing = { difference: 0, margin: matters / 2, matters, alpha: 0.0232 };
    const n = pairsNeeded(standing, 0.04)!;
    const holds = (pairs: number) =>
      ((tQuantile(1 - 0.0232, pairs - 1) * 0.04) / Math.log(1.05)) ** 2 <= pairs;
    expect([holds(n), holds(n - 1)]).toEqual([true, false]);
    expect(pairsNeeded({ ...standing, matters: 1e-6 }, 0.04)).toBeUndefined();
    expect(runsNeededPerSide(standing, 0.04)).toBeGreaterThan(n / 2);
  });
});
