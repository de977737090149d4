/** NVML against the fake library: the real calls, through koffi, with a scripted clock. */
import { afterEach, expect, test } from "vitest";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { originNow, systemClock } from "../../../../src/core/clock.ts";
import { nvmlProbe, nvmlProbeWith } from "../../../../src/observe/gpu/nvidia/nvml.ts";
import type {
  Found,
  ProbeContext,
  Reading,
  Source,
  SourceFacts,
} from "../../../../src/observe/source.ts";
import { fakeEnergy, fakeNvml, fakePower } from "../../../support/fake-nvml/fake-nvml.ts";
import { scratchFolder } from "../../../support/scratch.ts";

type FakeSettings = Readonly<Record<string, string | number>>;

const opened: Source[] = [];
const added = new Set<string>();

/** The fake library reads the process's own environment, as a C library does. */
function script(settings: FakeSettings): void {
  for (const [name, value] of Object.entries(settings)) {
    process.env[`FAKE_NVML_${name}`] = String(value);
    added.add(`FAKE_NVML_${name}`);
  }
}

function unscript(...names: readonly string[]): void {
  for (const name of names) Reflect.deleteProperty(process.env, `FAKE_NVML_${name}`);
}

afterEach(async () => {
  for (const source of opened.splice(0)) await source.close();
  for (const name of added) Reflect.deleteProperty(process.env, name);
  added.clear();
});

function contextWith(more: Partial<ProbeContext> & { readonly library?: string }): ProbeContext {
  const { library = fakeNvml(), ...rest } = more;
  const clock = systemClock(originNow());
  return { clock, env: { NVML_LIB: library }, root: "/", platform: "linux", ...rest };
}

async function open(
  settings: FakeSettings,
  more: Partial<ProbeContext> & { readonly library?: string } = {},
): Promise<Source> {
  script({ LIVE: 1, NOW_MS: 10_000, ...settings });
  const found = await nvmlProbe(contextWith(more));
  if ("unavailable" in found) throw new Error(found.unavailable.reason);
  opened.push(found.source);
  return found.source;
}

function reasonOf(found: Found): { reason: string; advice?: string } {
  if ("source" in found) throw new Error("it was found");
  return found.unavailable;
}

async function readAll(source: Source): Promise<readonly Reading[]> {
  return [...(await source.read("fast")), ...(await source.read("medium"))];
}

async function valuesOf(source: Source, device = 0): Promise<Readonly<Record<string, number>>> {
  const readings = (await readAll(source)).filter((one) => one.source === `nvml:${String(device)}`);
  return Object.assign({}, ...readings.map(({ values }) => values)) as Record<string, number>;
}

function factsOf(source: Source, device = 0): SourceFacts {
  return source.facts[device]!;
}

test("every figure of a device is read, in the vocabulary's units", async () => {
  const source = await open({ NOW_MS: 10_250 });
  expect(await valuesOf(source)).toEqual({
    gpu_power: 400,
    gpu_power_average: 175, // 250 ms of 400 W after 750 ms of 100 W
    gpu_energy: 0,
    gpu_throttle_power: 0,
    gpu_throttle_thermal: 0,
    gpu_throttle_brake: 0,
    gpu_memory_temperature: 70,
    gpu_utilization: 100,
    gpu_memory_busy: 0.5,
    gpu_clock_sm: 1980,
    gpu_clock_memory: 2619,
    gpu_throttle_reasons: 4,
    gpu_memory_total: 80 * 2 ** 30,
    gpu_memory_used: 20.5 * 2 ** 30,
    gpu_memory_reserved: 0.5 * 2 ** 30,
    gpu_memory_used_ratio: 20.5 / 80,
    gpu_temperature: 60,
    gpu_power_limit: 700,
    gpu_processes: 0,
  });
  expect(factsOf(source)).toMatchObject({
    source: "nvml:0",
    kind: "nvml",
    device: { uuid: "GPU-00000000-fa4e-0000-0000-000000000000", index: 0 },
  });
  expect(factsOf(source).missing).toEqual({
    gpu_server_memory: expect.stringContaining("which processes are the server's") as string,
    gpu_foreign_memory: expect.stringContaining("which processes are the server's") as string,
  });
});

