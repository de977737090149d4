import { describe, expect, it } from "vitest";
import { randomStream } from "../../../src/core/random.ts";
import { quantileSpread, shareSpread } from "../../../src/judge/digest/window-spread.ts";
import { WindowCollector, type Windows } from "../../../src/judge/digest/windows.ts";

const SPAN = 120_000;

/** 6,000 requests whose logarithms follow AR(1) with this φ; sd 0.5 at any φ. */
function run(seed: number, phi: number): { readonly windows: Windows; readonly median: number } {
  const random = randomStream("window spread", seed, phi * 100);
  const collector = new WindowCollector(0);
  const values: number[] = [];
  let state = 0;
  for (let i = 0; i < 6000; i += 1) {
    state = phi * state + Math.sqrt(1 - phi ** 2) * random.normal();
    const value = 100 * Math.exp(0.5 * state);
    values.push(value);
    collector.count(i * 20, "ended", 1);
    if (i % 10 === 0) collector.count(i * 20, "failed", 1);
    collector.value(i * 20, "ttft", value);
  }
  values.sort((a, b) => a - b);
  return { windows: collector.finish([{ start: 0, end: SPAN }]), median: values[3000]! };
}

describe("the standard error of a run's own median", () => {
  it.each([0, 0.5, 0.8])("is what runs of the same process differ by, at φ = %s", (phi) => {
    const runs = Array.from({ length: 60 }, (_, seed) => run(seed, phi));
    const logs = runs.map(({ median }) => Math.log(median));
    const center = logs.reduce((sum, x) => sum + x, 0) / logs.length;
    const sd = Math.sqrt(logs.reduce((sum, x) => sum + (x - center) ** 2, 0) / (logs.length - 1));
    const ses = runs.map(({ windows }) => quantileSpread(windows, "ttft", 0.5)!.se);
    const typical = ses.reduce((sum, se) => sum + se, 0) / ses.length;
    expect(typical / sd).toBeGreaterThan(0.7);
    expect(typical / sd).toBeLessThan(1.3);
  });

  it("counts requests of one moment as fewer effective ones", () => {
    const alone = quantileSpread(run(1, 0).windows, "ttft", 0.5)!;
    const alike = quantileSpread(run(1, 0.9).windows, "ttft", 0.5)!;
    expect(alone.effective).toBeGreaterThan(2500);
    expect(alike.effective).toBeLessThan(alone.effective! / 3);
  });

  it("is not known from a handful of windows", () => {
    const collector = new WindowCollector(0);
    for (let at = 0; at < 1500; at += 10) collector.value(at, "ttft", 10 + (at % 7));
    const windows = collector.finish([{ start: 0, end: 1500 }]);
    expect(quantileSpread(windows, "ttft", 0.5)).toBeUndefined();
  });
});

describe("shares", () => {
  it("that are the same in every window have no spread of their own", () => {
    expect(shareSpread(run(1, 0).windows, "failed")).toBeUndefined();
  });
});
