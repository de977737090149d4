import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../../src/core/random.ts";
import {
  settlingOf,
  truncation,
  trustAfter,
  warmupFor,
} from "../../../src/judge/capacity/settling.ts";

/** A server that answers each request after `took` ms, `perSecond` of them, for a minute. */
function stays(perSecond: number, took: (at: number) => number) {
  return Array.from({ length: 60 * perSecond }, (_, i) => {
    const start = (1000 * i) / perSecond;
    return { start, end: start + took(start) };
  });
}

const minute = { start: 0, end: 60_000 };

describe("what is cut off of a series", () => {
  it("is its beginning, where that is worse", () => {
    expect(truncation([9, 7, 6, 5, 5, 5, 5, 5, 5, 5])).toBe(0.3);
    expect(truncation([0, -3, -5, -5, -5, -5, -5, -5, -5, -5])).toBe(0.2);
    expect(truncation([0, 3, 5, 5, 5, 5, 5, 5, 5, 5])).toBe(0);
  });

  it("is nothing where its beginning is a wave among waves", () => {
    expect(truncation([5, 5, 8, 2, 5, 5, 6, 4, 5, 5])).toBe(0);
  });

  it("is nothing of one that is always the same", () => {
    expect(truncation(Array<number>(20).fill(3))).toBe(0);
    expect(truncation([])).toBe(0);
  });

  it("is never more than half, and says the same of twice as much", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (series) => {
        const cut = truncation(series);
        expect(cut).toBeGreaterThanOrEqual(0);
        expect(cut).toBeLessThanOrEqual(0.5);
        expect(truncation(series.map((value) => 2 * value))).toBeCloseTo(cut, 9);
      }),
    );
  });
});

describe("a level becomes steady", () => {
  it("at once where its server is never cold", () => {
    expect(
      settlingOf(
        stays(20, () => 100),
        minute,
        "rate",
      ),
    ).toBe(0);
  });

  it("when its server is warm", () => {
    const warming = stays(20, (at) => 200 + 600 * Math.exp(-at / 4000));
    const settled = settlingOf(warming, minute, "rate");
    expect(settled).toBeGreaterThanOrEqual(9000);
    expect(settled).toBeLessThanOrEqual(24_000);
  });

  it("when as many end as go on to, where users are a closed loop and none has ended at first", () => {
    // 20 users, each of whom asks again as soon as it was answered.
    const loop = Array.from({ length: 120 }, (_, i) => {
      const start = 10_000 * Math.floor(i / 20) + 500 * (i % 20);
      return { start, end: start + 10_000 };
    });
    expect(settlingOf(loop, minute, "concurrency")).toBe(12_000);
  });

  it("never, as far as a warm-up could help, where its queue grows", () => {
    expect(
      settlingOf(
        stays(20, (at) => at / 2),
        minute,
        "rate",
      ),
    ).toBe(0);
  });
});

describe("the next warm-up", () => {
  it("is a quarter longer than what half of the levels took, so that a wave makes nothing of it", () => {
    expect(warmupFor([])).toBe(0);
    expect(warmupFor([{ settled: 8000 }])).toBe(10_000);
    expect(warmupFor([0, 0, 0, 30_000].map((settled) => ({ settled })))).toBe(0);
  });

  it("says how much the levels say that were measured sooner", () => {
    expect(trustAfter(2000, 10_000)).toBe(0.2);
    expect(trustAfter(2000, 0)).toBe(1);
    expect(trustAfter(12_000, 10_000)).toBe(1);
  });

  it("is hardly ever long for a server that is steady from the start", () => {
    const levels = Array.from({ length: 200 }, (_, seed) => {
      const random = randomStream("settling", seed);
      const own = stays(20, () => 100 * random.exponential());
      return { settled: settlingOf(own, minute, "rate") };
    });
    expect(warmupFor(levels)).toBeLessThan(3000);
  });
});