test("energy beyond 2^53 mJ stays exact to the millijoule", async () => {
  const source = await open({ NOW_MS: 10_000 });
  await source.read("fast");
  for (const at of [10_100, 10_200, 11_100, 13_700, 1e6]) {
    script({ NOW_MS: at });
    const values = await valuesOf(source);
    expect(values["gpu_energy"]).toBeCloseTo(fakeEnergy(0, 10_000, at), 9);
  }
});

test("the integral of power read every 100 ms is the counter's energy within 0.1 percent", async () => {
  const source = await open({ NDEV: 2 });
  const step = 100;
  const sums = [0, 0];
  for (let at = 10_000; at < 40_000; at += step) {
    script({ NOW_MS: at + step / 2 });
    for (const [device, sum] of sums.entries()) {
      const values = await valuesOf(source, device);
      expect(values["gpu_power"]).toBe(fakePower(device, at + step / 2));
      sums[device] = sum + (values["gpu_power"] ?? NaN) * (step / 1e3);
    }
  }
  for (const [device, sum] of sums.entries()) {
    expect(sum / fakeEnergy(device, 10_000, 40_000)).toBeCloseTo(1, 6);
  }
});

test("throttle seconds count only while the device is held back, by reason", async () => {
  const source = await open({ REASONS: "e4" });
  await source.read("fast");
  script({ NOW_MS: 14_500 });
  const values = await valuesOf(source);
  // Two whole periods, half of each HIGH, and 500 ms more; both kinds of heat are added.
  expect(values["gpu_throttle_power"]).toBeCloseTo(2.5, 6);
  expect(values["gpu_throttle_thermal"]).toBeCloseTo(5, 6);
  expect(values["gpu_throttle_brake"]).toBeCloseTo(2.5, 6);
  expect(values["gpu_throttle_reasons"]).toBe(0xe4);
});

test("throttle counters are found under either numbering of drivers", async () => {
  const source = await open({ REASONS: "e0", NUMBERING: 251 });
  await source.read("fast");
  script({ NOW_MS: 14_000 });
  const values = await valuesOf(source);
  expect(values["gpu_throttle_thermal"]).toBeCloseTo(4, 6);
  expect(values["gpu_throttle_brake"]).toBeCloseTo(2, 6);
});

test("where neither numbering fits there is the older counter of heat, and no power brake", async () => {
  const source = await open({ REASONS: "e0", NUMBERING: 900 });
  await source.read("fast");
  script({ NOW_MS: 14_000 });
  const values = await valuesOf(source);
  expect(values["gpu_throttle_thermal"]).toBeCloseTo(2, 6);
  expect(values["gpu_throttle_brake"]).toBeUndefined();
  expect(factsOf(source).missing["gpu_throttle_brake"]).toContain("not supported");
});

test("an old library gives what it has by its old functions", async () => {
  const source = await open({ NOW_MS: 11_000, PROCS: "4242:100" }, { library: fakeNvml("old") });
  await source.read("fast");
  script({ NOW_MS: 14_200 });
  const values = await valuesOf(source);
  expect(values).toMatchObject({
    gpu_power: 400,
    gpu_memory_used: 20.5 * 2 ** 30,
    gpu_temperature: 60,
    gpu_throttle_reasons: 4,
    gpu_processes: 1,
  });
  expect(values["gpu_energy"]).toBeCloseTo(fakeEnergy(0, 11_000, 14_200), 9);
  expect(values["gpu_power_average"]).toBeUndefined();
  expect(factsOf(source).missing["gpu_power_average"]).toContain("lacks this function");
  expect(values["gpu_memory_reserved"]).toBeUndefined();
});

