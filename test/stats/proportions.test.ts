import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clopperPearson, newcombe, newcombeP, wilson } from "../../src/stats/proportions.ts";

const share = (passes: number, count: number) => ({ passes, count });

describe("intervals of shares", () => {
  it("F11: Newcombe, 9 against 3 of 1000", () => {
    const { low, high } = newcombe(share(3, 1000), share(9, 1000));
    expect([low.toFixed(6), high.toFixed(6)]).toEqual(["-0.001181", "0.014257"]);
  });

  it("F11: Clopper-Pearson, none of 1000", () => {
    const { low, high } = clopperPearson(share(0, 1000));
    expect([low, high.toFixed(6)]).toEqual([0, "0.003682"]);
    expect(clopperPearson(share(1000, 1000)).high).toBe(1);
  });

  it("Newcombe's paper: 56 of 70 against 48 of 80 is +0.0524 to +0.3339", () => {
    const { low, high } = newcombe(share(48, 80), share(56, 70));
    expect([low.toFixed(4), high.toFixed(4)]).toEqual(["0.0524", "0.3339"]);
  });

  it("none in 59, 299 and 2,995 is the fewest that shows at most 5, 1 and 0.1 %", () => {
    for (const [count, most] of [
      [59, 0.05],
      [299, 0.01],
      [2995, 0.001],
    ] as const) {
      expect(clopperPearson(share(0, count), 0.05).high).toBeLessThanOrEqual(most);
      expect(clopperPearson(share(0, count - 1), 0.05).high).toBeGreaterThan(most);
      expect(wilson(share(0, count), 0.05).high).toBeLessThan(most);
    }
  });

  it("the p-value crosses its level where the bound crosses the limit", () => {
    const [base, fresh] = [share(3, 1000), share(17, 900)];
    const { low } = newcombe(base, fresh, 0.0123);
    expect(newcombeP(base, fresh, low)).toBeCloseTo(0.0123, 8);
    const { high } = newcombe(base, fresh, 0.0123);
    expect(newcombeP(base, fresh, high)).toBeCloseTo(1 - 0.0123, 8);
  });

  it("hold the share they are of, within 0 and 1 (property)", () => {
    const shares = fc
      .tuple(fc.nat(2000), fc.integer({ min: 1, max: 2000 }))
      .map(([passes, count]) => share(Math.min(passes, count), count));
    fc.assert(
      fc.property(shares, (one) => {
        for (const bounds of [wilson(one), clopperPearson(one)]) {
          expect(bounds.low).toBeGreaterThanOrEqual(0);
          expect(bounds.high).toBeLessThanOrEqual(1);
          expect(bounds.low).toBeLessThanOrEqual(one.passes / one.count + 1e-12);
          expect(bounds.high).toBeGreaterThanOrEqual(one.passes / one.count - 1e-12);
        }
      }),
    );
  });
});
