import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mannWhitney } from "../../bench/detector/mann-whitney.ts";

describe("F12: Mann-Whitney", () => {
  const [males, females] = [
    [19, 22, 16, 29, 24],
    [20, 11, 17, 12],
  ];

  it("Mann-Whitney, exact: the published vectors", () => {
    const { u, p } = mannWhitney(males, females);
    expect(u).toBe(17);
    expect(p).toBeCloseTo(0.111111, 6);
    expect(mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]).p).toBeCloseTo(0.00793651, 8);
    expect(mannWhitney([1, 2, 3, 4], [5, 6, 7, 8]).p).toBeLessThan(0.05);
    expect(mannWhitney([1, 2, 3], [4, 5, 6]).p).toBeGreaterThan(0.05);
  });

  it("ties count half; all the same proves nothing", () => {
    expect(mannWhitney([1, 1, 1], [1, 1, 1])).toEqual({ u: 4.5, p: 1 });
    // Of the 20 ways to deal {1,2,2,2,3,3}: those at least as far from the middle as {1,2,2}.
    expect(mannWhitney([1, 2, 2], [2, 3, 3]).p).toBeCloseTo(6 / 20, 12);
    expect(
      mannWhitney(new Array(40).fill(1) as number[], new Array(40).fill(1) as number[]).p,
    ).toBe(1);
  });

  it("the approximation takes over where the exact test ends", () => {
    const spread = (n: number, shift: number) =>
      Array.from({ length: n }, (_, i) => i * 1.01 + shift);
    const exact = mannWhitney(spread(25, 0), spread(25, 5.5)).p;
    const approximate = mannWhitney(spread(26, 0), spread(25, 5.5)).p;
    expect(Math.abs(exact - approximate)).toBeLessThan(0.06);
  });

  it("do not depend on the scale, and both orders agree (property)", () => {
    const values = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const p = mannWhitney(a, b).p;
        expect(mannWhitney(b, a).p).toBeCloseTo(p, 10);
        expect(mannWhitney(a.map(Math.exp), b.map(Math.exp)).p).toBeCloseTo(p, 10);
      }),
    );
  });
});