test.each([3, 13, 25, 26])(
  "code %i gives up the figure for good, with its reason",
  async (code) => {
    const source = await open({ FAIL: "nvmlDeviceGetUtilizationRates", RC: code });
    expect((await valuesOf(source))["gpu_utilization"]).toBeUndefined();
    expect(factsOf(source).missing["gpu_utilization"]).toContain(`(NVML ${String(code)})`);
    unscript("FAIL");
    expect((await valuesOf(source))["gpu_utilization"]).toBeUndefined();
  },
);

test.each([4, 27, 999])("code %i is asked again at the next read", async (code) => {
  const failing = "nvmlDeviceGetUtilizationRates,field:83,nvmlDeviceGetTotalEnergyConsumption";
  const source = await open({ FAIL: failing, RC: code });
  const before = await valuesOf(source);
  expect(before["gpu_utilization"]).toBeUndefined();
  expect(before["gpu_energy"]).toBeUndefined();
  expect(before["gpu_power"]).toBe(400);
  unscript("FAIL");
  const after = await valuesOf(source);
  expect(after["gpu_utilization"]).toBe(100);
  expect(after["gpu_energy"]).toBe(0);
  expect(factsOf(source).missing).not.toHaveProperty("gpu_utilization");
});

test.each([15, 16, 18])("code %i gives up the device and keeps the others", async (code) => {
  const source = await open({ NDEV: 3 });
  expect(await source.read("fast")).toHaveLength(3);
  script({ FAIL: "*", FAIL_DEV: 1, RC: code });
  await source.read("fast"); // the fields fail first, and say so
  unscript("FAIL", "FAIL_DEV");
  const left = await source.read("fast");
  expect(left.map((reading) => reading.source)).toEqual(["nvml:0", "nvml:2"]);
});

test("a read throws, with the reason, when the last device is lost", async () => {
  const source = await open({ NDEV: 1 });
  script({ FAIL: "*", RC: 15 });
  expect(() => source.read("fast")).toThrow("nvml:0: the GPU is lost (NVML 15)");
  unscript("FAIL");
  expect(() => source.read("medium")).toThrow("the GPU is lost");
});

test("a field that one device lacks is got by the older call", async () => {
  const source = await open({ FAIL: "field:186,field:83", RC: 3, NOW_MS: 11_000 });
  await source.read("fast");
  script({ NOW_MS: 12_300 });
  const values = await valuesOf(source);
  expect(values["gpu_power"]).toBe(400);
  expect(values["gpu_energy"]).toBeCloseTo(fakeEnergy(0, 11_000, 12_300), 9);
});

test("a counter that went back begins a new epoch instead of negative energy", async () => {
  const source = await open({ NOW_MS: 60_000 });
  const [before] = await source.read("fast");
  script({ NOW_MS: 1000 });
  const [after] = await source.read("fast");
  expect(after?.epoch).not.toBe(before?.epoch);
  expect(after?.values["gpu_energy"]).toBe(0);
});

test("MIG mode takes utilization away and is told in the fingerprint", async () => {
  const source = await open({ MIG: 1 });
  expect((await valuesOf(source))["gpu_utilization"]).toBeUndefined();
  expect(source.fingerprint).toMatchObject({ "gpu.mig": "on" });
});

test("the fingerprint names models, versions and policies", async () => {
  const source = await open({ NDEV: 8 });
  expect(source.fingerprint).toEqual({
    "gpu.models": "8 x NVIDIA Fake 80GB",
    "gpu.memory": 80 * 2 ** 30,
    "gpu.mig": "off",
    "gpu.driver": "580.65.06",
    "gpu.driver_major": 580,
    "gpu.cuda": "13.0",
    "gpu.power_limit": 700,
    "gpu.clocks_policy": "default",
  });
});

