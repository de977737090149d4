import { describe, expect, test } from "vitest";
import { Collector } from "../../../src/judge/collect/collector.ts";
import type { Summary } from "../../../src/judge/summary.ts";
import {
  footer,
  header,
  marks,
  openScenario,
  sample,
  served,
  steadyLines,
  summaryOf,
  threshold,
} from "../../support/runs/run-lines.ts";

describe("thresholds", () => {
  const run = async (...thresholds: ReturnType<typeof threshold>[]): Promise<Summary> => {
    const lines = steadyLines({ thresholds });
    const extra = [
      sample(2500, "gpu_utilization", 60, "nvml:0"),
      sample(3500, "gpu_utilization", 80, "nvml:0"),
      sample(500, "gpu_utilization", 0, "nvml:0"),
      sample(3600, "gpu_utilization", 20, "nvml:1"),
    ];
    return summaryOf([...lines.slice(0, -1), ...extra, ...lines.slice(-1)]);
  };

  test("pass and fail by k6's aggregations, and decide the verdict", async () => {
    const summary = await run(
      threshold({ limit: 50.5 }),
      threshold({ operator: "<", limit: 50 }),
      threshold({
        metric: "requests",
        key: "requests",
        aggregation: { kind: "count" },
        operator: ">=",
        limit: 20,
      }),
      threshold({
        metric: "requests",
        key: "requests",
        aggregation: { kind: "rate" },
        operator: ">",
        limit: 9,
      }),
      threshold({
        metric: "request_failed",
        key: "request_failed",
        aggregation: { kind: "rate" },
        limit: 0.01,
      }),
    );
    expect(summary.thresholds.map(({ status, value, unit }) => [status, value, unit])).toEqual([
      ["passed", 50, "ms"],
      ["failed", 50, "ms"],
      ["passed", 20, "requests"],
      ["passed", 10, "1/s"],
      ["passed", 0, "ratio"],
    ]);
    expect(summary.verdict).toEqual({
      status: "failed",
      exitCode: 1,
      reasons: ["ttft: p(95)<100 is not met: 50 ms"],
    });
  });

  test("without data fail, unless they say otherwise", async () => {
    const nothing = { metric: "ttfa", key: "ttfa" };
    const summary = await run(threshold(nothing), threshold({ ...nothing, noData: "pass" }));
    expect(summary.thresholds.map(({ status, ok }) => [status, ok])).toEqual([
      ["no_data", false],
      ["no_data", true],
    ]);
    expect(summary.thresholds[0]).not.toHaveProperty("value");
    expect(summary.verdict.reasons).toEqual(["ttfa: p(95)<100 has no data"]);
  });

  test("select phases and scenarios, but never an unmeasured phase", async () => {
    const summary = await run(
      threshold({ selector: { phase: "steady", scenario: "main" } }),
      threshold({ selector: { phase: "warmup" } }),
      threshold({ selector: { scenario: "other" } }),
    );
    expect(summary.thresholds.map(({ count }) => count)).toEqual([20, 0, 0]);
  });

  test("select tags of requests and of scenarios", async () => {
    const lines = [
      header({
        scenarios: [{ ...openScenario, tags: { team: "a" } }],
        thresholds: [
          threshold({ selector: { kind: "long" } }),
          threshold({ selector: { kind: "long", status: "200" } }),
          threshold({ selector: { kind: "none" } }),
          threshold({
            metric: "iterations",
            selector: { team: "a" },
            aggregation: { kind: "count" },
          }),
        ],
      }),
      ...marks,
      ...served([2000, 2100], { tags: { kind: "long" } }),
      ...served([2200], { tags: { kind: "short" } }),
      footer(4100),
    ];
    expect((await summaryOf(lines)).thresholds.map(({ count }) => count)).toEqual([2, 2, 0, 3]);
  });

  test("work over telemetry in the measured windows, by source too", async () => {
    const gpu = { metric: "gpu_utilization", aggregation: { kind: "avg" }, operator: ">" } as const;
    const summary = await run(
      threshold({ ...gpu, limit: 50 }),
      threshold({ ...gpu, selector: { source: "nvml:0" }, limit: 50 }),
      threshold({ ...gpu, aggregation: { kind: "value" }, operator: "==", limit: 20 }),
    );
    expect(summary.thresholds.map(({ value }) => value)).toEqual([
      expect.closeTo(160 / 3, 9),
      70,
      20,
    ]);
    expect(summary.thresholds[0]?.unit).toBe("%");
    expect(summary.telemetry.map(({ source, count, mean }) => [source, count, mean])).toEqual([
      ["nvml:0", 2, 70],
      ["nvml:1", 1, 20],
    ]);
  });
});

test("thresholds of a running test are those of its lines so far, rates up to now", () => {
  const thresholds = [
    threshold({ limit: 60 }),
    threshold({ metric: "requests", aggregation: { kind: "rate" }, operator: ">", limit: 9 }),
  ];
  const [first, ...rest] = steadyLines({ thresholds });
  if (first?.type !== "header") throw new Error("no header");
  const collector = new Collector(first);
  const look = (now: number): unknown[] =>
    collector.thresholds(now).map(({ status, value }) => [status, value]);
  expect(look(0)).toEqual([
    ["no_data", undefined],
    ["no_data", undefined],
  ]);
  for (const line of rest) if (line.type !== "request" || line.sent < 3000) collector.add(line);
  expect(look(3000)).toEqual([
    ["passed", 50],
    ["passed", 10],
  ]);
});
