/** Telemetry of whole runs: beside the requests, on their clock, and with the same counts. */
import { existsSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RequestRecord, RunLine, SourceLine } from "../../src/core/records.ts";
import type { Summary } from "../../src/judge/summary.ts";
import { readRun } from "../../src/store/read-run.ts";
import { startEmbedded, stopServer } from "../support/embedded-server.ts";
import { liveServerMissing } from "../support/live-server.ts";
import { plimsoll } from "../support/program.ts";

/** 0 passed; 5 is the honest answer on a machine that something else keeps busy. */
const HONEST = [0, 5];

interface Run {
  readonly lines: readonly RunLine[];
  readonly summary: Summary;
  readonly directory: string;
}

async function run(target: string, ...more: readonly string[]): Promise<Run> {
  const cwd = mkdtempSync(join(tmpdir(), "plimsoll-telemetry-"));
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

function requestsOf(lines: readonly RunLine[]): readonly RequestRecord[] {
  return lines.filter((line) => line.type === "request");
}

function sourcesOf(lines: readonly RunLine[]): readonly SourceLine[] {
  return lines.filter((line) => line.type === "source");
}

const targets = ["embedded", ...(liveServerMissing ? [] : ["llama-server"])];

describe.each(targets)("a run of %s", (target) => {
  test("yields host, process and server series on the clock of the requests, and equal counts", async () => {
    const { lines, summary, directory } = await run(target);
    const requests = requestsOf(lines);
    const [first, last] = [
      Math.min(...requests.map(({ sent }) => sent)),
      Math.max(...requests.map(({ ended }) => ended)),
    ];
    expect(requests.length).toBeGreaterThan(10);
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
    // Every phase edge was read, and what was counted between first and last is what we asked for.
    const output = series(lines, "server", "server_output_tokens");
    const edges = lines.flatMap((line) => (line.type === "phase" ? [line.start] : []));
    for (const edge of edges)
      expect(Math.min(...output.map(([at]) => Math.abs(at - edge))), `${edge}`).toBeLessThan(150);
    const tokens = requests.reduce((sum, one) => sum + (one.output?.count ?? NaN), 0);
    const before = output.filter(([at]) => at < first).at(-1)?.[1] ?? NaN;
    expect((output.at(-1)?.[1] ?? NaN) - before).toBe(tokens);
    // Tokens are generated while requests run: never more than at their end.
    const live = series(lines, "server", "server_output_tokens_live");
    expect(live.at(-1)?.[1]).toBe(output.at(-1)?.[1]);
    expect(live.map(([, value]) => value)).toEqual(
      live.map(([, value]) => value).sort((a, b) => a - b),
    );

    const counts = summary.serverCounts?.counts ?? [];
    const counted = target === "embedded" ? ["requests"] : [];
    expect(counts.map(({ what }) => what)).toEqual([...counted, "prompt_tokens", "output_tokens"]);
    for (const { what, server, client, deviation } of counts)
      expect([what, server, deviation]).toEqual([what, client, 0]);
    const gates = summary.validity.gates.filter(({ id }) => /^(server_counts|foreign_)/.test(id));
    expect(gates.filter(({ status }) => status !== "ok" && status !== "not_measured")).toEqual([]);

    const accounts = sourcesOf(lines).flatMap(({ account }) => account ?? []);
    expect(accounts.length).toBeGreaterThanOrEqual(5);
    expect(accounts.filter(({ errors }) => errors > 0)).toEqual([]);
    const csv = readFileSync(join(directory, "samples.csv"), "utf8");
    expect(csv).toMatch(/^\d+(\.\d+)?,server,server_output_tokens,\d+$/m);
  });
});

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
  const cwd = mkdtempSync(join(tmpdir(), "plimsoll-required-"));
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