/** A /proc in which 100 is the server, 101 its child, 102 a grandchild, and 200 somebody else. */
function procTree(namespace = "pid:[4026531836]"): string {
  const root = scratchFolder("proc");
  for (const [pid, parent] of [
    [100, 1],
    [101, 100],
    [102, 101],
    [200, 1],
  ] as const) {
    mkdirSync(join(root, "proc", String(pid)), { recursive: true });
    const stat = `${String(pid)} (a (b) c) S ${String(parent)} 0 0`;
    writeFileSync(join(root, "proc", String(pid), "stat"), stat);
  }
  mkdirSync(join(root, "proc/self/ns"), { recursive: true });
  symlinkSync(namespace, join(root, "proc/self/ns/pid"));
  return root;
}

test("memory of processes that do not descend from the server is foreign", async () => {
  const procs = "100:1000,102:500,200:300,999:40";
  const source = await open({ PROCS: procs }, { serverPid: 100, root: procTree() });
  const values = await valuesOf(source);
  expect(values["gpu_processes"]).toBe(4);
  expect(values["gpu_server_memory"]).toBe(1500 * 2 ** 20);
  expect(values["gpu_foreign_memory"]).toBe(340 * 2 ** 20);
});

test("no process is called foreign where process ids cannot be compared", async () => {
  const root = procTree("pid:[4026532999]");
  const source = await open({ PROCS: "100:1000" }, { serverPid: 100, root });
  const values = await valuesOf(source);
  expect(values["gpu_processes"]).toBe(1);
  expect(values["gpu_foreign_memory"]).toBeUndefined();
});

test("more processes than there was room for are all counted", async () => {
  const procs = Array.from({ length: 70 }, (_, i) => `${String(5000 + i)}:1`).join(",");
  const source = await open({ PROCS: procs });
  expect((await valuesOf(source))["gpu_processes"]).toBe(70);
});

test.each([
  [9, "driver is not loaded", "modprobe"],
  [18, "different versions", "reboot"],
  [4, "no permission", "--gpus all"],
])("init code %i is unavailability with advice", async (code, reason, advice) => {
  script({ INIT_RC: code });
  const told = reasonOf(await nvmlProbe(contextWith({})));
  expect(told.reason).toContain(reason);
  expect(told.advice).toContain(advice);
});

test("no library, no koffi, no devices and no such platform are each told apart", async () => {
  const noLibrary = reasonOf(await nvmlProbe(contextWith({ library: "/nowhere/nvml.so" })));
  expect(noLibrary.reason).toContain("/nowhere/nvml.so");
  expect(noLibrary.advice).toContain("NVML_LIB");
  const broken = nvmlProbeWith(() => Promise.reject(new Error("Cannot find package 'koffi'")));
  const noKoffi = reasonOf(await broken(contextWith({})));
  expect(noKoffi.reason).toContain("koffi");
  expect(noKoffi.advice).toContain("npm install koffi");
  script({ NDEV: 0 });
  expect(reasonOf(await nvmlProbe(contextWith({}))).reason).toContain("no device");
  const mac = await nvmlProbe(contextWith({ env: {}, platform: "darwin" }));
  expect(reasonOf(mac).reason).toContain("darwin");
});

test("a file that is not NVML is unavailable, not a crash", async () => {
  const file = join(scratchFolder("not-nvml"), "libnvidia-ml.so.1");
  writeFileSync(file, "not a library");
  expect(reasonOf(await nvmlProbe(contextWith({ library: file }))).reason).toContain(file);
  const other = reasonOf(await nvmlProbe(contextWith({ library: "libc.so.6" })));
  expect(other.reason).toContain("lacks this function");
});

test("devices that refuse are left out; when all do, it says why", async () => {
  const some = await open({
    NDEV: 3,
    FAIL: "nvmlDeviceGetHandleByIndex_v2",
    FAIL_DEV: 1,
    RC: 15,
  });
  expect(some.facts.map(({ source }) => source)).toEqual(["nvml:0", "nvml:2"]);
  script({ FAIL_DEV: -1 });
  expect(reasonOf(await nvmlProbe(contextWith({}))).reason).toContain("the GPU is lost");
});

test("a closed source is not read", async () => {
  const source = await open({});
  await source.close();
  await source.close();
  expect(() => source.read("fast")).toThrow("closed");
});
