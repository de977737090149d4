/**
 * What watching 8 GPUs costs, with the fake NVML library (test/support/fake-nvml): one full read of
 * all 8; the share of a core of a sampler's thread, and of the process that calls the library for it,
 * at 100 ms; and the delay of the main thread's loop
 * with it and without. The library answers at once, or after 20 µs a call, as drivers do that answer
 * fast; the rest of the cost is ours. `reads` are of the sensors and of the slower figures.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { SamplerData } from "../src/session/run/sampler-entry.ts";
import { originNow, systemClock, type Clock, type ClockOrigin } from "../src/core/clock.ts";
import type { RunLine } from "../src/core/records.ts";
import { NVML_COST } from "../src/observe/gpu/nvidia/nvml-messages.ts";
import { nvmlProbe } from "../src/observe/gpu/nvidia/nvml.ts";
import type { Tier } from "../src/observe/source.ts";
import { Telemetry } from "../src/observe/telemetry.ts";
import { judgeAim } from "./aims.ts";
import type { BenchRow, BenchTable } from "./table.ts";
import { benchWorld, median, ROOT } from "./world.ts";
import { scratchFolder } from "./scratch.ts";

const SAMPLER = "sampler";
const DEVICES = 8;
const READS = 2000;
const SECONDS = 10;
const INTERVAL = 100;
/** Of a core; ms. */
const MOST_SHARE = 0.01;
const MOST_DELAY = 0.5;

export async function gpuSampling(): Promise<BenchTable> {
  const origin = originNow();
  const clock = systemClock(origin);
  const library = compileFake();
  const rows: BenchRow[] = [];
  const idle = await loopDelay(clock);
  rows.push({ what: "main loop, nothing sampled", "delay p99 ms": rounded(idle) });
  let worst = { share: NaN, delay: NaN };
  for (const busy of [0, 20]) {
    // The library reads the process's own environment.
    Object.assign(process.env, {
      NVML_LIB: library,
      FAKE_NVML_NDEV: String(DEVICES),
      FAKE_NVML_US: String(busy),
    });
    const name = `${DEVICES} GPUs, ${busy} µs a call`;
    for (const tier of ["fast", "medium"] as const) {
      const times = await readTimes(clock, tier);
      rows.push({ what: `${name}: one read, ${tier}`, "p50 µs": times.p50, "p99 µs": times.p99 });
    }
    const sampled = await sampledThread(origin, clock);
    if (busy === 0) worst = sampled;
    rows.push({
      what: `${name}: every ${INTERVAL} ms`,
      "core %": rounded(100 * sampled.share),
      "delay p99 ms": rounded(sampled.delay),
    });
  }
  return {
    title: `Sampling ${DEVICES} GPUs through NVML`,
    rows: rows.map((row) => ({ ...EMPTY, ...row })),
    notes: [
      judgeAim({
        what: "the sampler beside a library that answers at once, share of a core",
        ...{ value: worst.share, limit: MOST_SHARE, unit: "" },
      }),
      judgeAim({
        what: "more delay of the main loop, p99",
        ...{ value: worst.delay - idle, limit: MOST_DELAY, unit: " ms" },
      }),
    ],
  };
}

const EMPTY: BenchRow = {
  what: "",
  "p50 µs": "",
  "p99 µs": "",
  "core %": "",
  "delay p99 ms": "",
};

function compileFake(): string {
  const library = join(scratchFolder("bench-nvml"), "libnvidia-ml.so.1");
  const source = join(ROOT, "test/support/fake-nvml/fake-nvml.c");
  execFileSync("cc", ["-O2", "-shared", "-fPIC", "-o", library, source]);
  return library;
}

async function readTimes(clock: Clock, tier: Tier): Promise<{ p50: number; p99: number }> {
  const { env } = process;
  const found = await nvmlProbe({ clock, env, root: "/", platform: process.platform });
  if ("unavailable" in found) throw new Error(found.unavailable.reason);
  const times: number[] = [];
  for (let i = 0; i < READS; i += 1) {
    const begun = clock.now();
    await found.source.read(tier);
    times.push((clock.now() - begun) * 1000);
  }
  await found.source.close();
  const sorted = times.slice(READS / 4).sort((a, b) => a - b);
  return {
    p50: rounded(median(sorted)),
    p99: rounded(sorted[Math.ceil(0.99 * sorted.length) - 1] ?? NaN),
  };
}

/** p99 of the delay of this thread's loop, ms. */
async function loopDelay(clock: Clock): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await clock.sleepUntil(clock.now() + SECONDS * 1000);
  delay.disable();
  return delay.percentile(99) / 1e6;
}

/** A sampler's thread (and its process for NVML) with GPUs, host and client, as in a run without a server's page. */
async function sampledThread(
  origin: ClockOrigin,
  clock: Clock,
): Promise<{ readonly share: number; readonly delay: number }> {
  const shares = new Map<string, number[]>([SAMPLER, NVML_COST].map((source) => [source, []]));
  const task: SamplerData = {
    ...{ origin, intervals: { fast: INTERVAL, medium: 1000 }, root: "/", clientPid: process.pid },
    ...{ sameMachine: true, remoteGpus: { urls: [], hosts: [] } },
  };
  const entry = new URL("../src/session/run/sampler-entry.js", import.meta.url);
  const execArgv = benchWorld().nodeArgs;
  const onLines = (lines: readonly RunLine[]): void => {
    for (const [source, taken] of shares)
      taken.push(...lines.flatMap((line) => sharesIn(line, source)));
  };
  const telemetry = new Telemetry({ entry, task, clock, execArgv, onLines });
  const found = await telemetry.found;
  const gpus = found.filter(({ source, available }) => available && source.startsWith("nvml:"));
  if (gpus.length !== DEVICES) throw new Error(`${gpus.length} GPUs were found, not ${DEVICES}`);
  const delay = await loopDelay(clock);
  await telemetry.stop();
  // The first seconds compile their code.
  const share = [...shares.values()].reduce((sum, taken) => sum + median(taken.slice(2)), 0);
  return { share, delay };
}

function sharesIn(line: RunLine, source: string): number[] {
  if (line.type !== "readings" || line.source !== source) return [];
  const column = line.metrics.indexOf("proc_cpu") + 1;
  return line.rows.flatMap((values) => (column === 0 ? [] : (values[column] ?? [])));
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
