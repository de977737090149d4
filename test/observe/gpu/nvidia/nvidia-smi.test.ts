/** The nvidia-smi stream against a fake program: real processes, real pipes. */
import { afterEach, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { originNow, systemClock } from "../../../../src/core/clock.ts";
import { nvidiaSmiProbe, type SmiOptions } from "../../../../src/observe/gpu/nvidia/nvidia-smi.ts";
import type { Found, ProbeContext, Reading, Source } from "../../../../src/observe/source.ts";
import {
  localSsh,
  nodeScript,
  withPrograms,
} from "../../../support/fake-programs/fake-programs.ts";
import { scratchFolder } from "../../../support/scratch.ts";

const opened: Source[] = [];

afterEach(async () => {
  for (const source of opened.splice(0)) await source.close();
});

type Settings = Readonly<Record<string, string>>;

function contextOf(settings: Settings): ProbeContext {
  const programs = { "nvidia-smi": nodeScript("nvidia-smi.js"), ssh: localSsh };
  const env = withPrograms(programs, settings);
  return { clock: systemClock(originNow()), env, root: "/", platform: "linux" };
}

async function find(settings: Settings, options: SmiOptions = {}): Promise<Found> {
  const found = await nvidiaSmiProbe({ pause: 20, ...options })(contextOf(settings));
  if ("source" in found) opened.push(found.source);
  return found;
}

async function open(settings: Settings, options: SmiOptions = {}): Promise<Source> {
  const found = await find(settings, options);
  if ("unavailable" in found) throw new Error(found.unavailable.reason);
  return found.source;
}

/** Reads until there is something, as the sampler does. */
async function firstReadings(source: Source): Promise<readonly Reading[]> {
  for (;;) {
    const readings = await source.read("fast");
    if (readings.length > 0) return readings;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What the source says when it can give no more. */
async function trouble(source: Source): Promise<string> {
  for (;;) {
    try {
      await source.read("fast");
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : String(thrown);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("a row is read in the vocabulary's units, and stamped when it arrived", async () => {
  const source = await open({});
  const [reading] = await firstReadings(source);
  expect(reading).toMatchObject({ source: "nvidia-smi:0" });
  expect(reading?.values).toEqual({
    gpu_utilization: 97,
    gpu_memory_busy: 0.41,
    gpu_memory_total: 80 * 2 ** 30,
    gpu_memory_reserved: 0.5 * 2 ** 30,
    gpu_memory_used: 20.5 * 2 ** 30,
    gpu_memory_used_ratio: 20.5 / 80,
    gpu_temperature: 60,
    gpu_memory_temperature: 72,
    gpu_power: 305.25,
    gpu_power_average: 298.1,
    gpu_power_limit: 700,
    gpu_clock_sm: 1980,
    gpu_clock_memory: 2619,
    gpu_throttle_reasons: 4,
    gpu_throttle_power: 2.5,
    gpu_throttle_thermal: 1.5,
    gpu_throttle_brake: 0,
  });
  expect(reading?.stamp).toBeGreaterThan(1e12);
  expect(source.facts[0]?.missing).toHaveProperty("gpu_energy");
  expect(source.fingerprint).toEqual({
    "gpu.models": "1 x NVIDIA Fake 80GB",
    "gpu.memory": 80 * 2 ** 30,
    "gpu.mig": "off",
    "gpu.power_limit": 700,
    "gpu.driver": "580.65.06",
    "gpu.driver_major": 580,
  });
});

test("an old nvidia-smi is asked for the names it knows", async () => {
  const source = await open({ FAKE_SMI_MODE: "old" });
  const [reading] = await firstReadings(source);
  expect(reading?.values).toMatchObject({ gpu_power: 311, gpu_throttle_reasons: 4 });
  expect(reading?.values["gpu_memory_used"]).toBe(20 * 2 ** 30);
  expect(source.facts[0]?.missing["gpu_power_average"]).toContain("no such field");
});

test("every word that stands for no value is absent, with that word as the reason", async () => {
  const found = await open({ FAKE_SMI_MODE: "sentinels", FAKE_SMI_GPUS: "8" });
  expect(found.facts.map(({ gives }) => gives)).toEqual(Array.from({ length: 8 }, () => []));
  expect(found.facts.map(({ missing }) => missing["gpu_power"])).toEqual([
    "empty",
    "N/A",
    "N/A",
    "Not Supported",
    "Insufficient Permissions",
    "Unknown Error",
    "GPU is lost",
    "Requested functionality has been deprecated",
  ]);
});

test("with MIG there is no utilization, and the rest is there", async () => {
  const source = await open({ FAKE_SMI_MODE: "mig" });
  const [reading] = await firstReadings(source);
  expect(reading?.values).not.toHaveProperty("gpu_utilization");
  expect(reading?.values["gpu_power"]).toBe(305.25);
  expect(source.fingerprint).toMatchObject({ "gpu.mig": "on" });
});

test("one process samples all of 8 GPUs", async () => {
  const log = join(scratchFolder("smi"), "log");
  const source = await open({ FAKE_SMI_GPUS: "8", FAKE_SMI_LOG: log });
  const names = new Set<string>();
  while (names.size < 8) {
    for (const reading of await firstReadings(source)) names.add(reading.source);
  }
  await firstReadings(source);
  const started = readFileSync(log, "utf8").trim().split("\n");
  expect(started).toHaveLength(3); // help, one query, and the stream
  expect(started.at(-1)).toContain("-lms 250");
});

test("one that dies is started again a few times, and then given up with the reason", async () => {
  const log = join(scratchFolder("smi"), "log");
  const source = await open({ FAKE_SMI_MODE: "die", FAKE_SMI_LOG: log });
  expect(await trouble(source)).toBe("nvidia-smi: ended with code 15 (started 4 times)");
  expect(readFileSync(log, "utf8").match(/-lms/g)).toHaveLength(4);
});

test("lines that are no rows are an error, not readings", async () => {
  const source = await open({ FAKE_SMI_MODE: "garbage" });
  expect(await trouble(source)).toMatch(/^not a row: /);
});

test("a lost GPU is said to be lost", async () => {
  const source = await open({ FAKE_SMI_MODE: "lost" });
  expect(await trouble(source)).toBe("nvidia-smi:0: GPU is lost");
});

test("half a line is no reading, and silence after it is a hang", async () => {
  let now = 0;
  const clock = { now: () => now, sleepUntil: () => Promise.resolve() };
  const context = { ...contextOf({ FAKE_SMI_MODE: "half" }), clock };
  const found = await nvidiaSmiProbe()(context);
  if ("unavailable" in found) throw new Error(found.unavailable.reason);
  opened.push(found.source);
  expect(await found.source.read("fast")).toEqual([]);
  now = 20_000;
  await expect(async () => found.source.read("fast")).rejects.toThrow(
    "nvidia-smi: silent for 20.0 s",
  );
});

test("no program, no driver and a refused field are unavailability with a reason", async () => {
  const bare = { ...contextOf({}), env: { PATH: "/nowhere" } };
  const none = await nvidiaSmiProbe()(bare);
  expect(none).toMatchObject({ unavailable: { reason: "nvidia-smi: not found" } });
  expect(await find({ FAKE_SMI_MODE: "no-driver" })).toMatchObject({
    unavailable: { reason: expect.stringContaining("couldn't communicate") as string },
  });
  expect(await find({ FAKE_SMI_MODE: "picky" })).toMatchObject({
    unavailable: { reason: expect.stringContaining("not a valid field") as string },
  });
});

test("another machine is asked through ssh, which may not ask anybody for anything", async () => {
  const log = join(scratchFolder("ssh"), "log");
  const source = await open({ FAKE_SSH_LOG: log }, { host: "gpu-box" });
  const [reading] = await firstReadings(source);
  expect(reading?.source).toBe("nvidia-smi@gpu-box:0");
  expect(readFileSync(log, "utf8")).toContain("-o BatchMode=yes");
  const bad = await find({}, { host: "-oProxyCommand=touch /tmp/x" });
  expect(bad).toMatchObject({
    unavailable: { reason: expect.stringContaining("not the name of a machine") as string },
  });
});
