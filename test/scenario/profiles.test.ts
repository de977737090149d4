import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vusForRate, vusForStarts, writeRates } from "../../src/scenario/resolve/arrival-rates.ts";
import type { ArrivalPlan } from "../../src/scenario/plan.ts";
import { profiles } from "../../src/scenario/profiles.ts";
import { resolvePlan } from "../../src/scenario/resolve/resolve.ts";
import type { ScenarioOptions } from "../../src/scenario/script.ts";

function arrivals(main: ScenarioOptions): ArrivalPlan {
  const file = { name: "p", file: "/p.ts", fileHash: "0" };
  const { executor } = resolvePlan(file, { scenarios: { main } }, {}).plan.scenarios[0]!;
  if (!("arrival" in executor)) throw new Error("expected an open loop");
  return executor;
}

const shape = (main: ScenarioOptions) =>
  arrivals(main).segments.map(({ phase, duration, from, to }) => [
    phase,
    duration / 1000,
    from,
    to,
  ]);

describe("a profile", () => {
  it("steady holds one rate after a warm-up", () => {
    expect(shape(profiles.steady({ rate: 10, duration: "2m" }))).toEqual([
      ["warmup", 5, 10, 10],
      ["steady", 120, 10, 10],
    ]);
  });

  it("soak is steady for long", () => {
    expect(shape(profiles.soak({ rate: 10 }))).toEqual([
      ["warmup", 5, 10, 10],
      ["soak", 1800, 10, 10],
    ]);
  });

  it("spike jumps up and back", () => {
    expect(shape(profiles.spike({ rate: 2.5, multiple: 4 }))).toEqual([
      ["warmup", 5, 2.5, 2.5],
      ["before", 30, 2.5, 2.5],
      ["spike", 30, 10, 10],
      ["recovery", 60, 2.5, 2.5],
    ]);
  });

  it("peak2x holds the peak, and then twice the peak", () => {
    expect(shape(profiles.peak2x({ rate: 7, hold: "5m", recovery: "2m", warmup: 0 }))).toEqual([
      ["peak", 300, 7, 7],
      ["peak2x", 300, 14, 14],
      ["recovery", 120, 7, 7],
    ]);
  });

  it("ramp goes up evenly from a tenth", () => {
    expect(shape(profiles.ramp({ rate: 5, duration: "1m" }))).toEqual([
      ["warmup", 5, 0.5, 0.5],
      ["ramp", 60, 0.5, 5],
    ]);
  });

  it("smoke is a few iterations of one user", () => {
    expect(profiles.smoke()).toEqual({
      executor: "shared-iterations",
      iterations: 5,
      vus: 1,
      phase: "smoke",
    });
  });

  it("of an open loop has Poisson arrivals and VUs for a minute of its highest rate", () => {
    const { arrival, preAllocatedVUs, maxVUs } = arrivals(profiles.peak2x({ rate: 20 }));
    expect({ arrival, preAllocatedVUs, maxVUs }).toEqual({
      arrival: { kind: "poisson" },
      preAllocatedVUs: 2400,
      maxVUs: 2400,
    });
    expect(arrivals(profiles.steady({ maxVUs: 7, arrival: "constant" }))).toMatchObject({
      arrival: { kind: "constant" },
      preAllocatedVUs: 7,
      maxVUs: 7,
    });
  });

  it("has a rate of its own where --peak is not given", () => {
    expect(shape(profiles.steady({ rate: undefined, duration: "1m" }))[1]).toEqual([
      "steady",
      60,
      4,
      4,
    ]);
  });

  it("can be placed like any k6 scenario", () => {
    const placed = { startTime: "1m", exec: "ask", tags: { a: "b" }, env: { C: "d" } };
    expect(profiles.spike(placed)).toMatchObject(placed);
  });

  it.each([0, -1, NaN, Infinity])("refuses a rate of %d", (rate) => {
    expect(() => profiles.steady({ rate })).toThrow("is not a rate");
  });
});

describe("rates as k6 writes them", () => {
  it("are whole numbers of a time unit, within a thousandth per second", () => {
    const rate = fc.double({ min: 0.01, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(fc.array(rate, { minLength: 1, maxLength: 4 }), (perSecond) => {
        const { rates, timeUnit } = writeRates(perSecond);
        const unit = Number(timeUnit.replace("s", ""));
        for (const [at, written] of rates.entries()) {
          expect(Number.isInteger(written) && written > 0).toBe(true);
          expect(Math.abs(written / unit - perSecond[at]!)).toBeLessThanOrEqual(0.000_501);
        }
      }),
    );
  });

  it("take the shortest time unit that holds them exactly", () => {
    expect(writeRates([4, 12])).toEqual({ rates: [4, 12], timeUnit: "1s" });
    expect(writeRates([0.4, 4])).toEqual({ rates: [4, 40], timeUnit: "10s" });
    expect(writeRates([1 / 60])).toEqual({ rates: [1], timeUnit: "60s" });
  });
});

describe("VUs", () => {
  it("are between 100 and 10,000", () => {
    expect([vusForRate(0.1), vusForRate(5), vusForRate(1e6)]).toEqual([100, 300, 10_000]);
  });

  it("for a trace are the arrivals of its busiest minute", () => {
    const burst = Array.from({ length: 500 }, (_, at) => 200_000 + at * 100);
    const quiet = Array.from({ length: 400 }, (_, at) => 400_000 + at * 1000);
    expect(vusForStarts([0, 1000, ...burst, ...quiet])).toBe(500);
    expect(vusForStarts([0])).toBe(100);
  });
});
