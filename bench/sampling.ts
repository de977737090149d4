/**
 * What telemetry costs: one full read of each source, the parsing of a server's page, and what the
 * sampler's thread does to the thread that carries traffic.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { originNow, systemClock, type Clock, type ClockOrigin } from "../src/core/clock.ts";
import type { RunLine } from "../src/core/records.ts";
import type { SamplerData } from "../src/session/run/sampler-entry.ts";
import { probeLinuxHost } from "../src/observe/host/linux-host.ts";
import { probeLinuxProcess } from "../src/observe/host/process-source.ts";
import { readPage, type KnownSeries } from "../src/observe/server/prometheus-text.ts";
import { scraper } from "../src/observe/server/scrape.ts";
import { probeServer } from "../src/observe/server/server-source.ts";
import type { Found, Source } from "../src/observe/source.ts";
import { Telemetry } from "../src/observe/telemetry.ts";
import { judgeAim } from "./aims.ts";
import type { BenchRow, BenchTable } from "./table.ts";
import { benchWorld, median } from "./world.ts";
import { scratchFolder } from "./scratch.ts";

const READS = 400;
/** Of a page with histograms, as vLLM's. */
const PAGE_BYTES = 34_000;
const SECONDS = 8;
/** µs; share of a core. */
const MOST_PARSE = 150;
const MOST_SHARE = 0.01;

export async function sampling(): Promise<BenchTable> {
  const origin = originNow();
  const clock = systemClock(origin);
  const server = await startPageServer();
  try {
    const rows: BenchRow[] = [];
    for (const [name, found] of await sourcesToRead(clock, server)) {
      if ("unavailable" in found) rows.push(row(`${name}: ${found.unavailable.reason}`, {}));
      else rows.push(row(`one read of ${name}`, await readTimes(found.source, clock)));
    }
    const parse = parseTimes(clock);
    rows.push(row(`parsing a page of ${PAGE_BYTES / 1000} kB`, parse));
    const without = await loopDelay(clock, undefined);
    const sampler = await sampledDelay(origin, clock, server);
    rows.push(row("traffic loop's delay, no telemetry", without));
    rows.push(row("traffic loop's delay, telemetry", sampler));
    return {
      title: "telemetry: µs of a read, from call to answer; warm code",
      rows,
      notes: [
        judgeAim({ what: "parsing the page", value: parse.p50, limit: MOST_PARSE, unit: " µs" }),
        judgeAim({
          what: "the sampler's thread, share of a core",
          ...{ value: sampler.share, limit: MOST_SHARE, unit: "" },
        }),
      ],
    };
  } finally {
    server.child.kill();
  }
}

interface Times {
  /** µs. */
  readonly p50?: number;
  readonly p99?: number;
}

function row(what: string, { p50, p99 }: Times): BenchRow {
  return { what, "p50 µs": rounded(p50), "p99 µs": rounded(p99) };
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 10) / 10;
}

interface PageServer {
  readonly child: ChildProcess;
  readonly url: string;
}

/** In a process of its own: what it costs to serve the page is the server's. */
async function startPageServer(): Promise<PageServer> {
  const program = `
    const page = ${JSON.stringify(pageOf(0))};
    require("node:http").createServer((_, answer) => answer.end(page + "bench_scrapes " + Math.random() + "\\n"))
      .listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  return { child, url: `http://127.0.0.1:${port.toString().trim()}` };
}

async function sourcesToRead(
  clock: Clock,
  { url, child }: PageServer,
): Promise<readonly (readonly [string, Found])[]> {
  const context = { clock, env: process.env, root: "/", platform: process.platform } as const;
  const scrape = scraper({ headers: {} }, clock, 3000);
  const pid = child.pid ?? process.pid;
  const own = { source: "client", pid: process.pid, children: false };
  const served = { source: "server-process", pid, children: true };
  return [
    ["the host", probeLinuxHost(context)],
    ["our own process", probeLinuxProcess(own, context)],
    ["the server's processes", probeLinuxProcess(served, context)],
    ["the server's page, 34 kB", await probeServer({ baseUrl: url, product: "vllm" }, scrape)],
  ];
}

