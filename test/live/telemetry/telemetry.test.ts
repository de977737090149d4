/** Telemetry of whole runs: beside the requests, on their clock, and with the same counts. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunLine } from "../../../src/core/records.ts";
import type { SourceLine } from "../../../src/core/telemetry-lines.ts";
import type { Summary } from "../../../src/judge/summary.ts";
import { readRun } from "../../../src/store/read-run.ts";
import { startEmbedded, stopServer } from "../../support/servers/embedded-server.ts";
import { liveServerMissing } from "../../support/servers/live-server.ts";
import { plimsoll } from "../../support/program.ts";
import { scratchFolder } from "../../support/scratch.ts";

/** 0 passed; 5 is the honest answer on a machine that something else keeps busy. */
const HONEST = [0, 5];

interface Run {
  readonly lines: readonly RunLine[];
  readonly summary: Summary;
  readonly directory: string;
}

async function run(target: string, ...more: readonly string[]): Promise<Run> {
  const cwd = scratchFolder("telemetry");
  const args = ["run", "steady", "--duration", "6s", "--target", target, "--json", "--quiet"];
  const { code, stdout, stderr } = await plimsoll([...args, ...more], { cwd });
  expect(HONEST, stderr).toContain(code);
  const [name = ""] = readdirSync(join(cwd, "reports"));
  const directory = join(cwd, "reports", name);
  const lines: RunLine[] = [];
  for await (const line of readRun(directory)) lines.push(line);
  return { lines, summary: JSON.parse(stdout) as Summary, directory };
}

/** A series of a source: times and values. */
function series(lines: readonly RunLine[], source: string, metric: string): [number, number][] {
  return lines.flatMap((line) => {
    if (line.type !== "readings" || line.source !== source) return [];
    const column = line.metrics.indexOf(metric) + 1;
    return line.rows.flatMap((row): [number, number][] => {
      const [at, value] = [row[0], column === 0 ? null : row[column]];
      return at == null || value == null ? [] : [[at, value]];
    });
  });
}

function sourcesOf(lines: readonly RunLine[]): readonly SourceLine[] {
  return lines.filter((line) => line.type === "source");
}

const targets = ["embedded", ...(liveServerMissing ? [] : ["llama-server"])];

describe.each(targets)("a run of %s", (target) => {
  test("yields host, process and server series on the clock of the requests, and equal counts", async () => {
    const { lines, summary, directory } = await run(target);
    expectSeriesBesideRequests(lines);
    expectCountsByReadings(lines);
    expectEqualCounts(summary, target);
    const accounts = sourcesOf(lines).flatMap(({ account }) => account ?? []);
    expect(accounts.length).toBeGreaterThanOrEqual(5);
    expect(accounts.filter(({ errors }) => errors > 0)).toEqual([]);
    const csv = readFileSync(join(directory, "samples.csv"), "utf8");
    expect(csv).toMatch(/^\d+(\.\d+)?,server,server_output_tokens,\d+$/m);
  });
});

function expectSeriesBesideRequests(lines: readonly RunLine[]): void {
  const { first, last } = trafficOf(lines);
  for (const [source, metric] of [
    ["host", "host_cpu"],
    ["host", "host_memory_used"],
    ["client", "proc_cpu"],
    ["client", "proc_rss"],
    ["server-process", "proc_cpu"],
    ["server-process", "proc_rss"],
    ["server", "server_slots_busy"],
    ["server", "server_kv_usage"],
    ["sampler", "proc_cpu"],
  ] as const) {
    const inside = series(lines, source, metric).filter(([at]) => at >= first && at <= last);
    expect(inside.length, `${source} ${metric}`).toBeGreaterThanOrEqual(5);
  }
}

/** Every phase edge was read, and what was counted from first to last is what we asked for. */
function expectCountsByReadings(lines: readonly RunLine[]): void {
  const { first, tokens } = trafficOf(lines);
  const output = series(lines, "server", "server_output_tokens");
  const edges = lines.flatMap((line) => (line.type === "phase" ? [line.start] : []));
  for (const edge of edges)
    expect(Math.min(...output.map(([at]) => Math.abs(at - edge))), `${edge}`).toBeLessThan(150);
  const before = output.filter(([at]) => at < first).at(-1)?.[1] ?? NaN;
  const after = output.at(-1)?.[1] ?? NaN;
  expect(after - before).toBe(tokens);
  // What is under way counts too, so it never goes back, and in the end it is the same.
  const live = series(lines, "server", "server_output_tokens_live").map(([, value]) => value);
  expect(live.at(-1)).toBe(after);
  expect(live).toEqual([...live].sort((a, b) => a - b));
}

function expectEqualCounts({ serverCounts, validity }: Summary, target: string): void {
  const counts = serverCounts?.counts ?? [];
  const requests = target === "embedded" ? ["requests"] : []; // llama-server does not count them
  expect(counts.map(({ what }) => what)).toEqual([...requests, "prompt_tokens", "output_tokens"]);
  for (const { what, server, client, deviation } of counts)
    expect([what, server, deviation]).toEqual([what, client, 0]);
  const gates = validity.gates.filter(({ id }) => /^(server_counts|foreign_requests)$/.test(id));
  expect(gates.map(({ status }) => status)).toEqual(["ok", "ok"]);
}

function trafficOf(lines: readonly RunLine[]): { first: number; last: number; tokens: number } {
  const requests = lines.filter((line) => line.type === "request");
  expect(requests.length).toBeGreaterThan(10);
  return {
    first: Math.min(...requests.map(({ sent }) => sent)),
    last: Math.max(...requests.map(({ ended }) => ended)),
    tokens: requests.reduce((sum, { output }) => sum + (output?.count ?? NaN), 0),
  };
}

test("another client's requests are found by the server's own counts, and its process by its port", async () => {
  const server = await startEmbedded();
  const stranger = setInterval(() => {
    const body = JSON.stringify({ prompt: "hello", n_predict: 40 });
    void fetch(`${server.url}/completion`, { method: "POST", body }).then(
      (one) => one.text(),
      () => undefined, // it was stopped
    );
  }, 500);
  try {
    const { summary } = await run(server.url);
    const gate = summary.validity.gates.find(({ id }) => id === "foreign_requests");
    expect(gate?.status).toBe("invalid");
    expect(gate?.value).toBeGreaterThan(0.1);
    expect(summary.telemetry.some(({ source }) => source === "server-process")).toBe(true);
  } finally {
    clearInterval(stranger);
    await stopServer(server);
  }
});

test("--no-telemetry samples nothing; --require-telemetry refuses before any traffic", async () => {
  const { lines, summary } = await run("embedded", "--no-telemetry");
  expect(lines.filter(({ type }) => type === "readings" || type === "source")).toEqual([]);
  expect(summary.serverCounts).toBeUndefined();
  const cwd = scratchFolder("required");
  const args = ["run", "smoke", "--quiet", "--require-telemetry=host,nothing_of_the_kind"];
  const { code, stderr } = await plimsoll(args, { cwd });
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining("nothing_of_the_kind cannot be sampled"),
  ]);
  const [name = ""] = readdirSync(join(cwd, "reports"));
  const written = readFileSync(join(cwd, "reports", name, "run.jsonl"), "utf8");
  expect(written).not.toContain('"type":"request"');
  expect(existsSync(join(cwd, "reports", name, "summary.json"))).toBe(false);
});
