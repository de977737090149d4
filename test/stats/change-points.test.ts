import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../src/core/random.ts";
import { changePoints } from "../../src/stats/change-points.ts";
import { bestSplit, distancesOf } from "../../src/stats/energy.ts";

/** Night means with a step up of `by` at each of `steps`; AR(1) noise of 2 %. */
function series(n: number, steps: readonly number[], by: number, phi = 0): number[] {
  const random = randomStream("series", n, steps.length, phi);
  let noise = 0;
  return Array.from({ length: n }, (_, i) => {
    noise = phi * noise + Math.sqrt(1 - phi * phi) * 0.02 * random.normal();
    return by * steps.filter((at) => i >= at).length + noise;
  });
}

describe("F13: the energy between two parts", () => {
  const values = [
    1.02, 0.95, 0.99, 1, 1.12, 1, 1.01, 0.98, 1.01, 0.96, 0.5, 0.51, 0.48, 0.48, 0.55, 0.5, 0.49,
    0.51, 0.5, 0.49,
  ];

  it("is largest where the series splits, by the published vector", () => {
    const found = bestSplit(
      distancesOf(values),
      values.map((_, i) => i),
      2,
    )!;
    expect(found.index).toBe(10);
    expect(found.q).toBeCloseTo(4.682222, 6);
    expect(changePoints(values)).toMatchObject([{ index: 10 }]);
  });

  it("agrees with the formula, term by term (property)", () => {
    const some = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), {
      minLength: 4,
      maxLength: 9,
    });
    fc.assert(
      fc.property(some, (xs) => {
        const found = bestSplit(
          distancesOf(xs),
          xs.map((_, i) => i),
          2,
        )!;
        const all = xs.slice(2, -1).map((_, i) => naiveQ(xs, i + 2));
        expect(found.q).toBeCloseTo(Math.max(...all), 8);
        expect(naiveQ(xs, found.index)).toBeCloseTo(found.q, 8);
      }),
    );
  });
});

function naiveQ(values: readonly number[], t: number): number {
  const [x, y] = [values.slice(0, t), values.slice(t)];
  const [n, m] = [x.length, y.length];
  const pairs = (a: readonly number[], b: readonly number[]) =>
    a.flatMap((p) => b.map((q) => Math.abs(p - q))).reduce((sum, d) => sum + d, 0);
  return (
    (2 / (m + n)) * pairs(x, y) -
    ((2 * m) / ((m + n) * (n - 1))) * (pairs(x, x) / 2) -
    ((2 * n) / ((m + n) * (m - 1))) * (pairs(y, y) / 2)
  );
}

describe("change points", () => {
  it("are found where the level changes, and nowhere else", () => {
    const found = changePoints(series(180, [60, 130], 0.1));
    expect(found).toHaveLength(2);
    // The night before a step may by chance look like those after it.
    expect(Math.abs(found[0]!.index - 60)).toBeLessThanOrEqual(1);
    expect(Math.abs(found[1]!.index - 130)).toBeLessThanOrEqual(1);
    expect(found[0]!.after - found[0]!.before).toBeCloseTo(0.1, 1);
    expect(found.every(({ p }) => p <= 0.001 && p > 0)).toBe(true);
  });

  it("do not depend on who asks, nor on the unit", () => {
    const values = series(100, [40], 0.1);
    expect(changePoints(values)).toEqual(changePoints(values));
    const other = changePoints(values.map((x) => 7 * x + 3));
    expect(other.map(({ index }) => index)).toEqual(changePoints(values).map(({ index }) => index));
  });

  it("need five nights on each side", () => {
    expect(changePoints(series(62, [60], 0.5))).toEqual([]);
    expect(changePoints(series(65, [60], 0.5))).toMatchObject([{ index: 60 }]);
    expect(changePoints(series(65, [62], 0.5)).every(({ index }) => index <= 60)).toBe(true);
  });

  it("are no matter of small but certain changes, where a magnitude is asked for", () => {
    const values = series(200, [100], 0.03);
    expect(changePoints(values).some(({ index }) => Math.abs(index - 100) <= 2)).toBe(true);
    expect(changePoints(values, { magnitude: Math.log(1.05) })).toEqual([]);
  });

  it("are rare in noise, also where neighbouring nights are alike", () => {
    const alarms = (phi: number) =>
      Array.from({ length: 40 }, (_, i) => {
        const random = randomStream("noise", i, phi);
        let last = 0;
        const noise = Array.from({ length: 100 }, () => {
          last = phi * last + Math.sqrt(1 - phi * phi) * random.normal();
          return last;
        });
        return changePoints(noise).length > 0 ? 1 : 0;
      }).reduce<number>((sum, one) => sum + one, 0);
    expect(alarms(0)).toBeLessThanOrEqual(1);
    expect(alarms(0.3)).toBeLessThanOrEqual(3);
  });

  it("are all found in a thousand nights", () => {
    const found = changePoints(series(1000, [100, 300, 500, 700, 900], 0.1));
    expect(found).toHaveLength(5);
  });

  it("a series without spread, or too short, has none", () => {
    expect(changePoints(new Array<number>(60).fill(1))).toEqual([]);
    expect(changePoints([1, 2, 3])).toEqual([]);
    expect(changePoints([])).toEqual([]);
  });
});
