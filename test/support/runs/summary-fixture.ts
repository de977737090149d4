/** A small, plausible run for tests of reports; goes with series-fixture.ts. */
import type { MetricSummary } from "../../../src/judge/metric-summaries.ts";
import type { Summary } from "../../../src/judge/summary.ts";
import {
  facts,
  gate,
  noData,
  notMeasured,
  phase,
  threshold,
  trend,
  warmup,
  without,
} from "./summary-parts.ts";

export function summaryFixture(changes: Partial<Summary> = {}): Summary {
  return {
    schema: "plimsoll.summary/1",
    run: {
      id: "20260301-120000-steady-7f3a",
      name: "steady",
      plimsoll: "0.1.0",
      startedAt: "2026-03-01T12:00:00.000Z",
      durationMs: 133_400,
      measured: { start: 11_000, end: 131_000, ms: 120_000 },
      complete: true,
      end: "completed",
      loop: "open",
      planHash: "3f9c2c1d8f0b7a6e5d4c3b2a190807060504030201000f0e0d0c0b0a09080706",
      torn: false,
    },
    plan: {
      file: "scenarios/steady.ts",
      fileHash: "9a8b7c6d5e4f30211203f4e5d6c7b8a99a8b7c6d5e4f30211203f4e5d6c7b8a9",
      seed: 1,
      parameters: { peak: "5" },
      scenarios: [
        {
          name: "main",
          executor: "constant-arrival-rate",
          arrival: "poisson",
          traffic: "5/s for 2m 00s after 10.0 s of warm-up",
        },
      ],
    },
    target: {
      kind: "llama-server",
      url: "http://127.0.0.1:39281",
      server: "llama.cpp",
      build: "b7345-abcdef0",
      model: "smollm2-135m-q8_0",
      slots: 4,
      contextTokens: 4096,
      command: ["llama-server", "-m", "smollm2-135m-q8_0.gguf", "--port", "0", "-np", "4"],
      modelFile: { path: "cache/models/smollm2-135m-q8_0.gguf", bytes: 144_811_456 },
      readyMs: 812,
    },
    environment: {
      os: "Linux 6.8.0",
      arch: "x64",
      cpu: "AMD EPYC 9554",
      cores: 16,
      memoryBytes: 68_719_476_736,
      hostname: "bench-01",
      node: "v20.20.2",
      plimsoll: "0.1.0",
    },
    verdict: { status: "passed", exitCode: 0, reasons: [] },
    validity: {
      status: "suspect",
      gates: [
        gate(),
        gate({
          id: "shared_cores",
          title: "client and server share cores",
          status: "warn",
          value: 16,
          unit: "requests",
          limits: { warn: 0 },
          reason: "they compete for the same processor",
          advice: "Run the client on another machine, or pin both with taskset.",
          detail: "the server was started on this machine",
        }),
        notMeasured(),
      ],
    },
    metrics: {
      ttft_scheduled: trend("ttft_scheduled", 202),
      ttft: trend("ttft", 198),
      itl: trend("itl", 11.2, 76_000),
      tpot: trend("tpot", 11.6),
      e2e: trend("e2e", 1670),
      e2e_scheduled: trend("e2e_scheduled", 1674),
      output_tokens: {
        ...(trend("output_tokens", 128) as Extract<MetricSummary, { kind: "trend" }>),
        sum: 76_544,
        sources: { usage: 598 },
      },
      dispatch_lag: trend("dispatch_lag", 0.6),
      output_tokens_per_second: {
        ...facts("output_tokens_per_second"),
        kind: "gauge",
        value: 637.9,
      },
      requests: { ...facts("requests"), kind: "counter", count: 600, rate: 5 },
      request_failed: {
        ...facts("request_failed"),
        kind: "rate",
        rate: 2 / 600,
        passes: 2,
        count: 600,
      },
      goodput: { ...facts("goodput"), kind: "gauge", value: 4.82 },
    },
    headline: ["ttft_scheduled", "itl", "e2e_scheduled", "output_tokens_per_second"],
    phases: [
      warmup,
      phase({}),
      without(
        phase({
          name: "drain",
          start: 131_000,
          end: 133_200,
          measured: false,
          requests: 0,
          failed: 0,
          metrics: {},
        }),
        "targetRate",
      ),
    ],
    rates: {
      target: 5,
      achieved: 4.98,
      achievedShare: 0.996,
      requests: 5,
      goodput: 4.82,
      outputTokens: 637.9,
      promptTokens: 1284,
      inFlightMean: 8.3,
      inFlightMax: 21,
    },
    census: {
      requests: { total: 650, ok: 648, failed: 2, censored: 0 },
      measuredRequests: { total: 600, ok: 598, failed: 2, censored: 0 },
      iterations: { completed: 650, dropped: 0, interrupted: 0, failed: 0 },
      measuredIterations: { completed: 600, dropped: 0, interrupted: 0, failed: 0 },
    },
    slo: {
      limits: [
        { metric: "ttft", limit: 500, share: 0.982, p95: 403.9 },
        { metric: "tpot", limit: 50, share: 0.996, p95: 23.7 },
      ],
      requests: 600,
      met: 578,
      share: 578 / 600,
    },
    thresholds: [
      threshold(),
      threshold({
        key: "request_failed",
        metric: "request_failed",
        source: "rate<0.01",
        limit: 0.01,
        value: 2 / 600,
        unit: "ratio",
      }),
    ],
    failures: {
      total: 2,
      share: 2 / 600,
      kinds: [
        {
          kind: "timeout_first_content",
          count: 2,
          share: 2 / 600,
          firstAt: 64_210,
          statuses: { "200": 2 },
          messages: [{ message: "no content within 30 s", count: 2 }],
        },
      ],
    },
    checks: [{ name: "answered in full", passes: 598, fails: 0 }],
    telemetry: [],
    counters: [],
    usage: { gpus: [], hosts: [], processes: [] },
    sources: [],
    fingerprint: {},
    warnings: [
      {
        code: "few_requests_for_p99",
        message: "p99 of 600 requests rests on 6 of them.",
        advice: "Run longer, or quote p95.",
      },
    ],
    ...changes,
  };
}

