import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PlimsollError } from "../../../src/core/errors.ts";
import { ItemCollector } from "../../../src/judge/digest/items.ts";
import {
  packItems,
  packWindows,
  unpackItems,
  unpackWindows,
} from "../../../src/judge/digest/pack.ts";
import { WindowCollector } from "../../../src/judge/digest/windows.ts";
import { randomStream } from "../../../src/core/random.ts";

const value = fc.double({ min: 0.01, max: 1e5, noNaN: true });
const request = fc.record({ at: fc.double({ min: 0, max: 9e4, noNaN: true }), value });

function windowsOf(requests: readonly { at: number; value: number }[]) {
  const collector = new WindowCollector(0);
  for (const { at, value: ttft } of requests) {
    collector.count(at, "ended", 1);
    collector.value(at, "ttft", ttft);
  }
  return collector.finish([{ start: 0, end: 90_000 }]);
}

describe("windows", () => {
  it("come back from their text as they were", () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 60 }), (requests) => {
        const windows = windowsOf(requests);
        expect(unpackWindows(packWindows(windows))).toEqual(windows);
      }),
      { numRuns: 30 },
    );
  });

  it("lose no request, however long the run, and there are never more than 120", () => {
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 60 }), (requests) => {
        const { windows } = windowsOf(requests);
        expect(windows.length).toBeLessThanOrEqual(120);
        expect(windows.reduce((sum, { ended }) => sum + ended, 0)).toBe(requests.length);
        const counted = windows.flatMap(({ histograms }) => [...(histograms.ttft ?? [])]);
        expect(counted.reduce((sum, count) => sum + count, 0)).toBe(requests.length);
      }),
      { numRuns: 30 },
    );
  });

  it("that were cut off are refused, at every length", () => {
    const text = packWindows(windowsOf([{ at: 10, value: 5 }]));
    const bytes = Buffer.from(text, "base64");
    for (let length = 0; length < bytes.length; length += 1) {
      const cut = bytes.subarray(0, length).toString("base64");
      expect(() => unpackWindows(cut)).toThrow(PlimsollError);
    }
  });
});

describe("items", () => {
  it("come back within 0.05 %, the absent ones absent", () => {
    const optional = fc.option(value, { nil: undefined });
    const item = fc.record({
      scenario: fc.nat(2),
      iteration: fc.nat(5000),
      request: fc.nat(3),
      values: fc.tuple(optional, optional, optional),
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40 }), (given) => {
        const collector = new ItemCollector();
        for (const one of given) collector.add(one);
        const { items } = collector.finish();
        const back = unpackItems(packItems(items));
        expect(back).toHaveLength(items.length);
        for (const [i, one] of back.entries()) {
          const { values, ...key } = items[i]!;
          expect(one).toMatchObject(key);
          for (const [j, before] of values.entries()) {
            if (before === undefined) expect(one.values[j]).toBeUndefined();
            else expect(one.values[j]! / before).toBeCloseTo(1, 2.9);
          }
        }
      }),
    );
  });

  it("of long runs are those of every 2^n-th iteration, the same ones in every run", () => {
    const collector = new ItemCollector();
    for (let iteration = 0; iteration < 10_000; iteration += 1)
      collector.add({ scenario: 0, iteration, request: 0, values: [1, 2, 3] });
    const { stride, items } = collector.finish();
    expect(stride).toBe(4);
    expect(items.map(({ iteration }) => iteration)).toEqual(
      Array.from({ length: 2500 }, (_, i) => 4 * i),
    );
  });
});

describe("the size of a digest", () => {
  it("of ten minutes at 20 requests a second is below 200 kB", () => {
    const random = randomStream("size");
    const windows = new WindowCollector(0);
    const items = new ItemCollector();
    for (let i = 0; i < 12_000; i += 1) {
      const at = i * 50;
      const [ttft, tpot] = [
        200 * Math.exp(0.5 * random.normal()),
        20 * Math.exp(0.2 * random.normal()),
      ];
      for (const metric of ["ttft", "ttft_scheduled"] as const) windows.value(at, metric, ttft);
      windows.value(at, "tpot", tpot);
      windows.value(at, "e2e", ttft + 128 * tpot);
      for (let token = 0; token < 128; token += 1)
        windows.value(at, "itl", tpot * Math.exp(0.3 * random.normal()));
      windows.count(at, "ended", 1);
      items.add({ scenario: 0, iteration: i, request: 0, values: [ttft, tpot, ttft + 128 * tpot] });
    }
    const packed = packWindows(windows.finish([{ start: 0, end: 600_000 }]));
    const size = packed.length + packItems(items.finish().items).length;
    expect(size).toBeGreaterThan(10_000);
    expect(size).toBeLessThan(200_000);
  });
});
