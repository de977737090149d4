import { describe, expect, test } from "vitest";
import type { RunLine } from "../../src/core/records.ts";
import type { Plan } from "../../src/scenario/plan.ts";
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
} from "../support/runs/run-lines.ts";

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

test("an aborted run fails for its reason, and not for the requests it cut off", async () => {
  const lines = steadyLines().slice(0, -1);
  const cutOff = every(1, 3900, 30).map((at) => censoredRequest(at));
  const reason = { type: "footer", at: 4100, reason: "aborted", message: "ttft fails" } as const;
  const { verdict, validity } = await summaryOf([...lines, ...cutOff, reason]);
  expect(verdict).toMatchObject({ status: "failed", exitCode: 1 });
  expect(verdict.reasons).toEqual(["the run was aborted: ttft fails"]);
  const gate = validity.gates.find(({ id }) => id === "censored_requests");
  expect(gate).toMatchObject({ status: "not_measured" });
});

/** 2 s of overload, 10 s of recovery, a request every 100 ms; those due in `slow` wait 500 ms. */
function recoveryLines(
  slow: (due: number) => boolean,
  plan: Partial<Plan> = { slo: { limits: [{ metric: "ttft", limit: 100 }] } },
  overload = "spike",
): RunLine[] {
  const segment = { measured: true, from: 10, to: 10 };
  const segments = [
    { ...segment, phase: overload, duration: 2000 },
    { ...segment, phase: "recovery", duration: 10_000 },
  ];
  const scenario = { ...openScenario, executor: { ...openScenario.executor, segments } };
  return [
    header({ scenarios: [scenario], ...plan }),
    mark(overload, [0, 2000]),
    mark("recovery", [2000, 12_000]),
    ...every(100, 0, 120).map((at) => {
      const late = { firstContent: at + 500, lastContent: at + 530, ended: at + 540 };
      const phase = at < 2000 ? overload : "recovery";
      return request(at, { phase, ...(slow(at) && late) });
    }),
    footer(12_100),
  ];
}

async function recoveryOf(lines: readonly RunLine[]): Promise<number | undefined> {
  const found = (await summaryOf(lines)).metrics.recovery_time;
  return found?.kind === "gauge" ? found.value : undefined;
}

describe("the phases of an overload", () => {
  test("have their failures by kind, and what was in flight while they lasted", async () => {
    const lines = recoveryLines((due) => due >= 1000 && due < 2000);
    const refused = every(100, 1050, 3).map((at) => failedRequest(at, { phase: "spike" }));
    const late = failedRequest(3050, {
      phase: "recovery",
      outcome: { ok: false, failure: "stall", message: "nothing came" },
    });
    const { phases } = await summaryOf([...lines.slice(0, -1), ...refused, late, footer(12_100)]);
    const [spike, recovery] = phases;
    expect(spike?.failures).toEqual([{ kind: "overloaded", count: 3 }]);
    expect(recovery?.failures).toEqual([{ kind: "stall", count: 1 }]);
    // Each slow request lasts 540 ms and one begins every 100 ms.
    expect(spike?.inFlightMax).toBe(6);
    // The last five slow ones of the spike are still under way when the next one is sent.
    expect(recovery?.inFlightMax).toBe(6);
    expect(recovery?.inFlightMean).toBeLessThan(1.1);
  });
});

describe("recovery", () => {
  test("is the time until the waiting is back within its limit and stays there", async () => {
    // Windows of a second: those from 2 to 5 s have slow requests.
    expect(await recoveryOf(recoveryLines((due) => due < 4600))).toBe(3000);
    expect(await recoveryOf(recoveryLines((due) => due < 1000))).toBe(0);
  });

  test("counts from the end of a doubled peak too", async () => {
    const lines = recoveryLines((due) => due < 4600, undefined, "peak2x");
    expect(await recoveryOf(lines)).toBe(3000);
  });

  test("begins anew after a relapse", async () => {
    const relapse = (due: number): boolean => due < 3000 || (due >= 7000 && due < 7300);
    expect(await recoveryOf(recoveryLines(relapse))).toBe(6000);
  });

  test("is absent when it never came, and without a limit or an overload", async () => {
    expect(await recoveryOf(recoveryLines(() => true))).toBeUndefined();
    expect(await recoveryOf(recoveryLines(() => false, {}))).toBeUndefined();
    expect(await recoveryOf(recoveryLines(() => false, undefined, "busy"))).toBeUndefined();
  });

  test("that never came fails its threshold, and says how long it was waited for", async () => {
    const source = "value<=5000";
    const asked = threshold({
      ...{ key: "recovery_time", metric: "recovery_time", source, limit: 5000 },
      ...{ operator: "<=", aggregation: { kind: "value" } },
    });
    const slo = { limits: [{ metric: "ttft" as const, limit: 100 }] };
    const never = await summaryOf(recoveryLines(() => true, { slo, thresholds: [asked] }));
    expect(never.verdict).toMatchObject({ status: "failed", exitCode: 1 });
    expect(never.verdict.reasons).toContain(
      `recovery_time: ${source} is not met: the p95 of the waiting was not back within 100 ms by the end of the run, 10.0 s after spike`,
    );
    expect(never.thresholds[0]).toMatchObject({ status: "no_data", ok: false });
    expect(never.recovery).toMatchObject({ phase: "spike", limit: 100 });
    expect(never.recovery).not.toHaveProperty("ms");
    const late = recoveryLines((due) => due < 8600, { slo, thresholds: [asked] });
    expect((await summaryOf(late)).verdict.reasons).toEqual([
      `recovery_time: ${source} is not met: 7000 ms`,
    ]);
    const soon = recoveryLines((due) => due < 4600, { slo, thresholds: [asked] });
    expect(await summaryOf(soon)).toMatchObject({
      verdict: { status: "passed" },
      recovery: { phase: "spike", limit: 100, ms: 3000 },
    });
    const steady = await summaryOf(steadyLines({ thresholds: [asked] }));
    expect(steady.verdict.reasons).toEqual([
      `recovery_time: ${source} is not met: the run has no phase spike or peak2x`,
    ]);
    expect(steady).not.toHaveProperty("recovery");
  });

  test("takes its limit from a p(95) threshold where there is no SLO, the phase's own first", async () => {
    const lax = threshold({ metric: "ttft_scheduled", limit: 1000 });
    const strict = threshold({ metric: "ttft_scheduled", selector: { phase: "recovery" } });
    const slow = (due: number): boolean => due < 4600;
    expect(await recoveryOf(recoveryLines(slow, { thresholds: [lax] }))).toBe(0);
    expect(await recoveryOf(recoveryLines(slow, { thresholds: [lax, strict] }))).toBe(3000);
  });

  test("does not come while requests fail", async () => {
    const lines = recoveryLines(() => false);
    const failing = every(100, 2000, 25).map((at) => failedRequest(at, { phase: "recovery" }));
    expect(await recoveryOf([...lines.slice(0, -1), ...failing, footer(12_100)])).toBe(3000);
  });
});
