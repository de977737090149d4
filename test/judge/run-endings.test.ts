import { describe, expect, test } from "vitest";
import type { RunLine } from "../../src/core/records.ts";
import {
  censoredRequest,
  closedScenario,
  every,
  failedRequest,
  footer,
  header,
  iteration,
  judged,
  mark,
  marks,
  metric,
  openScenario,
  request,
  served,
  steadyLines,
  summaryOf,
  threshold,
  without,
} from "../support/run-lines.ts";

describe("a run that did not complete", () => {
  test("without a footer is cut short, its window ends with it, and what is unknown is said", async () => {
    const lines = steadyLines().filter(
      (line) =>
        line.type !== "footer" &&
        !(line.type === "phase" && line.name === "drain") &&
        !(line.type === "request" && line.sent > 3000) &&
        !(line.type === "iteration" && (line.started ?? 0) > 3000),
    );
    const summary = await summaryOf(lines);
    expect(summary.run).toMatchObject({ complete: false, end: "cut_short" });
    expect(summary.run.measured.end).toBe(3082);
    expect(summary.census.iterations.unknown).toBe(9);
    expect(metric(summary, "requests", "counter").count).toBe(11);
    expect(summary.verdict).toMatchObject({ status: "interrupted", exitCode: 130 });
    expect(summary.warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["incomplete_run", "unfinished_unknown"]),
    );
    const gate = summary.validity.gates.find(({ id }) => id === "achieved_rate");
    expect(gate).toMatchObject({ status: "not_measured" });
  });

  test("by an interrupt is measured up to it", async () => {
    const summary = await summaryOf([
      header(),
      ...marks,
      ...served(every(100, 2000, 5)),
      { type: "event", at: 2500, name: "interrupt", message: "SIGINT" },
      censoredRequest(2480),
      mark("drain", [2600, 2600], { measured: false }),
      { ...footer(2600, "interrupted"), message: "SIGINT" },
    ]);
    expect(summary.run.measured).toEqual({ start: 2000, end: 2500, ms: 500 });
    expect(summary.rates.target).toBe(10);
    expect(summary.verdict).toMatchObject({
      exitCode: 130,
      reasons: ["the run was interrupted: SIGINT"],
    });
  });

  test("because the target died keeps what was measured and exits 6", async () => {
    const summary = await summaryOf([
      header(),
      ...marks,
      ...served(every(100, 2000, 5)),
      { type: "event", at: 2500, name: "server_exit", message: "killed", signal: "SIGKILL" },
      ...every(100, 2500, 30).map((at) => failedRequest(at)),
      footer(4100, "target_failed"),
    ]);
    expect(summary.verdict).toMatchObject({ status: "target_failed", exitCode: 6 });
    expect(metric(summary, "ttft", "trend").count).toBe(5);
  });

  test("because the target never started has a header and a footer, and a summary", async () => {
    const { summary, series } = await judged([header(), footer(300, "target_failed")]);
    expect(summary).not.toHaveProperty("target");
    expect(summary.metrics).toEqual({});
    expect(summary.phases).toEqual([]);
    expect(summary.verdict.exitCode).toBe(6);
    expect(series.slowest).toEqual([]);
    expect(series.at.length).toBeGreaterThan(0);
  });

  test("with the header alone is summarised too", async () => {
    const summary = await summaryOf([header()]);
    expect(summary.verdict.exitCode).toBe(130);
    expect(summary.run.measured.ms).toBe(0);
  });

  test("is readable at every moment of it", async () => {
    const lines = steadyLines({ thresholds: [threshold()] });
    for (let length = 1; length <= lines.length; length += 3) {
      const { summary } = await judged(lines.slice(0, length));
      expect(summary.run.complete).toBe(false);
      for (const one of Object.values(summary.metrics))
        for (const value of Object.values(one)) expect(value).not.toBeNaN();
    }
  });

  test("says that its last line was torn", async () => {
    const { run } = await summaryOf([
      header(),
      { type: "warning", at: 5, code: "torn_line", message: "line 2, the last, is torn" },
    ]);
    expect(run.torn).toBe(true);
  });
});

describe("a closed loop", () => {
  const first = without(request(1000, { phase: "smoke" }), "scheduled");
  const second = without(request(1100, { phase: "smoke", iteration: 1 }), "scheduled");
  const turn = without(iteration(1000, { phase: "smoke", checks: { full: true } }), "scheduled");
  const lines: RunLine[] = [
    header({ scenarios: [closedScenario] }),
    mark("smoke", [1000, 601_000]),
    first,
    turn,
    second,
    { ...turn, started: 1100, ended: 1190, iteration: 1, checks: { full: false } },
    mark("drain", [1200, 1200], { measured: false }),
    footer(1210),
  ];

  test("ends its window when the work is done, not when its time is up", async () => {
    const summary = await summaryOf(lines);
    expect(summary.run).toMatchObject({ loop: "closed", measured: { ms: 200 } });
    expect(metric(summary, "requests", "counter").rate).toBe(10);
    expect(metric(summary, "output_tokens_per_second", "gauge").value).toBe(40);
    expect(summary.metrics).not.toHaveProperty("ttft_scheduled");
    expect(summary.rates).not.toHaveProperty("target");
    expect(summary.headline[0]).toBe("ttft");
  });

  test("has checks as k6", async () => {
    const summary = await summaryOf(lines);
    expect(metric(summary, "checks", "rate")).toMatchObject({ rate: 0.5, passes: 1, count: 2 });
    expect(summary.checks).toEqual([{ name: "full", passes: 1, fails: 1 }]);
    expect(metric(summary, "iteration_duration", "trend")).toMatchObject({ min: 82, max: 90 });
  });
});

describe("recovery", () => {
  const scenario = {
    ...openScenario,
    executor: {
      ...openScenario.executor,
      segments: [
        { phase: "spike", measured: true, duration: 2000, from: 10, to: 10 },
        { phase: "recovery", measured: true, duration: 10_000, from: 10, to: 10 },
      ],
    },
  } as typeof openScenario;
  const slow = { firstContent: 0, lastContent: 0 };
  const lines = (slowUntil: number): RunLine[] => [
    header({ scenarios: [scenario], slo: { limits: [{ metric: "ttft", limit: 100 }] } }),
    mark("spike", [0, 2000]),
    mark("recovery", [2000, 12_000]),
    ...every(100, 0, 120).map((at) =>
      request(at, {
        phase: at < 2000 ? "spike" : "recovery",
        ...(at < slowUntil && {
          ...slow,
          firstContent: at + 500,
          lastContent: at + 530,
          ended: at + 540,
        }),
      }),
    ),
    footer(12_100),
  ];

  test("is the time until the waiting is back within its limit and stays there", async () => {
    // Windows of a second: those from 2 to 5 s have slow requests.
    expect(metric(await summaryOf(lines(4600)), "recovery_time", "gauge").value).toBe(3000);
    expect(metric(await summaryOf(lines(1000)), "recovery_time", "gauge").value).toBe(0);
  });

  test("is absent when it never came", async () => {
    expect((await summaryOf(lines(99_999))).metrics).not.toHaveProperty("recovery_time");
  });
});
