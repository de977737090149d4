/**
 * NVML by what must hold on any device: against the library of this machine's driver where there is
 * one (or NVML_LIB), else against the fake. With PLIMSOLL_GPU_REPORT=FILE it writes what it saw, in
 * the form of docs/gpu-verified.md.
 */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { originNow, systemClock } from "../../../src/core/clock.ts";
import { findSeries } from "../../../src/core/telemetry.ts";
import { nvmlProbe } from "../../../src/observe/gpu/nvidia/nvml.ts";
import type { ProbeContext, Reading, Source, Tier } from "../../../src/observe/source.ts";
import { fakeNvml } from "../../support/fake-nvml/fake-nvml.ts";

const clock = systemClock(originNow());
let source: Source;
let library = "of the driver";

function contextWith(env: ProbeContext["env"]): ProbeContext {
  return { clock, env, root: "/", platform: process.platform, serverPid: process.pid };
}

beforeAll(async () => {
  let found = await nvmlProbe(contextWith(process.env));
  if ("unavailable" in found) {
    library = "fake";
    console.warn(`no NVIDIA driver here (${found.unavailable.reason}): testing the fake library`);
    process.env["FAKE_NVML_NDEV"] = "2";
    found = await nvmlProbe(contextWith({ NVML_LIB: fakeNvml() }));
  }
  if ("unavailable" in found) throw new Error(found.unavailable.reason);
  ({ source } = found);
});

afterAll(async () => {
  const file = process.env["PLIMSOLL_GPU_REPORT"];
  if (file !== undefined) writeFileSync(file, report());
  await source.close();
});

async function read(tier: Tier): Promise<readonly Reading[]> {
  return source.read(tier);
}

const costs: Record<Tier, number[]> = { fast: [], medium: [] };
const energySteps: number[] = [];

test("every series of a device is given or missing with a reason, never both", () => {
  for (const { gives, missing, device } of source.facts) {
    expect(gives.length).toBeGreaterThan(0);
    expect(gives.filter((series) => Object.hasOwn(missing, series))).toEqual([]);
    expect(Object.values(missing).filter((reason) => reason === "")).toEqual([]);
    expect(gives.filter((series) => findSeries(series) === undefined)).toEqual([]);
    expect(device?.uuid).toMatch(/^(GPU|MIG)-/);
  }
});

const MOST: Readonly<Record<string, number>> = {
  ratio: 1,
  "%": 100,
  W: 5000,
  "°C": 150,
  MHz: 10_000,
};

test("values are within what a GPU can have", async () => {
  for (const tier of ["fast", "medium"] as const) {
    for (const { values } of await read(tier)) {
      for (const [series, value = NaN] of Object.entries(values)) {
        expect(value, series).toBeGreaterThanOrEqual(0);
        const most = MOST[findSeries(series)?.unit ?? ""] ?? Infinity;
        expect(value, series).toBeLessThanOrEqual(most);
      }
    }
  }
});

/** Energy by power and by counter, of one device. */
interface Sums {
  byPower: number;
  byCounter: number;
}

function addUp(sums: Sums, before: Reading, reading: Reading): number {
  const grown = (reading.values["gpu_energy"] ?? NaN) - (before.values["gpu_energy"] ?? NaN);
  const joules = ((reading.values["gpu_power"] ?? NaN) * (reading.at - before.at)) / 1e3;
  if (Number.isNaN(grown) || Number.isNaN(joules)) return 0; // the device tells only one of them
  sums.byPower += joules;
  sums.byCounter += grown;
  return grown;
}

test("counters never go back, and energy agrees with power within a factor of two", async () => {
  const last = new Map<string, Reading>();
  const sums = new Map<string, Sums>();
  const end = clock.now() + 5000;
  while (clock.now() < end) {
    const begun = clock.now();
    const readings = await read("fast");
    costs.fast.push((clock.now() - begun) * 1e3);
    for (const reading of readings) {
      const before = last.get(reading.source) ?? reading;
      const sum = sums.get(reading.source) ?? { byPower: 0, byCounter: 0 };
      const grown = addUp(sum, before, reading);
      expect(grown).toBeGreaterThanOrEqual(0);
      if (grown > 0 && reading.source === source.facts[0]?.source) energySteps.push(reading.at);
      last.set(reading.source, reading);
      sums.set(reading.source, sum);
    }
    await clock.sleepUntil(begun + 20);
  }
  for (const { byPower, byCounter } of sums.values()) {
    expect(byCounter).toBeGreaterThanOrEqual(byPower / 2);
    expect(byCounter).toBeLessThanOrEqual(byPower * 2);
  }
});

test("a read of all devices costs little", async () => {
  for (let i = 0; i < 20; i += 1) {
    const begun = clock.now();
    await read("medium");
    costs.medium.push((clock.now() - begun) * 1e3);
  }
  // Half of the interval of the sensors, and of the slower figures.
  expect(median(costs.fast)).toBeLessThan(50_000);
  expect(median(costs.medium)).toBeLessThan(500_000);
});

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** The section of docs/gpu-verified.md for this machine. */
function report(): string {
  const { fingerprint = {}, facts } = source;
  const [first] = facts;
  const missing = Object.entries(first?.missing ?? {});
  const steps = energySteps.slice(1).map((at, i) => at - (energySteps[i] ?? at));
  return [
    `### ${String(fingerprint["gpu.models"])}, driver ${String(fingerprint["gpu.driver"])}`,
    "",
    `- Library: ${library}; CUDA ${String(fingerprint["gpu.cuda"])}; MIG ${String(fingerprint["gpu.mig"])}.`,
    `- Given: ${first?.gives.map((series) => `\`${series}\``).join(", ") ?? ""}.`,
    ...missing.map(([series, reason]) => `- Missing: \`${series}\`: ${reason}.`),
    `- Cost of one read of all ${String(facts.length)} devices, median: sensors ${median(costs.fast).toFixed(0)} µs, the rest ${median(costs.medium).toFixed(0)} µs.`,
    `- The energy counter moved every ${median(steps).toFixed(0)} ms (read every 20 ms).`,
    "",
  ].join("\n");
}
