import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { metrics } from "../../src/core/metrics.ts";
import type { Aggregation } from "../../src/scenario/plan.ts";
import {
  parseAssertion,
  parseSubject,
  printAssertion,
  printSubject,
  resolveThresholds,
  type Assertion,
} from "../../src/scenario/thresholds.ts";

const names = { phases: ["spike", "recovery"], scenarios: ["main"], canaryChecks: [] };

function resolve(key: string, threshold: string) {
  const written = { threshold, abortOnFail: false, delayAbortEval: 0, noData: "fail" } as const;
  return resolveThresholds({ [key]: [written] }, names)[0];
}

const aggregation: fc.Arbitrary<Aggregation> = fc.oneof(
  fc.double({ min: 0, max: 100, noNaN: true }).map((p) => ({
    kind: "percentile" as const,
    p: Number(p.toFixed(4)),
  })),
  fc
    .constantFrom("avg", "min", "max", "med", "count", "rate", "value")
    .map((kind): Aggregation => ({ kind })),
);

const assertion: fc.Arbitrary<Assertion> = fc.record({
  aggregation,
  operator: fc.constantFrom("<", "<=", ">", ">=", "==", "!="),
  limit: fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((limit) => (Object.is(limit, -0) ? 0 : limit)),
});

describe("a threshold's condition", () => {
  it("is the same after printing and parsing", () => {
    fc.assert(
      fc.property(assertion, (written) => {
        expect(parseAssertion(printAssertion(written))).toEqual({ ok: true, value: written });
      }),
    );
  });

  it("may have white space around every part", () => {
    expect(parseAssertion("  p( 99.9 )  <  250.5 ")).toEqual({
      ok: true,
      value: { aggregation: { kind: "percentile", p: 99.9 }, operator: "<", limit: 250.5 },
    });
  });

  it("takes k6's === for ==", () => {
    expect(parseAssertion("count===0")).toEqual(parseAssertion("count==0"));
  });

  it.each([
    "",
    "p(95)",
    "p(95)<",
    "p(101)<1",
    "p()<1",
    "p95<1",
    "avg=1",
    "avg<1ms",
    "avg<1 and max<2",
  ])("is refused as %j", (source) => {
    expect(parseAssertion(source)).toMatchObject({ ok: false });
  });
});

describe("a threshold's subject", () => {
  it("is the same after printing and parsing", () => {
    const tag = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
    const value = fc.stringMatching(/^[a-zA-Z0-9:/._-]{1,12}$/);
    const subject = fc.record({
      metric: fc.constantFrom(...Object.keys(metrics), "gpu_power_watts", "server_queue_depth"),
      selector: fc.dictionary(tag, value, { maxKeys: 3, noNullPrototype: true }),
    });
    fc.assert(
      fc.property(subject, (written) => {
        expect(parseSubject(printSubject(written))).toEqual({ ok: true, value: written });
      }),
    );
  });

  it("keeps colons in a tag's value, as in k6's group names", () => {
    expect(parseSubject("checks{group:::login}")).toMatchObject({
      value: { metric: "checks", selector: { group: "::login" } },
    });
  });

  it("takes k6's HTTP metrics for ours", () => {
    expect(resolve("http_req_duration", "p(95)<500")).toMatchObject({
      key: "http_req_duration",
      metric: "e2e",
    });
    expect(resolve("http_req_failed", "rate<0.01")).toMatchObject({ metric: "request_failed" });
  });

  it("is answered with the nearest metric when there is none of the name", () => {
    expect(() => resolve("ttft_schedule", "p(95)<1")).toThrow(
      'options.thresholds["ttft_schedule"][0]: unknown metric "ttft_schedule"; did you mean "ttft_scheduled"?',
    );
  });

  it("is refused where k6 measures what we do not", () => {
    expect(() => resolve("data_sent", "count<1")).toThrow('unknown metric "data_sent"');
  });

  it("must name a measured phase and a scenario that exist", () => {
    expect(resolve("ttft{phase:recovery,scenario:main}", "avg<1")?.selector).toEqual({
      phase: "recovery",
      scenario: "main",
    });
    expect(() => resolve("ttft{phase:recover}", "avg<1")).toThrow('did you mean "recovery"?');
    expect(() => resolve("ttft{scenario:mian}", "avg<1")).toThrow('did you mean "main"?');
  });

  it.each(["ttft{}", "ttft{phase}", "ttft{phase:}", "ttft{:x}", "ttft{a:1,}", "2fast", "a b"])(
    "is refused as %j",
    (key) => {
      expect(parseSubject(key)).toMatchObject({ ok: false });
    },
  );
});

describe("an aggregation", () => {
  it.each([
    ["ttft", "p(95)<1"],
    ["ttft", "med<1"],
    ["request_failed", "rate<1"],
    ["requests", "count>1"],
    ["requests", "rate>1"],
    ["goodput", "value>1"],
    ["gpu_power_watts", "max<700"],
    ["gpu_power_watts", "p(99)<700"],
    ["host_cpu_used", "value<1"],
    ["gpu_utilization", "avg>70"],
    ["gpu_memory_used_ratio", "max<0.95"],
    ["server_rss_slope", "value<1000"],
    ["server_preemptions", "count<1"],
    ["gpu_energy", "rate<300"],
    ["server_vllm_something_total", "count<1"],
  ])("of %s may be %s", (key, source) => {
    expect(resolve(key, source)).toMatchObject({ key, source });
  });

  it.each([
    ["ttft", "rate<1", "ttft is a trend: it has avg, min, max, med, p(N), not rate"],
    ["request_failed", "p(95)<1", "request_failed is a rate: it has rate, not p(95)"],
    ["requests", "value>1", "requests is a counter: it has count, rate, not value"],
    ["goodput", "avg>1", "goodput is a gauge: it has value, not avg"],
    [
      "gpu_power",
      "count<1",
      "gpu_power is a telemetry gauge: it has avg, min, max, med, value, p(N)",
    ],
    ["gpu_energy", "avg<1", "gpu_energy is a telemetry counter: it has count, rate, not avg"],
  ])("of %s is refused as %s", (key, source, message) => {
    expect(() => resolve(key, source)).toThrow(message);
  });
});
