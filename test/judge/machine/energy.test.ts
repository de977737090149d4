import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counterDelta } from "../../../src/judge/machine/counter-delta.ts";
import { energyOf, type EnergySeries } from "../../../src/judge/machine/energy.ts";
import { told, type Energy } from "../../../src/judge/machine/usage.ts";
import { readEvery, seriesOf } from "../../support/runs/sample-series.ts";

/** 300 W that swings by 100 W once in 7 s. */
function watts(ms: number): number {
  return 300 + 100 * Math.sin((2 * Math.PI * ms) / 7000);
}

/** Its integral from 0, J. */
function joules(ms: number): number {
  const period = 7000;
  const swing =
    ((100 * period) / (2 * Math.PI * 1000)) * (1 - Math.cos((2 * Math.PI * ms) / period));
  return (300 * ms) / 1000 + swing;
}

const window = { start: 1037, end: 31_411 };
const truth = joules(window.end) - joules(window.start);

function energy(series: EnergySeries, windows = [window]): Energy {
  const found = told(energyOf(series, windows));
  if (found === undefined) throw new Error(JSON.stringify(energyOf(series, windows)));
  return found;
}

describe("energy of a known power waveform", () => {
  const power = readEvery(100, [0, 32_000], watts);
  const counter = readEvery(100, [0, 32_000], joules);

  it("is right to 0.1 % by integration, with edges off the grid", () => {
    const found = energy({ power });
    expect(found.by).toBe("power");
    expect(Math.abs(found.joules / truth - 1)).toBeLessThan(0.001);
    expect(found.watts).toBeCloseTo((truth / (window.end - window.start)) * 1000, 0);
    expect(found.counter).toEqual({ absent: "the device has no energy counter" });
  });

  it("is right to 0.1 % by the counter, with edges off the grid", () => {
    const found = energy({ counter });
    expect(found.by).toBe("counter");
    expect(Math.abs(found.joules / truth - 1)).toBeLessThan(0.001);
  });

  it("is right to 0.1 % by a counter that steps every 100 ms, read every 90 ms", () => {
    const stepping = readEvery(90, [0, 32_000], (ms) => joules(Math.floor(ms / 100) * 100));
    // A step is 0.3 % of 10 s at one edge; over 30 s the two edges are within 2 · 0.1 / 30.
    const found = energy({ counter: stepping });
    expect(Math.abs(found.joules / truth - 1)).toBeLessThan(0.0035);
    expect(Math.abs(found.joules / truth - 1)).toBeLessThan(found.error);
  });

  it("sums disjoint windows", () => {
    const windows = [
      { start: 1037, end: 9123 },
      { start: 20_001, end: 31_411 },
    ];
    const parts = windows.map(({ start, end }) => joules(end) - joules(start));
    const expected = parts.reduce((sum, part) => sum + part, 0);
    for (const series of [{ power }, { counter }])
      expect(Math.abs(energy(series, windows).joules / expected - 1)).toBeLessThan(0.001);
  });

  it("takes an average over the second before for the middle of that second", () => {
    const average = readEvery(100, [0, 33_000], (ms) => joules(ms) - joules(ms - 1000));
    const found = energy({ average });
    expect(Math.abs(found.joules / truth - 1)).toBeLessThan(0.002);
  });

  it("gives counter and integral, and how far they are apart", () => {
    expect(energy({ power, counter }).disagreement).toBeLessThan(0.001);
    const wrong = readEvery(100, [0, 32_000], (ms) => 1.2 * joules(ms));
    const found = energy({ power, counter: wrong });
    expect(found.disagreement).toBeCloseTo(1 - 1 / 1.2, 3);
    expect(found.joules).toBeCloseTo(1.2 * truth, -2);
  });

  it("has the error of the reference: 0.5 % from the edges over 30 s, about 5 % in all", () => {
    const steady = readEvery(100, [0, 31_000], () => 700);
    const found = energy({ power: steady }, [{ start: 500, end: 30_500 }]);
    expect(found.joules).toBeCloseTo(21_000, 6);
    expect(Math.sqrt(found.error ** 2 - 0.05 ** 2)).toBeCloseTo((0.1 * Math.SQRT2) / 30, 6);
    expect(found.error).toBeCloseTo(0.0502, 4);
  });

  it("has a larger error the more samples are missing", () => {
    const errors = [0, 1, 2].map((missing) => {
      const times = Array.from({ length: 320 }, (_, i) => i * 100).filter(
        (ms) => ms <= 9000 || ms > 9000 + missing * 100,
      );
      return energy({ power: seriesOf(times.map((ms) => [ms, watts(ms)])) }).error;
    });
    expect(errors[1]).toBeGreaterThan(errors[0] ?? NaN);
    expect(errors[2]).toBeGreaterThan(errors[1] ?? NaN);
  });
});

