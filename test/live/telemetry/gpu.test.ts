/**
 * GPUs in whole runs: the fake NVML library's scripted waveform here, and through an agent in
 * another process and, where the machine lets us make one, another network namespace.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { RunLine } from "../../../src/core/records.ts";
import type { SourceLine } from "../../../src/core/telemetry-lines.ts";
import { told } from "../../../src/judge/machine/usage.ts";
import type { Summary } from "../../../src/judge/summary.ts";
import { readRun } from "../../../src/store/read-run.ts";
import { fakeNvml, fakeWaveform } from "../../support/fake-nvml/fake-nvml.ts";
import { makeNamespace } from "../../support/servers/namespace.ts";
import { plimsoll, PROGRAM } from "../../support/program.ts";
import { scratchFolder } from "../../support/scratch.ts";

/** 0 passed; 5 is the honest answer on a machine that something else keeps busy. */
const HONEST = [0, 5];
const SECONDS = 8;
const TOKEN = "not-a-secret";

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Two fake GPUs; which processes use them is not told, so that both count. */
function fakeGpus(): Readonly<Record<string, string>> {
  return {
    NVML_LIB: fakeNvml(),
    FAKE_NVML_NDEV: "2",
    FAKE_NVML_FAIL: "nvmlDeviceGetComputeRunningProcesses_v3",
  };
}

const noGpuHere = { NVML_LIB: "/nowhere/libnvidia-ml.so.1" };

interface Run {
  readonly lines: readonly RunLine[];
  readonly summary: Summary;
}

const newFolder = (): string => scratchFolder("gpu");

async function run(
  env: Readonly<Record<string, string>>,
  more: readonly string[] = [],
  cwd = newFolder(),
): Promise<Run> {
  const traffic = ["--target", "embedded", "--peak", "2", "--duration", `${String(SECONDS)}s`];
  const args = ["run", "steady", ...traffic, "--json", "--quiet", ...more];
  const { code, stdout, stderr } = await plimsoll(args, { cwd, env });
  expect(HONEST, stderr).toContain(code);
  const [name = ""] = readdirSync(join(cwd, "reports"));
  const lines: RunLine[] = [];
  for await (const line of readRun(join(cwd, "reports", name))) lines.push(line);
  return { lines, summary: JSON.parse(stdout) as Summary };
}

function sourcesOf(lines: readonly RunLine[]): readonly SourceLine[] {
  return lines.filter((line) => line.type === "source");
}

function valuesOf(lines: readonly RunLine[], source: string, metric: string): readonly number[] {
  return lines.flatMap((line) => {
    if (line.type !== "readings" || line.source !== source) return [];
    const column = line.metrics.indexOf(metric) + 1;
    return column === 0 ? [] : line.rows.flatMap((row) => row[column] ?? []);
  });
}

/** Whole periods were measured: the mean power is known exactly, wherever the wave stood. */
function expectWaveform({ lines, summary }: Run, sources: readonly [string, string]): void {
  const { highW, lowW, deviceStepW, joulesPerPeriod, periodMs } = fakeWaveform;
  const periods = (SECONDS * 1000) / periodMs;
  for (const [index, source] of sources.entries()) {
    const power = new Set(valuesOf(lines, source, "gpu_power"));
    const step = deviceStepW * index;
    expect(power, source).toEqual(new Set([highW + step, lowW + step]));
    const expected = periods * (joulesPerPeriod + (step * periodMs) / 1000);
    const gpu = summary.usage.gpus.find((one) => one.source === source);
    // The counter moves every 100 ms: at either end it may be wrong by that much of its power.
    const joules = gpu?.energy !== undefined && "joules" in gpu.energy ? gpu.energy.joules : NaN;
    expect(Math.abs(joules - expected), source).toBeLessThan(2 * 0.1 * highW);
  }
}

test("a run beside the fake NVML library yields its waveform, energy and fingerprint", async () => {
  const done = await run(fakeGpus());
  expectWaveform(done, ["nvml:0", "nvml:1"]);
  const fingerprint = done.lines.flatMap((line) =>
    line.type === "fingerprint" ? Object.entries(line.fields) : [],
  );
  expect(Object.fromEntries(fingerprint)).toMatchObject({
    "gpu.models": "2 x NVIDIA Fake 80GB",
    "gpu.driver_major": 580,
  });
  const ended = sourcesOf(done.lines).findLast(({ source }) => source === "nvml:0");
  expect(ended?.account).toMatchObject({ errors: 0, stale: 0 });
});

test.each([
  ["hangs", { FAKE_NVML_HANG_AFTER_MS: "3000" }, undefined],
  ["crashes", { FAKE_NVML_CRASH_AFTER_MS: "3000" }, "was killed by SIGABRT"],
])("a run ends as ever when the driver %s in the middle of it", async (_what, env, error) => {
  const { lines, summary } = await run({ ...fakeGpus(), ...env });
  expect(summary.census.measuredRequests.ok).toBeGreaterThan(0);
  expect(valuesOf(lines, "nvml:0", "gpu_power").length).toBeGreaterThan(0);
  const ended = sourcesOf(lines).findLast(({ source }) => source === "nvml:0");
  if (error === undefined) expect(ended?.account?.missed).toBeGreaterThan(0);
  else expect(ended?.account?.lastError).toContain(error);
  expect(told(summary.usage.energy)).toBeUndefined();
  const host = valuesOf(lines, "host", "host_load").length;
  expect(host).toBeGreaterThan(5); // the others go on
});

