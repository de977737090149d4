import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ThresholdResult } from "../../src/judge/outcome-summaries.ts";
import { verdictOf, type VerdictInput } from "../../src/judge/verdict.ts";

const failedThreshold: ThresholdResult = {
  key: "ttft",
  metric: "ttft",
  selector: {},
  source: "p(95)<100",
  operator: "<",
  limit: 100,
  value: 123.456,
  unit: "ms",
  count: 10,
  status: "failed",
  ok: false,
  abortOnFail: false,
};

const good: VerdictInput = {
  end: "completed",
  validity: { status: "valid", gates: [] },
  thresholds: [],
  ended: 10,
  ok: 10,
};

const invalid: VerdictInput["validity"] = {
  status: "invalid",
  gates: [
    {
      id: "gc_share",
      title: "time in garbage collection",
      status: "invalid",
      unit: "ratio",
      bad: "above",
      limits: {},
      reason: "because",
      advice: "do",
    },
  ],
};

describe("a verdict", () => {
  test.each<[Partial<VerdictInput>, string, number]>([
    [{}, "passed", 0],
    [{ thresholds: [failedThreshold] }, "failed", 1],
    [{ thresholds: [{ ...failedThreshold, ok: true }] }, "passed", 0],
    [{ ok: 0 }, "failed", 1],
    [{ end: "aborted" }, "failed", 1],
    [{ end: "script_failed" }, "script_failed", 2],
    [{ validity: invalid, thresholds: [failedThreshold] }, "invalid", 5],
    [{ end: "target_failed", validity: invalid }, "target_failed", 6],
    [{ end: "interrupted", validity: invalid }, "interrupted", 130],
    [{ end: "cut_short" }, "interrupted", 130],
    [{ validity: { status: "suspect", gates: [] } }, "passed", 0],
  ])("of %j is %s", (changes, status, exitCode) => {
    const verdict = verdictOf({ ...good, ...changes });
    expect(verdict).toMatchObject({ status, exitCode });
    expect(verdict.reasons.length > 0).toBe(status !== "passed");
  });

  test("tells every reason of its kind, with figures", () => {
    const { reasons } = verdictOf({
      ...good,
      end: "aborted",
      endMessage: "ttft over its limit",
      thresholds: [failedThreshold, { ...failedThreshold, status: "no_data" }],
    });
    expect(reasons).toEqual([
      "ttft: p(95)<100 is not met: 123.5 ms",
      "ttft: p(95)<100 has no data",
      "the run was aborted: ttft over its limit",
    ]);
  });

  test("tells a share in percent", () => {
    const share = { key: "request_failed", source: "rate<0.01", unit: "ratio", value: 0.76123 };
    const { reasons } = verdictOf({ ...good, thresholds: [{ ...failedThreshold, ...share }] });
    expect(reasons).toEqual(["request_failed: rate<0.01 is not met: 76.12 %"]);
  });

  test("never lets an invalid run pass or merely fail", () => {
    const ends = ["completed", "aborted"] as const;
    fc.assert(
      fc.property(fc.constantFrom(...ends), fc.boolean(), fc.nat(5), (end, ok, ended) => {
        const thresholds = [{ ...failedThreshold, ok }];
        const { exitCode } = verdictOf({ end, validity: invalid, thresholds, ended, ok: ended });
        expect(exitCode).toBe(5);
      }),
    );
  });
});