async function readTimes(source: Source, clock: Clock): Promise<Times> {
  const times: number[] = [];
  for (let i = 0; i < READS; i += 1) {
    const begun = clock.now();
    await source.read("medium");
    times.push((clock.now() - begun) * 1000);
  }
  await source.close();
  return summary(times.slice(READS / 4));
}

function parseTimes(clock: Clock): Times {
  const times: number[] = [];
  const known: KnownSeries = new Map();
  for (let i = 0; i < READS; i += 1) {
    // As it comes from the network: in one piece.
    const page = Buffer.from(pageOf(i)).toString();
    const begun = clock.now();
    const { broken } = readPage(page, known);
    times.push((clock.now() - begun) * 1000);
    if (broken > 0) throw new Error("the page could not be read");
  }
  return summary(times.slice(READS / 4));
}

function summary(times: readonly number[]): Required<Times> {
  const sorted = [...times].sort((a, b) => a - b);
  return { p50: median(times), p99: sorted[Math.ceil(0.99 * sorted.length) - 1] ?? NaN };
}

/** Delay of this thread's event loop while a timer keeps it awake. */
async function loopDelay(clock: Clock, work: Promise<void> | undefined): Promise<Required<Times>> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await Promise.all([work, clock.sleepUntil(clock.now() + SECONDS * 1000)]);
  delay.disable();
  return { p50: delay.percentile(50) / 1000, p99: delay.percentile(99) / 1000 };
}

/** The same with the sampler's thread at work, sensors every 100 ms, its lines written to a file. */
async function sampledDelay(
  origin: ClockOrigin,
  clock: Clock,
  { url, child }: PageServer,
): Promise<Required<Times> & { readonly share: number }> {
  const world = benchWorld();
  const file = openSync(join(scratchFolder("bench"), "run.jsonl"), "a");
  const shares: number[] = [];
  const onLines = (lines: readonly RunLine[]): void => {
    writeSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    shares.push(...lines.flatMap(sharesIn));
  };
  const task: SamplerData = {
    ...{ origin, intervals: { fast: 100, medium: 1000 }, root: "/", clientPid: process.pid },
    ...(child.pid !== undefined && { serverPid: child.pid }),
    server: { baseUrl: url, headers: {}, product: "vllm" },
    ...{ sameMachine: true, remoteGpus: { urls: [], hosts: [] } },
  };
  const entry = new URL("../src/session/run/sampler-entry.js", import.meta.url);
  const telemetry = new Telemetry({ entry, task, clock, execArgv: world.nodeArgs, onLines });
  await telemetry.found;
  const delay = await loopDelay(clock, undefined);
  await telemetry.stop();
  // The first seconds compile its code.
  return { ...delay, share: median(shares.slice(2)) };
}

function sharesIn(line: RunLine): number[] {
  if (line.type !== "readings" || line.source !== "sampler") return [];
  const column = line.metrics.indexOf("proc_cpu") + 1;
  return line.rows.flatMap((values) => (column === 0 ? [] : (values[column] ?? [])));
}

/** A page in vLLM's shape: gauges, counters and histograms with labels. */
function pageOf(turn: number): string {
  const labels = 'engine="0",model_name="meta-llama/Llama-3.1-8B-Instruct"';
  let page = "";
  for (const name of ["num_requests_running", "num_requests_waiting", "kv_cache_usage_perc"])
    page += `# HELP vllm:${name} What it counts.\n# TYPE vllm:${name} gauge\nvllm:${name}{${labels}} ${turn}.5\n`;
  for (let family = 0; page.length < PAGE_BYTES; family += 1) {
    const name = `vllm:histogram_${family}_seconds`;
    page += `# HELP ${name} Histogram of something in seconds.\n# TYPE ${name} histogram\n`;
    for (let bucket = 0; bucket < 20; bucket += 1)
      page += `${name}_bucket{${labels},le="${0.001 * 2 ** bucket}"} ${turn * 20 + bucket}.0\n`;
    page += `${name}_bucket{${labels},le="+Inf"} ${turn * 40}.0\n${name}_count{${labels}} ${turn}.0\n`;
    page += `${name}_sum{${labels}} ${turn * 1.37}\n`;
  }
  return page.slice(0, page.lastIndexOf("\n", PAGE_BYTES) + 1);
}
