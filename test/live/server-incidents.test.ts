/**
 * The real llama-server, attached to by its URL: a thousand requests without a failure of ours, and
 * what a run says when the server is killed, freezes, or is restarted behind the same port.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { FailureKind, RequestRecord } from "../../src/core/request-record.ts";
import type { Summary } from "../../src/judge/summary.ts";
import {
  ready,
  spawnServer,
  stopServer,
  type ReadyServer,
} from "../support/servers/embedded-server.ts";
import {
  liveModel,
  liveServer,
  liveServerMissing,
  liveServerNote,
} from "../support/servers/live-server.ts";
import { OWN_GATES } from "../support/runs/own-gates.ts";
import { plimsoll } from "../support/program.ts";
import { isRequest, startRun, trendOf } from "../support/scripted-run.ts";

const servers: ReadyServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    // A process that is stopped does not even die before it is continued.
    server.child.kill("SIGCONT");
    await stopServer(server);
  }
});

async function startServer(slots: number, context: number, port = 0): Promise<ReadyServer> {
  const server = await ready(
    spawnServer(liveServer ?? "", [
      ...["-m", await liveModel(), "--host", "127.0.0.1", "--port", String(port), "--offline"],
      ...["-np", String(slots), "-c", String(slots * context), "-t", "1", "--cache-ram", "0"],
    ]),
  );
  servers.push(server);
  return server;
}

const THRESHOLDS = { request_failed: ["rate<0.01"] };

/** One chat request an iteration, of exactly so many tokens. */
function generating(tokens: number): string {
  const request = `{ prompt: "the people of the world", maxTokens: ${tokens}, ignoreEos: true }`;
  return `export default async ({ llm }) => { await llm(chat(${request})); };\n`;
}

/** These tests are about the server's incidents; the machine may be busy with other things. */
const ONLY_THE_SERVER = OWN_GATES.flatMap((gate) => ["--validity", `${gate}=off`]);

/**
 * Short answers in an open loop, and beside them two streams that are always under way, without a
 * pause in which an incident could miss both. All of it is little enough for the server of a busy
 * machine.
 */
function traffic(duration: string, deadlines: object = {}): string {
  const short = { executor: "constant-arrival-rate", rate: 10, duration, preAllocatedVUs: 200 };
  const long = { executor: "constant-vus", vus: 2, duration, gracefulStop: "10s", exec: "long" };
  const options = { scenarios: { short, long }, thresholds: THRESHOLDS, deadlines };
  const request = `{ prompt: "the people of the world", maxTokens: 300, ignoreEos: true }`;
  return `export const options = ${JSON.stringify(options)};
export const long = async ({ llm, sleep }) => {
  const { ok } = await llm(chat(${request}));
  if (!ok) await sleep(0.2);
};
${generating(8)}`;
}

/** 5 is the honest answer on a machine that something else keeps busy. */
function expectFailed(code: number | null, summary: Summary): void {
  const bad = summary.validity.gates.filter(({ status }) => status === "invalid");
  expect(bad.length === 0 ? [1] : [5], JSON.stringify(bad)).toContain(code);
  expect(summary.run.complete).toBe(true);
}

function kindsOf(summary: Summary): readonly FailureKind[] {
  return summary.failures.kinds.map(({ kind }) => kind);
}

/** Every kind with its number and its words, in the terminal and in Markdown. */
async function expectReadable(directory: string, summary: Summary): Promise<void> {
  const { stdout } = await plimsoll(["report", directory, "--format", "markdown,html"]);
  const markdown = readFileSync(join(directory, "report.md"), "utf8");
  const html = readFileSync(join(directory, "report.html"), "utf8");
  for (const { kind, count, messages } of summary.failures.kinds) {
    expect(markdown).toContain(`- ${String(count)} × \`${kind}\`: \``);
    expect(stdout).toMatch(new RegExp(`${String(count)} +(× )?${kind}`));
    expect(html).toContain(kind);
    expect(messages[0]?.message).toMatch(/\w{3}/);
  }
  expect(markdown).toContain("❌ `request_failed: rate<0.01`");
}

