/** Whose fault it was: a busy client, a frozen server, a dead one, one that comes back. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { originNow, systemClock } from "../../src/core/clock.ts";
import type { RunLine, TargetLine } from "../../src/core/records.ts";
import { listenScripted } from "../../src/reference-server/scripted/listen-scripted.ts";
import {
  startScripted,
  type ScriptedServer,
} from "../../src/reference-server/scripted/start-scripted.ts";
import { asking, isRequest, openLoop, startRun, trendOf } from "../support/scripted-run.ts";
import { workerLoader } from "../support/worker-loader.ts";
import { OWN_GATES } from "../support/runs/own-gates.ts";

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScripted(originNow(), { node: process.execPath, args: workerLoader() });
});
afterAll(() => server.stop());

const script = { tokens: 8, ttft: 20, itl: 5 };
const isTarget = (line: RunLine): line is TargetLine => line.type === "target";
/** The machine may be busy with other things; these tests are about one cause at a time. */
const ONLY_THE_SERVER = OWN_GATES.filter((gate) => gate !== "dispatch_lag").flatMap((gate) => [
  "--validity",
  `${gate}=off`,
]);

describe("a client that is overloaded on purpose", () => {
  it("is INVALID, with code 5, whatever the server did", async () => {
    const burn = "const until = Date.now() + 30; while (Date.now() < until);";
    const scenario = openLoop(60, "6s") + asking(script, burn);
    const { code, summary } = await startRun(scenario, ["--target", server.url, "--quiet"]).ended;
    expect(code).toBe(5);
    expect(summary.verdict.status).toBe("invalid");
    const bad = summary.validity.gates.filter(({ status }) => status === "invalid");
    const ids = bad.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(["event_loop_utilization", "dispatch_lag"]));
    // Our own lateness is told apart from the server's time.
    expect(trendOf(summary, "dispatch_lag").p50).toBeGreaterThan(500);
  });
});

describe("a server that freezes for two seconds", () => {
  const expectFrozen = async (run: ReturnType<typeof startRun>): Promise<void> => {
    const { summary } = await run.ended;
    expect(trendOf(summary, "ttft_scheduled").max).toBeGreaterThan(1500);
    // In an open loop all that were due meanwhile waited: a quarter of the time, a quarter of them.
    expect(trendOf(summary, "ttft_scheduled").p90).toBeGreaterThan(500);
    expect(trendOf(summary, "dispatch_lag").p99).toBeLessThan(200);
    const lag = summary.validity.gates.find(({ id }) => id === "dispatch_lag");
    expect(lag?.status).not.toBe("invalid");
  };

  it("shows in ttft_scheduled, and not as a lag of ours", async () => {
    const scenario = openLoop(20, "8s") + asking(script);
    const run = startRun(scenario, ["--target", server.url, "--quiet", ...ONLY_THE_SERVER]);
    await run.until(isRequest);
    await sleep(1500);
    await server.freeze(2000);
    await expectFrozen(run);
  });

  it("shows so too when it is our own embedded server, stopped by a signal", async () => {
    const run = startRun(openLoop(10, "8s") + asking({}), ["--quiet", ...ONLY_THE_SERVER]);
    const { identity } = await run.until(isTarget);
    await run.until(isRequest);
    await sleep(1500);
    process.kill(identity.pid ?? 0, "SIGSTOP");
    await sleep(2000);
    process.kill(identity.pid ?? 0, "SIGCONT");
    await expectFrozen(run);
  });
});

describe("a server that dies", () => {
  it("ends the run with 6; what was measured is kept, and the server's last words", async () => {
    const run = startRun(openLoop(10, "30s") + asking({}), []);
    const { identity } = await run.until(isTarget);
    await run.until(isRequest);
    await sleep(1000);
    process.kill(identity.pid ?? 0, "SIGKILL");
    const { code, stderr, summary } = await run.ended;
    expect(code).toBe(6);
    expect(stderr).toMatch(/SIGKILL/);
    expect(summary.run).toMatchObject({ end: "target_failed", complete: false });
    expect(summary.run.durationMs).toBeLessThan(25_000);
    expect(summary.census.measuredRequests.ok).toBeGreaterThan(0);
    expect((await run.lines()).at(-1)).toMatchObject({ type: "footer", reason: "target_failed" });
  });

  it("and comes back behind the same port gives failures of their kind, then none", async () => {
    const listen = (port: number) =>
      listenScripted({ clock: systemClock(originNow()), port, defaults: script });
    const first = await listen(0);
    const thresholds = { request_failed: ["rate<0.01"] };
    const scenario = openLoop(20, "8s", { thresholds }) + asking(script);
    const run = startRun(scenario, ["--target", first.url, "--quiet", ...ONLY_THE_SERVER]);
    await run.until(isRequest);
    await sleep(1500);
    first.close();
    await sleep(1500);
    const second = await listen(Number(new URL(first.url).port));
    try {
      const { code, summary } = await run.ended;
      expect(code).toBe(1);
      expect(summary.run.complete).toBe(true);
      const requests = (await run.lines()).filter(isRequest);
      const failed = requests.filter(({ outcome }) => !outcome.ok);
      const kinds = new Set(failed.map(({ outcome }) => !outcome.ok && outcome.failure));
      expect([...kinds]).toContain("connect_refused");
      for (const kind of kinds)
        expect(["connect_refused", "connect_reset", "truncated"]).toContain(kind);
      expect(failed.length).toBeGreaterThan(10);
      const lastFailure = Math.max(...failed.map(({ sent }) => sent));
      const after = requests.filter(({ sent }) => sent > lastFailure);
      expect(after.length).toBeGreaterThan(20);
    } finally {
      second.close();
    }
  });
});

describe("a threshold with abortOnFail", () => {
  it("ends the run early with 1, runs the teardown, and is named while it fails", async () => {
    const failing = { threshold: "p(95)<1", abortOnFail: true, delayAbortEval: "8s" };
    const thresholds = { ttft: [failing], requests: ["count>100000"] };
    const teardown = 'export const teardown = () => { console.error("TORN DOWN"); };\n';
    const scenario = openLoop(20, "60s", { thresholds }) + teardown + asking(script);
    const { code, stderr, summary } = await startRun(scenario, [
      "--target",
      server.url,
      ...ONLY_THE_SERVER,
    ]).ended;
    expect(code).toBe(1);
    expect(summary.run).toMatchObject({ end: "aborted", complete: false });
    expect(summary.run.endMessage).toMatch(/^threshold ttft: p\(95\)<1 fails: .* ms so far$/);
    expect(summary.run.measured.ms).toBeGreaterThan(8000);
    expect(summary.run.measured.ms).toBeLessThan(20_000);
    expect(stderr).toContain("TORN DOWN");
    expect(stderr).toContain("FAILING ttft: p(95)<1, requests: count>100000");
    expect(summary.metrics.vus_max).toMatchObject({ kind: "gauge", value: 1000 });
  });
});
