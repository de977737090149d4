/** Two thousand streams at once, and answers of a hundred thousand tokens. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { originNow } from "../../src/core/clock.ts";
import {
  startScripted,
  type ScriptedServer,
} from "../../src/reference-server/scripted/start-scripted.ts";
import { asking, isRequest, startRun, trendOf } from "../support/scripted-run.ts";
import { workerLoader } from "../support/worker-loader.ts";

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScripted(originNow(), { node: process.execPath, args: workerLoader() });
});
afterAll(() => server.stop());

/** 5 is the honest answer of a machine that is too small for it; everything must work all the same. */
const HONEST = [0, 5];
const GIB = 2 ** 30;

it.each([["1"], ["2"], ["auto"]])("2,000 streams at once, on %s worker(s)", async (workers) => {
  const executor = "per-vu-iterations";
  const main = { executor, vus: 2000, iterations: 1, maxDuration: "1m" };
  const options = `export const options = ${JSON.stringify({ scenarios: { main } })};\n`;
  // All begin in the first seconds and last for ten.
  const scenario = options + asking({ tokens: 20, ttft: 500, itl: 500 });
  const run = startRun(scenario, ["--target", server.url, "--quiet", "--workers", workers]);
  const { code, stderr, summary } = await run.ended;
  expect(HONEST, stderr).toContain(code);
  expect(summary.census.measuredRequests).toMatchObject({ ok: 2000, failed: 0 });
  const { vus } = summary.metrics;
  expect(vus?.kind === "gauge" && vus.max).toBe(2000);
  expect(trendOf(summary, "output_tokens").sum).toBe(40_000);
  expect(trendOf(summary, "itl").p50).toBeGreaterThan(450);
  expect(run.mostMemory()).toBeLessThan(GIB);
});

it("answers of 100,000 tokens", async () => {
  const executor = "per-vu-iterations";
  const main = { executor, vus: 4, iterations: 1, maxDuration: "1m" };
  const options = `export const options = ${JSON.stringify({ scenarios: { main } })};\n`;
  const scenario = options + asking({ tokens: 100_000, ttft: 10, itl: 1, burst: 10 });
  const run = startRun(scenario, ["--target", server.url, "--quiet"]);
  const { code, stderr, summary } = await run.ended;
  expect(HONEST, stderr).toContain(code);
  expect(summary.census.measuredRequests).toMatchObject({ ok: 4, failed: 0 });
  expect(trendOf(summary, "output_tokens")).toMatchObject({ min: 100_000, max: 100_000 });
  const requests = (await run.lines()).filter(isRequest);
  for (const { contentGapsUs } of requests) expect(contentGapsUs).toHaveLength(100_000);
  expect(run.mostMemory()).toBeLessThan(GIB);
});
