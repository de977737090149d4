/** AMD's programs, Apple's and Jetson's, by pages in their shapes and by fake programs. */
import { afterEach, expect, test } from "vitest";
import { originNow, systemClock } from "../../../src/core/clock.ts";
import { amdSmiProbe, rocmSmiProbe } from "../../../src/observe/gpu/amd-smi.ts";
import { readAmdSmi } from "../../../src/observe/gpu/amd-smi-pages.ts";
import { macmonProbe, powermetricsProbe, readMacmon } from "../../../src/observe/gpu/apple.ts";
import { jetsonProbe, readTegrastats } from "../../../src/observe/gpu/nvidia/jetson.ts";
import { gpuProbes, inOrder } from "../../../src/observe/gpu/probes.ts";
import type { Found, Probe, ProbeContext, Reading, Source } from "../../../src/observe/source.ts";
import { withPrograms, type FakePrograms } from "../../support/fake-programs/fake-programs.ts";
import { plant, reasonIn, sourceIn, valuesBySource } from "./sysfs-tree.ts";

const opened: Source[] = [];

afterEach(async () => {
  for (const source of opened.splice(0)) await source.close();
});

function contextWith(programs: FakePrograms, platform: NodeJS.Platform = "linux"): ProbeContext {
  const env = withPrograms(programs);
  return { clock: systemClock(originNow()), env, root: "/", platform };
}

async function open(
  probe: Probe,
  programs: FakePrograms,
  platform?: NodeJS.Platform,
): Promise<Source> {
  const source = sourceIn(await probe(contextWith(programs, platform)));
  opened.push(source);
  return source;
}

