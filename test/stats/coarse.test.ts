import fc from "fast-check";
import { build } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import { createCoarse } from "../../src/stats/coarse.ts";

describe("the distribution of very many values", () => {
  it("puts every value where the library would", () => {
    const values = fc.oneof(
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 0, max: 2 ** 31 + 1000 }),
      fc.constantFrom(0, 1, 2047, 2048, 2049, 4095, 4096, 2 ** 31 - 1, 2 ** 31),
    );
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 200 }), (micros) => {
        const coarse = createCoarse();
        const plain = build({
          numberOfSignificantValueDigits: 3,
          lowestDiscernibleValue: 1,
          highestTrackableValue: 3_600_000_000,
          autoResize: true,
          bitBucketSize: 64,
        });
        for (const value of micros) {
          coarse.add(value / 1000);
          plain.recordValue(value);
        }
        for (const p of [0, 1, 50, 90, 99, 99.9, 100])
          expect(coarse.percentile(p)).toBe(plain.getValueAtPercentile(p) / 1000);
      }),
    );
  });

  it("keeps what was added before and after a question, and from another one", () => {
    const [one, other] = [createCoarse(), createCoarse()];
    one.add(10, 3);
    expect(one.percentile(50)).toBeCloseTo(10, 1);
    one.add(20, 5);
    other.add(40, 100);
    one.merge(other);
    expect(one.percentile(2)).toBeCloseTo(10, 1);
    expect(one.percentile(99)).toBeCloseTo(40, 1);
    expect(one.countUpTo(25)).toBe(8);
  });

  it("counts values below zero as zero", () => {
    const coarse = createCoarse();
    coarse.add(-1);
    expect(coarse.percentile(100)).toBe(0);
  });
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
