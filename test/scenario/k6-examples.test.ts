/** Options objects of k6's documentation (grafana.com/docs/k6, v2), unchanged. */
import type { Options as K6Options } from "k6/options";
import { describe, expect, it } from "vitest";
import type { ExecutorPlan } from "../../src/scenario/plan.ts";
import { resolvePlan } from "../../src/scenario/resolve/resolve.ts";
import type { Options } from "../../src/scenario/script.ts";

const file = { name: "k6", file: "/k6.js", fileHash: "0" };
/** The compiler checks here that k6's own type is assignable to ours. */
const accept = (written: K6Options): Options => written;
const resolve = (written: Options) => resolvePlan(file, written, {}).plan;

const level = (phase: string, duration: number, from: number, to: number) => ({
  phase,
  measured: true,
  duration,
  from,
  to,
});

const executors: Readonly<Record<string, [Options, ExecutorPlan]>> = {
  "constant VUs": [
    {
      discardResponseBodies: true,
      scenarios: { contacts: { executor: "constant-vus", vus: 10, duration: "30s" } },
    },
    { executor: "constant-vus", gracefulRampDown: 0, segments: [level("main", 30_000, 10, 10)] },
  ],
  "ramping VUs": [
    {
      discardResponseBodies: true,
      scenarios: {
        contacts: {
          executor: "ramping-vus",
          startVUs: 0,
          stages: [
            { duration: "20s", target: 10 },
            { duration: "10s", target: 0 },
          ],
          gracefulRampDown: "0s",
        },
      },
    },
    {
      executor: "ramping-vus",
      gracefulRampDown: 0,
      segments: [level("main", 20_000, 0, 10), level("main", 10_000, 10, 0)],
    },
  ],
  "shared iterations": [
    {
      discardResponseBodies: true,
      scenarios: {
        contacts: { executor: "shared-iterations", vus: 10, iterations: 200, maxDuration: "30s" },
      },
    },
    { executor: "shared-iterations", phase: "main", vus: 10, iterations: 200, maxDuration: 30_000 },
  ],
  "per VU iterations": [
    {
      discardResponseBodies: true,
      scenarios: {
        contacts: { executor: "per-vu-iterations", vus: 10, iterations: 20, maxDuration: "30s" },
      },
    },
    { executor: "per-vu-iterations", phase: "main", vus: 10, iterations: 20, maxDuration: 30_000 },
  ],
  "constant arrival rate": [
    {
      discardResponseBodies: true,
      scenarios: {
        contacts: {
          executor: "constant-arrival-rate",
          duration: "30s",
          rate: 30,
          timeUnit: "1s",
          preAllocatedVUs: 2,
          maxVUs: 50,
        },
      },
    },
    {
      executor: "constant-arrival-rate",
      arrival: { kind: "constant" },
      preAllocatedVUs: 2,
      maxVUs: 50,
      segments: [level("main", 30_000, 30, 30)],
    },
  ],
  "ramping arrival rate": [
    {
      discardResponseBodies: true,
      scenarios: {
        contacts: {
          executor: "ramping-arrival-rate",
          startRate: 300,
          timeUnit: "1m",
          preAllocatedVUs: 50,
          stages: [
            { target: 300, duration: "1m" },
            { target: 600, duration: "2m" },
            { target: 600, duration: "4m" },
            { target: 60, duration: "2m" },
          ],
        },
      },
    },
    {
      executor: "ramping-arrival-rate",
      arrival: { kind: "constant" },
      preAllocatedVUs: 50,
      maxVUs: 50,
      segments: [
        level("main", 60_000, 5, 5),
        level("main", 120_000, 5, 10),
        level("main", 240_000, 10, 10),
        level("main", 120_000, 10, 1),
      ],
    },
  ],
};

const shortcuts: Readonly<Record<string, [Options, ExecutorPlan]>> = {
  "vus and duration": [
    { vus: 10, duration: "30s" },
    { executor: "constant-vus", gracefulRampDown: 0, segments: [level("main", 30_000, 10, 10)] },
  ],
  "vus and iterations": [
    { vus: 5, iterations: 10 },
    { executor: "shared-iterations", phase: "main", vus: 5, iterations: 10, maxDuration: 600_000 },
  ],
  "iterations within a duration": [
    { vus: 5, iterations: 10, duration: "1h" },
    {
      executor: "shared-iterations",
      phase: "main",
      vus: 5,
      iterations: 10,
      maxDuration: 3_600_000,
    },
  ],
  stages: [
    {
      stages: [
        { duration: "3m", target: 10 },
        { duration: "5m", target: 10 },
        { duration: "10m", target: 35 },
        { duration: "3m", target: 0 },
      ],
    },
    {
      executor: "ramping-vus",
      gracefulRampDown: 30_000,
      segments: [
        level("main", 180_000, 1, 10),
        level("main", 300_000, 10, 10),
        level("main", 600_000, 10, 35),
        level("main", 180_000, 35, 0),
      ],
    },
  ],
  nothing: [
    {},
    { executor: "per-vu-iterations", phase: "main", vus: 1, iterations: 1, maxDuration: 600_000 },
  ],
};