/** A run that failed in every way a report has to show. */
export function failedSummary(): Summary {
  const base = summaryFixture();
  return summaryFixture({
    verdict: {
      status: "failed",
      exitCode: 1,
      reasons: ["ttft_scheduled p(95)<2000 failed: 4.21 s."],
    },
    thresholds: [
      threshold({ value: 4210, status: "failed", ok: false }),
      noData({ key: "ttft{phase:spike}", status: "no_data", ok: false, count: 0 }),
    ],
    failures: {
      total: 90,
      share: 0.15,
      kinds: [
        {
          kind: "overloaded",
          count: 61,
          share: 61 / 600,
          firstAt: 31_000,
          statuses: { "503": 58, "429": 3 },
          messages: [{ message: "no slot available", count: 61 }],
        },
        ...base.failures.kinds,
      ],
    },
  });
}

/** A run whose target never became ready: nothing was measured. */
export function emptySummary(): Summary {
  const nothing = { total: 0, ok: 0, failed: 0, censored: 0 };
  const none = { completed: 0, dropped: 0, interrupted: 0, failed: 0 };
  const base = summaryFixture({
    verdict: {
      status: "target_failed",
      exitCode: 6,
      reasons: ["llama-server exited with code 1 before it was ready."],
    },
    validity: { status: "valid", gates: [] },
    metrics: {},
    headline: [],
    phases: [],
    rates: {},
    census: {
      requests: nothing,
      measuredRequests: nothing,
      iterations: none,
      measuredIterations: none,
    },
    slo: { limits: [{ metric: "ttft", limit: 500 }] },
    thresholds: [noData({ status: "no_data", ok: false, count: 0 })],
    failures: { total: 0, kinds: [] },
    checks: [],
    warnings: [],
  });
  const run = { ...base.run, end: "target_failed", complete: false } as const;
  return without({ ...base, run }, "target");
}
