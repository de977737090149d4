import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunLine } from "../../src/core/records.ts";
import {
  censoredRequest,
  dropped,
  every,
  failedRequest,
  footer,
  header,
  iteration,
  judged,
  marks,
  metric,
  openScenario,
  request,
  sample,
  served,
  steadyLines,
  summaryOf,
} from "../support/runs/run-lines.ts";

describe("a steady run", () => {
  test("counts only its measured phases", async () => {
    const summary = await summaryOf(steadyLines());
    expect(summary.run).toMatchObject({
      complete: true,
      end: "completed",
      loop: "open",
      torn: false,
      measured: { start: 2000, end: 4000, ms: 2000 },
      durationMs: 4100,
    });
    expect(metric(summary, "ttft", "trend")).toMatchObject({ count: 20, p50: 50, max: 50 });
    expect(metric(summary, "requests", "counter")).toMatchObject({ count: 20, rate: 10 });
    expect(metric(summary, "iterations", "counter").count).toBe(20);
    expect(metric(summary, "dropped_iterations", "counter").count).toBe(0);
    expect(metric(summary, "request_failed", "rate")).toMatchObject({ rate: 0, count: 20 });
    expect(metric(summary, "itl", "trend")).toMatchObject({ count: 60, p50: 10, per: "token" });
    expect(metric(summary, "output_tokens", "trend")).toMatchObject({
      sum: 80,
      sources: { usage: 20 },
    });
    expect(summary.verdict).toEqual({ status: "passed", exitCode: 0, reasons: [] });
    expect(summary.validity.status).toBe("valid");
  });

  test("has rates and a census", async () => {
    const { rates, census, phases } = await summaryOf(steadyLines());
    expect(rates).toMatchObject({ target: 10, achieved: 10, achievedShare: 1, requests: 10 });
    expect(rates).not.toHaveProperty("goodput");
    // 20 requests of 81 ms each in 2 s; the last of the warm-up ended before.
    expect(rates.inFlightMean).toBeCloseTo((20 * 81) / 2000, 9);
    expect(rates.inFlightMax).toBe(1);
    expect(census.requests).toEqual({ total: 30, ok: 30, failed: 0, censored: 0 });
    expect(census.measuredRequests.total).toBe(20);
    expect(
      phases.map(({ name, measured, requests, achievedRate }) => [
        name,
        measured,
        requests,
        achievedRate,
      ]),
    ).toEqual([
      ["warmup", false, 10, 10],
      ["steady", true, 20, 10],
      ["drain", false, 0, undefined],
    ]);
    expect(phases[0]?.metrics).toEqual({});
    expect(phases[1]?.metrics.ttft).toMatchObject({ count: 20 });
  });

  test("is the same, however the lines after the marks are ordered", async () => {
    const lines = steadyLines();
    const fixed = lines.slice(0, 4);
    const rest = lines.slice(4);
    const expected = await summaryOf(lines);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(rest, { minLength: rest.length }), async (shuffled) => {
        expect(await summaryOf([...fixed, ...shuffled])).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});

describe("output tokens per second", () => {
  const only = (record: ReturnType<typeof request>): RunLine[] => [
    header(),
    ...marks,
    record,
    footer(5000),
  ];
  const tokensPerSecond = async (record: ReturnType<typeof request>): Promise<number> =>
    metric(await summaryOf(only(record)), "output_tokens_per_second", "gauge").value;

  test("takes in what a request of the warm-up received inside the window", async () => {
    // Tokens at 1990, 2000, 2010, 2020: three of them from 2000 on, in a window of 2 s.
    const summary = await summaryOf([
      ...only(request(1940, { phase: "warmup" })).slice(0, -1),
      request(2100),
      footer(5000),
    ]);
    expect(metric(summary, "output_tokens_per_second", "gauge").value).toBe((3 + 4) / 2);
  });

  test("leaves out what was received in the drain", async () => {
    // Tokens at 3985, 3995, 4005, 4015: two before 4000.
    expect(await tokensPerSecond(request(3935))).toBe(1);
  });

  test("counts tokens of requests that failed or were cut off later", async () => {
    expect(await tokensPerSecond(censoredRequest(3000))).toBe(1);
  });
});

describe("failures", () => {
  const lines = [
    header({ slo: { limits: [{ metric: "ttft", limit: 50 }] } }),
    ...marks,
    ...served(every(100, 2000, 16)),
    failedRequest(3600),
    failedRequest(3700, { outcome: { ok: false, failure: "overloaded", message: "busy" } }),
    failedRequest(3800),
    censoredRequest(3900),
    footer(4100),
  ];

  test("have no latency, and count in the failure rate", async () => {
    const summary = await summaryOf(lines);
    expect(metric(summary, "ttft", "trend").count).toBe(16);
    expect(metric(summary, "request_failed", "rate")).toMatchObject({ passes: 3, count: 19 });
    expect(metric(summary, "requests", "counter").count).toBe(19);
    expect(summary.failures).toMatchObject({ total: 3, share: 3 / 19 });
    expect(summary.failures.kinds).toEqual([
      {
        kind: "overloaded",
        count: 3,
        share: 3 / 19,
        firstAt: 3620,
        statuses: { 503: 3 },
        messages: [
          { message: "no slot", count: 2 },
          { message: "busy", count: 1 },
        ],
      },
    ]);
  });

  test("and censored requests count against the SLO, and are said", async () => {
    const summary = await summaryOf(lines);
    expect(metric(summary, "slo_met", "rate")).toMatchObject({ passes: 16, count: 20 });
    expect(metric(summary, "goodput", "gauge").value).toBe(8);
    expect(summary.slo).toMatchObject({ requests: 20, met: 16, share: 0.8 });
    expect(summary.slo.limits[0]).toMatchObject({ metric: "ttft", limit: 50, share: 0.8, p95: 50 });
    expect(summary.census.measuredRequests).toEqual({ total: 20, ok: 16, failed: 3, censored: 1 });
    expect(summary.warnings.map(({ code }) => code)).toContain("censored_requests");
  });

  test("of every request fail the run even without a threshold", async () => {
    const summary = await summaryOf([
      header(),
      ...marks,
      ...every(100, 2000, 20).flatMap((at) => [failedRequest(at), iteration(at)]),
      footer(4100),
    ]);
    expect(summary.verdict).toMatchObject({
      status: "failed",
      exitCode: 1,
      reasons: ["all 20 requests failed"],
    });
    expect(summary.metrics).not.toHaveProperty("ttft");
    expect(summary.metrics).not.toHaveProperty("itl");
  });
});

describe("gaps between chunks", () => {
  test("of a single request give the whole metric another name", async () => {
    const lines = [
      ...steadyLines().slice(0, -1),
      request(3950, { perEvent: "chunk", contentGapsUs: [50_000, 30_000] }),
      footer(4100),
    ];
    const summary = await summaryOf(lines);
    expect(metric(summary, "itl", "trend").per).toBe("chunk");
    expect(summary.warnings.map(({ code }) => code)).toContain("itl_per_chunk");
  });
});

describe("several scenarios side by side", () => {
  const second = { ...openScenario, name: "other", startTime: 1000 };
  const lines: RunLine[] = [
    header({ scenarios: [openScenario, second] }),
    ...marks,
    ...marks.map((one) => ({
      ...one,
      scenario: "other",
      start: one.start + 1000,
      end: one.end + 1000,
    })),
    ...served(every(100, 1000, 10), {}, "warmup"),
    ...served(every(100, 2000, 20)),
    ...every(100, 2000, 10).flatMap((at) => [
      request(at, { scenario: "other", phase: "warmup" }),
      iteration(at, { scenario: "other", phase: "warmup" }),
    ]),
    ...every(100, 3000, 20).flatMap((at) => [
      request(at, { scenario: "other" }),
      iteration(at, { scenario: "other" }),
    ]),
    footer(5100),
  ];

  test("have one measured window, the union of theirs", async () => {
    const summary = await summaryOf(lines);
    expect(summary.run.measured).toEqual({ start: 2000, end: 5000, ms: 3000 });
    expect(metric(summary, "requests", "counter").count).toBe(40);
    expect(metric(summary, "output_tokens_per_second", "gauge").value).toBeCloseTo(160 / 3, 9);
    expect(summary.rates.target).toBeCloseTo(40 / 3, 9);
    expect(summary.validity.gates.find(({ id }) => id === "littles_law")).toMatchObject({
      status: "ok",
    });
  });
});

test("virtual users are those the workers say, added up", async () => {
  const lines = steadyLines();
  const summary = await summaryOf([
    ...lines.slice(0, -1),
    sample(2500, "vus", 3),
    sample(2500, "vus", 2, "worker-1"),
    sample(3500, "vus", 5),
    ...lines.slice(-1),
  ]);
  expect(summary.metrics.vus).toMatchObject({ value: 7, min: 5, max: 7 });
});

test("iterations that were dropped count as planned and not as achieved", async () => {
  const summary = await summaryOf([
    header(),
    ...marks,
    ...served(every(100, 2000, 18)),
    dropped(3800),
    dropped(3900),
    footer(4100),
  ]);
  expect(summary.rates).toMatchObject({ target: 10, achieved: 9, achievedShare: 0.9 });
  expect(metric(summary, "dropped_iterations", "counter").count).toBe(2);
  expect(summary.verdict).toMatchObject({ status: "invalid", exitCode: 5 });
});

test("lines without a header are refused", async () => {
  await expect(judged([footer(1)])).rejects.toThrow("do not begin with a run's header");
  await expect(judged([])).rejects.toThrow("do not begin with a run's header");
  await expect(judged([header(), header()])).rejects.toThrow("second header");
  const other = header({ schema: "plimsoll.plan/9" as "plimsoll.plan/1" });
  await expect(judged([other])).rejects.toThrow("plimsoll.plan/9");
});