async function firstOf(source: Source): Promise<Reading> {
  for (;;) {
    const [reading] = await source.read("fast");
    if (reading !== undefined) return reading;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A shell script that writes this and goes on running, or ends. */
function says(text: string, then = "exec sleep 3600"): string {
  return `cat <<'END'\n${text}\nEND\n${then}`;
}

const AMD_SMI = `WARNING: User is missing the following required groups: [render]
{"gpu_data": [
  {"gpu": 0,
   "usage": {"gfx_activity": {"value": 87, "unit": "%"}, "umc_activity": {"value": 41, "unit": "%"}},
   "power": {"socket_power": {"value": 542, "unit": "W"}},
   "mem_usage": {"total_vram": {"value": 196592, "unit": "MB"}, "used_vram": {"value": 98296, "unit": "MB"}},
   "temperature": {"edge": "N/A", "hotspot": {"value": 71, "unit": "C"}, "mem": {"value": 58, "unit": "C"}},
   "clock": {"gfx_0": {"clk": {"value": 2100, "unit": "MHz"}}, "mem_0": {"clk": {"value": 1300, "unit": "MHz"}}},
   "energy": {"total_energy_consumption": {"value": 1234567.5, "unit": "J"}}},
  {"gpu": 1, "usage": "N/A", "power": {"average_socket_power": 90}, "temperature": {"edge": 30}}]}`;

test("amd-smi's page is read through its warnings, in both its forms", async () => {
  const source = await open(amdSmiProbe, { "amd-smi": says(AMD_SMI, "exit 0") });
  expect(await valuesBySource(source)).toEqual({
    "amd:0": {
      gpu_utilization: 87,
      gpu_memory_busy: 0.41,
      gpu_power: 542,
      gpu_memory_total: 196592 * 2 ** 20,
      gpu_memory_used: 98296 * 2 ** 20,
      gpu_memory_used_ratio: 0.5,
      gpu_temperature: 71,
      gpu_memory_temperature: 58,
      gpu_clock_sm: 2100,
      gpu_clock_memory: 1300,
      gpu_energy: 1234567.5,
    },
    "amd:1": { gpu_power: 90, gpu_temperature: 30 },
  });
  expect(source.facts[1]?.missing).toHaveProperty("gpu_utilization");
  expect(readAmdSmi('[{"gpu": 0, "usage": {"gfx_activity": 50}}]')).toEqual([
    { index: 0, values: { gpu_utilization: 50 } },
  ]);
});

test("rocm-smi's page is read by whichever keys it has", async () => {
  const page = JSON.stringify({
    card0: {
      "GPU use (%)": "37",
      "Average Graphics Package Power (W)": "22.5",
      "Temperature (Sensor edge) (C)": "44.0",
      "Temperature (Sensor memory) (C)": "N/A",
      "VRAM Total Memory (B)": "21458059264",
      "VRAM Total Used Memory (B)": "10729029632",
      "sclk clock speed:": "(1500Mhz)",
      "Card Series": "Radeon RX 7900 XT",
    },
    system: { "Driver version": "6.10.5" },
  });
  const source = await open(rocmSmiProbe, { "rocm-smi": says(page, "exit 0") });
  expect(await valuesBySource(source)).toEqual({
    "amd:0": {
      gpu_utilization: 37,
      gpu_power: 22.5,
      gpu_temperature: 44,
      gpu_memory_total: 21458059264,
      gpu_memory_used: 10729029632,
      gpu_memory_used_ratio: 0.5,
      gpu_clock_sm: 1500,
    },
  });
  expect(source.fingerprint).toEqual({ "gpu.models": "1 x Radeon RX 7900 XT" });
});

test("a tool of AMD's that is absent, fails or babbles is unavailable with the reason", async () => {
  expect(reasonIn(await amdSmiProbe({ ...contextWith({}), env: { PATH: "/nowhere" } }))).toBe(
    "amd-smi: not found",
  );
  const failing = contextWith({ "amd-smi": "echo 'AMDSMI_STATUS_NO_PERM' >&2; exit 10" });
  expect(reasonIn(await amdSmiProbe(failing))).toBe(
    "amd-smi: ended with code 10: AMDSMI_STATUS_NO_PERM",
  );
  const babbling = contextWith({ "amd-smi": "echo 'no [json here'" });
  expect(reasonIn(await amdSmiProbe(babbling))).toContain("no devices in its answer");
});

test("a tool of AMD's that fails mid-run throws what it said", async () => {
  const once = 'if [ -e "$0.ran" ]; then echo "GPU reset" >&2; exit 3; fi; touch "$0.ran"';
  const source = await open(amdSmiProbe, { "amd-smi": `${once}\n${says(AMD_SMI, "exit 0")}` });
  await expect(async () => source.read("medium")).rejects.toThrow("code 3: GPU reset");
});

const POWERMETRICS = `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>processor</key><dict>
  <key>clusters</key><array><dict><key>idle_ratio</key><real>0.1</real><key>freq_hz</key><real>1e+09</real></dict></array>
  <key>cpu_power</key><real>4000.0</real><key>gpu_power</key><real>15250.0</real>
</dict>
<key>gpu</key><dict><key>freq_hz</key><real>1398</real><key>idle_ratio</key><real>0.25</real></dict>
</dict></plist>`;

test("powermetrics' GPU is read, not its CPU clusters", async () => {
  const script = `printf '%s\\0' '${POWERMETRICS}'\nexec sleep 3600`;
  const source = await open(powermetricsProbe(10), { powermetrics: script }, "darwin");
  expect((await firstOf(source)).values).toEqual({
    gpu_utilization: 75,
    gpu_power: 15.25,
    gpu_clock_sm: 1398,
  });
});

test("powermetrics without root says what to do", async () => {
  const script = "echo 'powermetrics must be invoked as the superuser' >&2; exit 1";
  const found = await powermetricsProbe(10)(contextWith({ powermetrics: script }, "darwin"));
  expect(found).toMatchObject({
    unavailable: {
      reason: "powermetrics: ended with code 1: powermetrics must be invoked as the superuser",
      advice: expect.stringContaining("macmon") as string,
    },
  });
});

const MACMON = '{"temp":{"gpu_temp_avg":51.5},"gpu_usage":[1000,0.5],"gpu_power":12.5}';

test("macmon's lines are read; what is not JSON is not", async () => {
  const source = await open(macmonProbe(10), { macmon: says(MACMON) }, "darwin");
  expect((await firstOf(source)).values).toEqual({
    gpu_utilization: 50,
    gpu_clock_sm: 1000,
    gpu_power: 12.5,
    gpu_temperature: 51.5,
  });
  expect(readMacmon("{half")).toBeUndefined();
  expect(readMacmon("17")).toBeUndefined();
});

test.each([
  [
    "Orin",
    "RAM 9/62799MB (lfb 7x4MB) GR3D_FREQ 12%@[1300,1300] cpu@52.9C gpu@47.6C VDD_GPU_SOC 5139mW/4000mW VDD_CPU_CV 3268mW/3268mW",
    { gpu_utilization: 12, gpu_clock_sm: 1300, gpu_temperature: 47.6, gpu_power: 5.139 },
  ],
  [
    "Xavier",
    "RAM 2/31918MB SWAP 0/1MB GR3D_FREQ 99%@1377 GPU@39.5C GPU 1540/1540 CPU 310/310",
    { gpu_utilization: 99, gpu_clock_sm: 1377, gpu_temperature: 39.5, gpu_power: 1.54 },
  ],
  [
    "Thor",
    "RAM 4722/7844MB (lfb 1x512kB) GR3D_FREQ @[1000,1000,1000] gpu@-256C VDD_GPU 9000mW/9000mW/9000mW",
    { gpu_power: 9 },
  ],
])("a tegrastats line of %s is read", (_board, line, values) => {
  expect(readTegrastats(line)).toEqual(values);
});

test("tegrastats is one process, and one that dies is given up with the reason", async () => {
  const line = "RAM 9/62799MB GR3D_FREQ 12%@1300";
  const source = await open(jetsonProbe(5), { tegrastats: says(line, "exit 7") });
  expect((await firstOf(source)).values).toEqual({ gpu_utilization: 12, gpu_clock_sm: 1300 });
  await expect(async () => {
    for (;;) await firstOf(source);
  }).rejects.toThrow("tegrastats: ended with code 7 (started 4 times)");
});

test("a program that streams and is not there is said to be not found", async () => {
  const found = await jetsonProbe(5)({ ...contextWith({}), env: { PATH: "/nowhere" } });
  expect(reasonIn(found)).toBe("tegrastats: not found");
});

test("the sources of other systems are not looked for here", async () => {
  expect(reasonIn(await macmonProbe()(contextWith({})))).toBe("not on linux");
  expect(reasonIn(await jetsonProbe()(contextWith({}, "darwin")))).toBe("not on darwin");
});

function row(source: string, found: Found | Error, asked: string[]): Parameters<typeof inOrder>[0] {
  const probe: Probe = () => {
    asked.push(source);
    return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
  };
  return [{ source, probe }];
}

test("of the sources for the same devices only the first that is there is started", async () => {
  const asked: string[] = [];
  const nothing: Found = { unavailable: { kind: "a", reason: "absent" } };
  const source: Source = {
    kind: "c",
    tiers: ["fast"],
    facts: [],
    read: () => [],
    close: () => undefined,
  };
  const rows = inOrder([
    ...row("a", nothing, asked),
    ...row("b", new Error("broken"), asked),
    ...row("c", { source }, asked),
    ...row("d", { source }, asked),
  ]);
  const context = contextWith({});
  const found = await Promise.allSettled(rows.map(({ probe }) => probe(context)));
  expect(found.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
  ]);
  const last = await rows[3]!.probe(context);
  expect(reasonIn(last)).toBe("not asked: c samples the same devices");
  expect(asked).toEqual(["a", "b", "c"]);
});

test("a machine without any GPU has a reason for every source", async () => {
  const context: ProbeContext = {
    ...contextWith({}),
    root: plant({}),
    env: { PATH: "/nowhere" },
  };
  const found = await Promise.all(gpuProbes().map(({ probe }) => probe(context)));
  expect(found.map(reasonIn)).toHaveLength(10);
});
