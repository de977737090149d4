/**
 * From the file of a long run to its summary, CSV and HTML: 1,000,000 requests of 200 tokens each.
 * The requests are made up; the file, the judging and the reports are real.
 */
import { createWriteStream, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { conclude } from "../src/cli/reports/conclude.ts";
import { describeEnvironment } from "../src/session/run/environment.ts";
import { randomStream } from "../src/core/random.ts";
import { RUN_SCHEMA, type RunLine } from "../src/core/records.ts";
import type { RequestRecord } from "../src/core/request-record.ts";
import { loadScenario } from "../src/scenario/load.ts";
import { planHash } from "../src/scenario/hash.ts";
import { scenarioThread } from "../src/session/places.ts";
import type { BenchRow, BenchTable } from "./table.ts";
import { benchWorld } from "./world.ts";
import { scratchFolder } from "./scratch.ts";

const MIB = 2 ** 20;
const TOKENS = 200;
/** Requests a second of the made-up run: a million take 1,000 s. */
const RATE = 1000;

export async function reportSpeed(): Promise<BenchTable> {
  const sizes = (process.env["PLIMSOLL_BENCH_REQUESTS"] ?? "100000,1000000").split(",");
  const rows: BenchRow[] = [];
  for (const size of sizes) rows.push(await measure(Number(size)));
  return {
    title: "From run.jsonl to summary.json, CSV and HTML",
    rows,
    notes: ["Aim at 1,000,000 requests of 200 tokens: 60 s of CPU, 500 MB, a page of 1.5 MB."],
  };
}

async function measure(requests: number): Promise<BenchRow> {
  const directory = scratchFolder("bench");
  try {
    const file = join(directory, "run.jsonl");
    await pipeline(Readable.from(text(requests)), createWriteStream(file));
    globalThis.gc?.();
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 50);
    const started = process.hrtime.bigint();
    const cpuBefore = process.cpuUsage();
    const { summary } = await conclude(directory, benchWorld());
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    const cpu = process.cpuUsage(cpuBefore);
    clearInterval(watch);
    if (summary.census.requests.total !== requests) throw new Error("requests were lost");
    return {
      requests,
      "file MiB": Math.round(statSync(file).size / MIB),
      seconds: Math.round(seconds * 10) / 10,
      "cpu seconds": Math.round((cpu.user + cpu.system) / 1e5) / 10,
      "peak RSS MiB": Math.round(peak / MIB),
      "report.html kB": Math.round(statSync(join(directory, "report.html")).size / 1000),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Lines in chunks: a line at a time would be slow to write. */
async function* text(requests: number): AsyncGenerator<string> {
  let chunk = "";
  for await (const line of lines(requests)) {
    chunk += `${JSON.stringify(line)}\n`;
    if (chunk.length < MIB) continue;
    yield chunk;
    chunk = "";
  }
  yield chunk;
}

async function* lines(requests: number): AsyncGenerator<RunLine> {
  const world = benchWorld();
  const { plan } = await loadScenario("steady", { peak: RATE }, scenarioThread(world));
  const { name = "main" } = plan.scenarios[0] ?? {};
  const end = (requests / RATE) * 1000;
  yield {
    type: "header",
    schema: RUN_SCHEMA,
    run: "bench",
    plimsoll: "bench",
    startedAt: "2026-01-01T00:00:00.000Z",
    plan,
    planHash: planHash(plan),
    environment: describeEnvironment("bench", world.nodeVersion),
  };
  yield {
    type: "phase",
    scenario: name,
    name: "steady",
    start: 0,
    end,
    measured: true,
    targetRate: [RATE, RATE],
    planned: requests,
  };
  const random = randomStream("bench", "requests");
  for (let k = 0; k < requests; k += 1) {
    const record = request(name, k, () => random.next());
    const { iteration, vu, scheduled, sent: started, ended, phase, scenario } = record;
    yield record;
    yield {
      type: "iteration",
      ...{ scenario, phase, iteration, vu, started, ended, outcome: "completed" },
      ...(scheduled !== undefined && { scheduled }),
    };
  }
  yield { type: "footer", at: end + 5000, reason: "completed" };
}

function request(scenario: string, k: number, random: () => number): RequestRecord {
  const scheduled = (k / RATE) * 1000;
  const sent = scheduled + random();
  const contentGapsUs = Array.from({ length: TOKENS }, (_, i) =>
    Math.round((i === 0 ? 150_000 : 10_000) * (0.6 + random())),
  );
  const firstContent = sent + (contentGapsUs[0] ?? 0) / 1000;
  const lastContent = sent + contentGapsUs.reduce((sum, gap) => sum + gap, 0) / 1000;
  const micros = (ms: number): number => Math.round(ms * 1000) / 1000;
  return {
    type: "request",
    ...{ scenario, phase: "steady", iteration: k, request: 0, vu: k % 2000, worker: 0 },
    api: "chat",
    scheduled: micros(scheduled),
    sent: micros(sent),
    connect: 0.2,
    headers: micros(sent + 5),
    firstContent: micros(firstContent),
    lastContent: micros(lastContent),
    ended: micros(lastContent + 0.5),
    contentGapsUs,
    perEvent: "token",
    status: 200,
    outcome: { ok: true, finish: "length" },
    output: { count: TOKENS, source: "usage" },
    prompt: { count: 256, source: "usage" },
    asked: { output: TOKENS, prompt: 256 },
    bytes: 60_000,
  };
}
