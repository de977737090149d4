import { describe, expect, it } from "vitest";
import { randomStream } from "../../../src/core/random.ts";
import { calibrate, priorOf } from "../../../src/judge/compare/calibrate.ts";
import { defaultRules } from "../../../src/judge/compare/rules.ts";
import type { MetricEvidence, RunEstimate } from "../../../src/judge/compare/types.ts";

const rule = { ...defaultRules[0]!, quantile: 0.5 };

/** Comparisons of five runs against five of the same thing, each in a session of its own. */
function trials(count: number, run: number, session: number): MetricEvidence[][] {
  const random = randomStream("calibrate", count, run, session);
  return Array.from({ length: count }, (_, trial) => {
    const level = 500 * Math.exp(session * random.normal());
    const side = (name: string): RunEstimate[] =>
      Array.from({ length: 5 }, (_unused, i) => ({
        run: `${trial}-${name}-${i}`,
        session: `session ${trial}`,
        value: level * Math.exp(run * random.normal()),
        effective: 1000,
      }));
    return [{ rule, baseline: side("a"), candidate: side("b") }];
  });
}

describe("calibration", () => {
  it("finds the noise of runs and of sessions, and how many runs the margin takes", () => {
    const [found] = calibrate(trials(40, 0.03, 0.05));
    expect(found!.prior!.run.sd).toBeCloseTo(0.03, 2);
    expect(found!.prior!.session!.sd).toBeCloseTo(0.05, 1);
    expect(found!.prior!.run.df).toBe(40 * 9);
    expect([5, 6, 7]).toContain(found!.runsNeeded);
    expect(found!.mde80).toBeGreaterThan(0.045);
    expect(found!.mde80).toBeLessThan(0.06);
  });

  it("counts false alarms with their interval; few of them are trusted", () => {
    const [found] = calibrate(trials(60, 0.02, 0.01));
    expect(found).toMatchObject({ comparisons: 60, trusted: true });
    expect(found!.regressions).toBeLessThanOrEqual(2);
    expect(found!.falseAlarms!.low).toBeLessThan(0.05);
    expect(found!.falseAlarms!.high).toBeGreaterThan(0);
  });

  it("where it cries wolf too often the noise is widened and nothing is trusted", () => {
    const biased = trials(30, 0.01, 0.01).map(([one]) => [
      { ...one!, candidate: one!.candidate.map((run) => ({ ...run, value: run.value * 1.1 })) },
    ]);
    const [found] = calibrate(biased);
    expect(found!.trusted).toBe(false);
    const plain = priorOf(
      rule,
      biased.flat().flatMap((one) => [...one.baseline, ...one.candidate]),
    );
    expect(found!.prior!.run.sd).toBeGreaterThan(plain!.run.sd);
  });

  it("one session says nothing of sessions, one run nothing of runs, and zeros nothing at all", () => {
    const run = (value: number, session = "s"): RunEstimate => ({ run: "r", session, value });
    expect(priorOf(rule, [run(1), run(2)])).not.toHaveProperty("session");
    expect(priorOf(rule, [run(1, "a"), run(2, "b")])).toBeUndefined();
    expect(priorOf(rule, [run(0), run(2)])).toBeUndefined();
    expect(calibrate([])).toEqual([]);
  });
});