/** A dcgm-exporter beside one GPU that draws 300 W all the time, its counter in mJ. */
async function serveExporter(): Promise<string> {
  const labels = '{gpu="0",UUID="GPU-0",modelName="NVIDIA H100 80GB HBM3",Hostname="node-a"}';
  const begun = process.hrtime.bigint();
  const server = createServer((_request, response) => {
    const millijoules = (Number(process.hrtime.bigint() - begun) / 1e6) * 300;
    response.end(
      [
        `DCGM_FI_DEV_GPU_UTIL${labels} 97`,
        // The hair of a watt keeps two pages from being the same.
        `DCGM_FI_DEV_POWER_USAGE${labels} ${String(300 + (Math.round(millijoules) % 7) / 1e6)}`,
        `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION${labels} ${millijoules.toFixed(0)}`,
        "",
      ].join("\n"),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

test("a run takes GPUs from an exporter's page: their series, energy, and what a token took", async () => {
  const url = await serveExporter();
  const more = ["--gpu-metrics", url, "--gpu-hour-price", "3", "--duration", "14s"];
  const { lines, summary } = await run(noGpuHere, more);
  const power = valuesOf(lines, "dcgm@127.0.0.1:0", "gpu_power");
  expect(power.length).toBeGreaterThan(10);
  for (const watts of power) expect(watts).toBeCloseTo(300, 4);
  const energy = told(summary.usage.energy);
  expect(energy).toMatchObject({ by: "counter", devices: 1 });
  expect(energy?.joules).toBeGreaterThan(0.95 * 300 * 14);
  expect(energy?.joules).toBeLessThan(1.05 * 300 * 14);
  expect(energy?.perOutputToken).toBeGreaterThan(0);
  expect(told(summary.usage.cost?.rental)).toBeGreaterThan(0);
});

interface RunningAgent {
  readonly process: ChildProcess;
  readonly url: string;
}

/** Starts `plimsoll agent` and waits for its address. */
function startAgent(prefix: readonly string[], args: readonly string[]): Promise<RunningAgent> {
  const [program = "", ...words] = [...prefix, process.execPath, PROGRAM, "agent", ...args];
  const child = spawn(program, words, {
    env: { ...process.env, ...fakeGpus(), AGENT_TOKEN: TOKEN },
    stdio: ["ignore", "pipe", "pipe"],
  });
  ends.push(() => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    let told = "";
    child.stderr.on("data", (text: Buffer) => (told += text.toString()));
    child.stdout.on("data", (text: Buffer) => {
      resolve({ process: child, url: text.toString().trim() });
    });
    child.on("exit", (code) => {
      reject(new Error(`the agent ended with code ${String(code)}: ${told}`));
    });
  });
}

test("an agent in another process and namespace gives its GPUs on the run's clock", async () => {
  const elsewhere = makeNamespace();
  if (elsewhere !== undefined) ends.push(elsewhere.remove);
  const { address, prefix } = elsewhere ?? { address: "127.0.0.1", prefix: [] };
  const listen = ["--listen", `${address}:0`, "--token-env", "AGENT_TOKEN"];
  const agent = await startAgent(prefix, listen);
  const done = await run({ ...noGpuHere, GPU_TOKEN: TOKEN }, [
    "--gpu-metrics",
    agent.url,
    "--gpu-token-env",
    "GPU_TOKEN",
  ]);
  expectWaveform(done, [`nvml@${address}:0`, `nvml@${address}:1`]);
  const names = sourcesOf(done.lines).flatMap(({ source, available }) => (available ? source : []));
  expect(names).toContain(`agent:${address}`);
  expect(JSON.stringify(done.lines)).not.toContain(TOKEN);
});

/** Whether the run has written down what the agent told it. */
function hasReadings(cwd: string): boolean {
  try {
    const [name = ""] = readdirSync(join(cwd, "reports"));
    const text = readFileSync(join(cwd, "reports", name, "run.jsonl"), "utf8");
    return text.includes('"type":"readings","source":"nvml@');
  } catch {
    return false; // not begun yet
  }
}

test("a run outlives its agent, and says when and why the GPUs are missing", async () => {
  const agent = await startAgent([], ["--listen", "127.0.0.1:0"]);
  const cwd = newFolder();
  const running = run(noGpuHere, ["--gpu-metrics", agent.url], cwd);
  while (!hasReadings(cwd)) await new Promise((resolve) => setTimeout(resolve, 100));
  agent.process.kill("SIGKILL");
  const { lines } = await running;
  const ended = sourcesOf(lines).findLast(({ source }) => source.startsWith("nvml@"));
  expect(valuesOf(lines, "nvml@127.0.0.1:0", "gpu_power").length).toBeGreaterThan(0);
  expect(ended?.account?.errors).toBeGreaterThan(0);
  expect(ended?.account?.lastError).toBeDefined();
});

test("an agent does not listen beyond loopback without a token", async () => {
  const { code, stderr } = await plimsoll(["agent", "--listen", "0.0.0.0:0"]);
  expect(code).toBe(2);
  expect(stderr).toContain("--token-env");
});