function lastFailure(requests: readonly RequestRecord[]): number {
  return Math.max(...requests.filter(({ outcome }) => !outcome.ok).map(({ sent }) => sent));
}

describe.skipIf(liveServerMissing)(`the real llama-server${liveServerNote}`, () => {
  it("carries 1,000 requests on 16 streams without one failure of the client's making", async () => {
    const { url } = await startServer(16, 256);
    const main = { executor: "shared-iterations", vus: 16, iterations: 1000, maxDuration: "90s" };
    const only = `export const options = ${JSON.stringify({ scenarios: { main }, thresholds: THRESHOLDS })};\n`;
    const run = startRun(only + generating(8), ["--target", url, "--quiet"]);
    const { code, stderr, summary } = await run.ended;
    // 5 is the honest answer on a machine that something else keeps busy.
    expect([0, 5], stderr).toContain(code);
    expect(summary.census.measuredRequests).toMatchObject({ ok: 1000, failed: 0 });
    expect(summary.failures).toMatchObject({ total: 0, kinds: [] });
    expect(trendOf(summary, "output_tokens")).toMatchObject({ min: 8, max: 8, sum: 8000 });
    // A connection each: none was reused, so none was closed under a request.
    expect(trendOf(summary, "connect").count).toBe(1000);
  });

  it("that is killed gives cut streams, then refused connections", async () => {
    const { url, child } = await startServer(4, 512);
    const run = startRun(traffic("6s"), ["--target", url, "--quiet", ...ONLY_THE_SERVER]);
    await run.until(isRequest);
    await sleep(2000);
    child.kill("SIGKILL");
    const { code, directory, summary } = await run.ended;
    // A target that dies is a failed target, also when it is not ours.
    expect(code).toBe(6);
    expect(summary.verdict.status).toBe("target_failed");
    expect(kindsOf(summary)).toContain("connect_refused");
    expect(kindsOf(summary)).toContain("truncated");
    for (const kind of kindsOf(summary))
      expect(["connect_refused", "connect_reset", "truncated"]).toContain(kind);
    expect(summary.census.measuredRequests.ok).toBeGreaterThan(10);
    await expectReadable(directory, summary);
  });

  it("that freezes gives stalls and missing first content while it does, and none after", async () => {
    const { url, child } = await startServer(4, 512);
    const deadlines = { connect: "2s", firstContent: "1500ms", nextContent: "1500ms" };
    const run = startRun(traffic("10s", deadlines), [
      "--target",
      url,
      "--quiet",
      ...ONLY_THE_SERVER,
    ]);
    await run.until(isRequest);
    await sleep(1500);
    child.kill("SIGSTOP");
    await sleep(4000);
    child.kill("SIGCONT");
    const { code, directory, summary } = await run.ended;
    expectFailed(code, summary);
    expect(kindsOf(summary)).toEqual(expect.arrayContaining(["stall", "timeout_first_content"]));
    expect(kindsOf(summary)).toHaveLength(2);
    const requests = (await run.lines()).filter(isRequest);
    const after = requests.filter(({ sent }) => sent > lastFailure(requests));
    expect(after.length).toBeGreaterThan(15);
    await expectReadable(directory, summary);
  });

  it("that is restarted behind the same port is used again as soon as it is back", async () => {
    const first = await startServer(4, 512);
    const run = startRun(traffic("9s"), ["--target", first.url, "--quiet", ...ONLY_THE_SERVER]);
    await run.until(isRequest);
    await sleep(1500);
    await stopServer(first);
    await sleep(1000);
    await startServer(4, 512, Number(new URL(first.url).port));
    const { code, directory, summary } = await run.ended;
    expectFailed(code, summary);
    expect(kindsOf(summary)).toContain("connect_refused");
    // While it loads its model, llama-server answers 503.
    for (const kind of kindsOf(summary))
      expect(["connect_refused", "connect_reset", "truncated", "overloaded"]).toContain(kind);
    const requests = (await run.lines()).filter(isRequest);
    const after = requests.filter(({ sent }) => sent > lastFailure(requests));
    expect(after.length).toBeGreaterThan(30);
    expect(after.every(({ outcome }) => outcome.ok)).toBe(true);
    await expectReadable(directory, summary);
  });
});
