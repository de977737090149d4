import { describe, expect, it } from "vitest";
import { compareMetrics } from "../../../src/judge/compare/compare-metrics.ts";
import type { MetricEvidence, MetricRule, RunEstimate } from "../../../src/judge/compare/types.ts";

const rule: MetricRule = {
  id: "ttft p50",
  metric: "ttft",
  unit: "ms",
  better: "lower",
  scale: "log",
  margin: 0.05,
  gating: true,
};

const runs = (values: readonly number[]): RunEstimate[] =>
  values.map((value, i) => ({ run: `run-${i}`, session: "monday", value }));

const baseline = runs([100, 102, 98, 101, 99]);

describe("a verdict needs evidence in every family", () => {
  const member = (id: string, family: "waiting" | "speed" | "throughput", more = {}) => ({
    ...rule,
    ...{ id, family, ...more },
  });
  const still = runs([100, 101, 99, 100.5, 99.5]);
  const noisy = runs([80, 120, 95, 130, 85]);
  const slow = runs([118, 121, 119, 120, 122]);
  const asked = (judged: MetricRule, candidate: readonly RunEstimate[]): MetricEvidence => ({
    ...{ rule: judged, baseline, candidate },
  });

  it("one figure that could have shown a change is enough for its family", () => {
    const { outcome, families } = compareMetrics([
      asked(member("a", "waiting"), still),
      asked(member("b", "waiting"), noisy),
      asked(member("c", "speed"), still),
    ]);
    expect(outcome).toBe("pass");
    expect(families).toEqual([
      { family: "waiting", outcome: "pass", by: ["a"] },
      { family: "speed", outcome: "pass", by: ["c"] },
    ]);
  });

  it("a family without any is not passed by the others", () => {
    const { outcome, families } = compareMetrics([
      asked(member("a", "waiting"), still),
      asked(member("c", "speed"), noisy),
    ]);
    expect(outcome).toBe("inconclusive");
    expect(families[1]).toEqual({ family: "speed", outcome: "inconclusive", by: ["c"] });
  });

  it("a regression in one figure outweighs the evidence of its family", () => {
    const evidence = [asked(member("a", "waiting"), still), asked(member("b", "waiting"), slow)];
    expect(compareMetrics(evidence)).toMatchObject({
      outcome: "regression",
      families: [{ family: "waiting", outcome: "regression", by: ["b"] }],
    });
  });

  it("what the schedule fixes is no evidence, and fails all the same", () => {
    const fixed = member("rate", "throughput", { fixed: true });
    const alone = compareMetrics([asked(fixed, still)]);
    expect(alone).toMatchObject({ outcome: "inconclusive", families: [] });
    expect(compareMetrics([asked(fixed, slow)]).outcome).toBe("regression");
    const beside = compareMetrics([asked(fixed, noisy), asked(member("a", "waiting"), still)]);
    expect(beside.outcome).toBe("pass");
  });
});
