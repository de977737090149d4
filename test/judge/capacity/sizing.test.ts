import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  replicasFor,
  requiredLoad,
  scaleInBelow,
  scaleOutAt,
  sizingOf,
  spendingsOf,
  type SizingNeeds,
} from "../../../src/judge/capacity/sizing.ts";

const field: SizingNeeds = {
  capacity: { value: 900, low: 800, high: 1000 },
  peak: 10_000,
  growth: 0.5,
  margin: 0.25,
  lost: 2,
};

describe("the size of a fleet", () => {
  it("needs 18,750 a second for a peak of 10,000 with 50 % growth and 25 % margin", () => {
    expect(requiredLoad(field)).toBe(18_750);
  });

  it("has N replicas for what is required, and k spare ones; fewer of stronger ones", () => {
    const { needed, replicas } = sizingOf(field);
    expect(needed).toEqual({ value: 21, low: 19, high: 24 });
    expect(replicas).toEqual({ value: 23, low: 21, high: 26 });
  });

  it("tells utilization of the fleet that was chosen, at the grown peak, whole and after the loss", () => {
    const { utilization, utilizationLost } = sizingOf(field);
    expect(utilization.value).toBeCloseTo(15_000 / (23 * 900), 12);
    expect(utilization.low).toBeCloseTo(15_000 / (23 * 1000), 12);
    expect(utilizationLost.high).toBeCloseTo(15_000 / (21 * 800), 12);
  });

  it("has no interval where the capacity has none", () => {
    expect(replicasFor(100, { value: 30 })).toEqual({ value: 4 });
  });

  it("needs no replica more because of floating point", () => {
    expect(replicasFor(0.1 + 0.2, { value: 0.1 }).value).toBe(3);
  });

  it("always carries what is required with k lost, and not with one fewer", () => {
    const amount = fc.double({ min: 0.01, max: 1e5, noNaN: true });
    const share = fc.double({ min: 0, max: 3, noNaN: true });
    fc.assert(
      fc.property(
        fc.record({ peak: amount, capacity: amount, growth: share, margin: share }),
        fc.integer({ min: 0, max: 5 }),
        ({ peak, capacity, growth, margin }, lost) => {
          const needs = { peak, growth, margin, lost, capacity: { value: capacity } };
          const { replicas, required } = sizingOf(needs);
          const left = replicas.value - lost;
          expect(left * capacity).toBeGreaterThanOrEqual(required * (1 - 1e-6));
          expect((left - 1) * capacity).toBeLessThan(required * (1 + 1e-6));
        },
      ),
    );
  });
});

describe("when to add a replica", () => {
  it("is the load that leaves the margin, with the capacity's interval", () => {
    const found = scaleOutAt(field.capacity, 0.25);
    expect(found).toEqual({
      by: "margin",
      load: { value: 720, low: 640, high: 800 },
      latest: { value: 720, low: 640, high: 800 },
    });
  });

  it("is the knee where that comes earlier, which has no interval of its own", () => {
    expect(scaleOutAt(field.capacity, 0.25, 500)).toMatchObject({
      by: "knee",
      load: { value: 500 },
    });
    expect(scaleOutAt(field.capacity, 0.25, 850).by).toBe("margin");
  });

  it("takes one away only where the others stay below that; never the last", () => {
    expect(scaleInBelow(720, 4)).toBe(540);
    expect(scaleInBelow(720, 1)).toBeUndefined();
  });
});

describe("what a fleet costs", () => {
  const fleet = { value: 10, low: 9, high: 12 };
  const prices = { gpusPerReplica: 2, pue: 1.25, hours: 730 };

  it("is nothing where nothing has a price", () => {
    expect(spendingsOf(fleet, prices, { requestRate: 5 })).toEqual({});
  });

  it("is rent for every GPU and every hour, over the work done in it", () => {
    const { gpus } = spendingsOf(
      fleet,
      { ...prices, gpuHourPrice: 2.5 },
      { requestRate: 100, outputTokens: 200, inputTokens: 300 },
    );
    expect(gpus?.perMonth).toEqual({ value: 36_500, low: 32_850, high: 43_800 });
    // 50 $ an hour, 360,000 requests, 72 million output tokens, 180 million tokens.
    expect(gpus?.perRequest?.value).toBeCloseTo(50 / 360_000, 12);
    expect(gpus?.perMillionOutputTokens?.value).toBeCloseTo(50 / 72, 12);
    expect(gpus?.perMillionTokens?.value).toBeCloseTo(50 / 180, 12);
  });

  it("is energy with the site's share, in kWh, and in money only with its price", () => {
    const work = { requestRate: 100, outputTokens: 200 };
    const bare = spendingsOf(fleet, { ...prices, power: 800 }, work);
    expect(bare.energy?.perMonth.value).toBeCloseTo(7300, 9);
    expect(bare.energy?.perMillionOutputTokens?.value).toBeCloseTo(10 / 72, 12);
    expect(bare.energyCost).toBeUndefined();
    const priced = spendingsOf(fleet, { ...prices, power: 800, energyPrice: 0.2 }, work);
    expect(priced.energyCost?.perMonth.value).toBeCloseTo(1460, 9);
  });

  it("says nothing of tokens that are not known, nor of requests at no load", () => {
    const given = { ...prices, gpuHourPrice: 1 };
    expect(Object.keys(spendingsOf(fleet, given, { requestRate: 1 }).gpus ?? {})).toEqual([
      "perMonth",
      "perRequest",
    ]);
    expect(Object.keys(spendingsOf(fleet, given, { outputTokens: 9 }).gpus ?? {})).toEqual([
      "perMonth",
    ]);
    expect(spendingsOf(fleet, given, { requestRate: 0 }).gpus?.perRequest).toBeUndefined();
  });
});