describe("k6's documentation", () => {
  it.each(Object.entries(executors))("on %s means the same here", (_, [written, executor]) => {
    expect(resolve(written).scenarios).toMatchObject([{ name: "contacts", executor }]);
  });

  it.each(Object.entries(shortcuts))("on shortcuts: %s", (_, [written, executor]) => {
    expect(resolve(written).scenarios).toMatchObject([{ name: "default", executor }]);
  });

  it("on several scenarios keeps their start, environment, tags and functions", () => {
    const written: Options = {
      scenarios: {
        example_scenario: {
          executor: "shared-iterations",
          startTime: "10s",
          gracefulStop: "5s",
          env: { EXAMPLEVAR: "testing" },
          tags: { example_tag: "testing" },
          vus: 10,
          iterations: 200,
          maxDuration: "10s",
        },
        another_scenario: { executor: "constant-vus", exec: "news", vus: 50, duration: "30s" },
      },
      tags: { name: "value" },
    };
    expect(resolve(written).scenarios).toMatchObject([
      {
        name: "example_scenario",
        exec: "default",
        startTime: 10_000,
        gracefulStop: 5_000,
        env: { EXAMPLEVAR: "testing" },
        tags: { name: "value", example_tag: "testing" },
      },
      { name: "another_scenario", exec: "news", startTime: 0, tags: { name: "value" } },
    ]);
  });

  it("on thresholds is accepted, its HTTP metrics taken for ours", () => {
    const written: K6Options = {
      thresholds: {
        http_req_failed: [{ threshold: "rate<0.01", abortOnFail: true, delayAbortEval: "10s" }],
        http_req_duration: ["p(90) < 400", "p(95) < 800", "p(99.9) < 2000"],
        "http_req_duration{type:API}": ["p(95)<500"],
        "http_req_duration{scenario:default}": ["max<1000"],
        "checks{myTag:hola}": ["rate>0.9"],
        http_reqs: ["count>=1"],
        iteration_duration: ["max<9000"],
        vus_max: ["value<=100"],
      },
    };
    const { thresholds } = resolve(accept(written));
    expect(thresholds).toHaveLength(10);
    expect(thresholds[0]).toEqual({
      key: "http_req_failed",
      metric: "request_failed",
      selector: {},
      source: "rate<0.01",
      aggregation: { kind: "rate" },
      operator: "<",
      limit: 0.01,
      abortOnFail: true,
      delayAbortEval: 10_000,
      noData: "fail",
    });
  });

  it("on every option is accepted", () => {
    const written: K6Options = {
      batch: 15,
      batchPerHost: 5,
      blacklistIPs: ["10.0.0.0/8"],
      blockHostnames: ["test.k6.io", "*.example.com"],
      cloud: { name: "a test", projectID: 1 },
      discardResponseBodies: true,
      dns: { ttl: "1m", select: "first", policy: "onlyIPv4" },
      hosts: { "test.k6.io": "1.2.3.4" },
      httpDebug: "full",
      insecureSkipTLSVerify: true,
      linger: true,
      maxRedirects: 10,
      minIterationDuration: "10s",
      noConnectionReuse: true,
      noCookiesReset: true,
      noUsageReport: true,
      noVUConnectionReuse: true,
      paused: true,
      rps: 500,
      setupTimeout: "30s",
      summaryTrendStats: ["avg", "min", "med", "max", "p(95)", "p(99)", "count"],
      systemTags: ["status", "method", "url"],
      teardownTimeout: "30s",
      throw: true,
      tlsAuth: [{ cert: "", key: "" }],
      tlsVersion: { min: "tls1.2", max: "tls1.3" },
      userAgent: "MyK6UserAgentString/1.0",
    };
    const { plan, notes } = resolvePlan(file, accept(written), {});
    expect(plan.scenarios).toHaveLength(1);
    const honoured = ["setupTimeout", "teardownTimeout"];
    expect(notes).toHaveLength(Object.keys(written).length - honoured.length);
  });
});