describe("energy is refused", () => {
  const power = readEvery(100, [0, 32_000], watts);

  it("over gaps of more than three intervals", () => {
    const times = Array.from({ length: 320 }, (_, i) => i * 100).filter(
      (ms) => ms <= 9000 || ms > 9300,
    );
    const gappy = seriesOf(times.map((ms) => [ms, watts(ms)]));
    expect(energyOf({ power: gappy }, [window])).toEqual({
      absent:
        "the device has no energy counter; 0.400 s without a sample of power: more than 3 usual intervals",
    });
    expect(told(energyOf({ power: gappy }, [{ start: 10_000, end: 20_000 }]))).toBeDefined();
  });

  it("where samples stop before the window ends, or begin after it began", () => {
    const series = readEvery(100, [5000, 25_000], watts);
    expect(energyOf({ power: series }, [window])).toMatchObject({ absent: /./ });
    expect(energyOf({ power: series }, [{ start: 6000, end: 26_000 }])).toMatchObject({
      absent: /./,
    });
  });

  it("over less than 5 s, and with fewer than 10 distinct samples", () => {
    expect(energyOf({ power }, [{ start: 0, end: 4999 }])).toMatchObject({
      absent: "5.00 s are too short: energy needs 5.00 s",
    });
    const rare = readEvery(5000, [0, 40_000], watts);
    expect(energyOf({ power: rare }, [{ start: 0, end: 30_000 }])).toMatchObject({
      absent: "the device has no energy counter; only 6 distinct samples; 10 are needed",
    });
    // Read every 100 ms, but an exporter renews it every 10 s.
    const stale = readEvery(100, [0, 32_000], (ms) => joules(Math.floor(ms / 10_000) * 10_000));
    expect(energyOf({ counter: stale }, [window])).toMatchObject({
      absent: /only \d distinct samples/,
    });
  });

  it("where the device tells neither energy nor power", () => {
    expect(energyOf({}, [window])).toBeUndefined();
  });
});

describe("a counter's growth", () => {
  it("is interpolated to the exact edges", () => {
    const counter = seriesOf([
      [0, 100],
      [1000, 200],
      [2000, 400],
    ]);
    expect(counterDelta(counter, [{ start: 500, end: 1250 }])).toMatchObject({ delta: 100 });
  });

  it("is carried on for a little where the last reading came before the end, else absent", () => {
    const counter = readEvery(100, [0, 1000], (ms) => ms);
    expect(counterDelta(counter, [{ start: 0, end: 1100 }])).toMatchObject({ delta: 1100 });
    expect(counterDelta(counter, [{ start: 0, end: 1200 }])).toEqual({
      absent: "not read in the last 0.200 s of the window",
    });
    expect(counterDelta(counter, [{ start: -300, end: 900 }])).toEqual({
      absent: "first read 0.300 s after the window began",
    });
  });

  it("is absent after a reset, and known in a window without one", () => {
    const counter = readEvery(100, [0, 2000], (ms) => (ms < 1000 ? ms : ms - 1000));
    expect(counterDelta(counter, [{ start: 200, end: 1500 }])).toEqual({
      absent: "went back from 900.000 to 0: what it counts was restarted",
    });
    expect(counterDelta(counter, [{ start: 200, end: 800 }])).toMatchObject({ delta: 600 });
    expect(counterDelta(counter, [{ start: 1200, end: 1800 }])).toMatchObject({ delta: 600 });
  });

  it("is absent after a restart that the counter itself does not show", () => {
    const counter = readEvery(100, [0, 2000], (ms) => ms);
    const restarts = [700];
    expect(counterDelta(counter, [{ start: 200, end: 1500 }], restarts)).toHaveProperty("absent");
    expect(counterDelta(counter, [{ start: 800, end: 1500 }], restarts)).toMatchObject({
      delta: 700,
    });
  });

  it("is never negative, and grows with the window, whatever the readings", () => {
    const steps = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: -5, max: 100 })), {
      minLength: 2,
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, fc.nat(9000), fc.nat(9000), (moves, a, length) => {
        let [time, value] = [0, 1000];
        const counter = seriesOf(
          moves.map(([wait, growth]) => [(time += wait + 1), (value += growth)]),
        );
        const found = counterDelta(counter, [{ start: a, end: a + length + 1 }]);
        const shorter = counterDelta(counter, [{ start: a, end: a + length / 2 + 1 }]);
        if ("absent" in found || "absent" in shorter) return;
        expect(shorter.delta).toBeGreaterThanOrEqual(0);
        expect(found.delta).toBeGreaterThanOrEqual(shorter.delta - 1e-9);
      }),
    );
  });
});
