/** Exporters' pages by hand, in their shapes, served over real HTTP. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { exporterProbe, pageUrl } from "../../../src/observe/gpu/exporter.ts";
import type { Found, Reading, Source } from "../../../src/observe/source.ts";
import { contextOn, reasonIn, sourceIn } from "./sysfs-tree.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Page {
  readonly status?: number;
  readonly text: string;
}

/** Serves the pages one after the other, the last one for ever. */
async function serve(...pages: readonly (Page | string)[]): Promise<string> {
  let asked = 0;
  const server = createServer((request, response) => {
    const page = pages[Math.min(asked, pages.length - 1)] ?? "";
    asked += 1;
    const { status = 200, text } = typeof page === "string" ? { text: page } : page;
    response.statusCode = request.url === "/metrics" ? status : 404;
    response.end(text);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

function find(url: string): Promise<Found> {
  return exporterProbe({ url, headers: {} })(contextOn("/"));
}

async function open(...pages: readonly (Page | string)[]): Promise<Source> {
  return sourceIn(await find(await serve(...pages)));
}

async function read(source: Source): Promise<readonly Reading[]> {
  return source.read("medium");
}

function dcgm(gpu: number, power: number, energy: number, more = ""): string {
  const labels = `gpu="${String(gpu)}",UUID="GPU-${String(gpu)}",modelName="NVIDIA H100 80GB HBM3",Hostname="node-a"${more}`;
  return `# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{${labels}} 97
DCGM_FI_DEV_MEM_COPY_UTIL{${labels}} 41
DCGM_FI_DEV_POWER_USAGE{${labels}} ${String(power)}
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{${labels}} ${String(energy)}
DCGM_FI_DEV_FB_USED{${labels}} 20480
DCGM_FI_DEV_FB_FREE{${labels}} 60928
DCGM_FI_DEV_FB_RESERVED{${labels}} 512
DCGM_FI_DEV_GPU_TEMP{${labels}} 61
DCGM_FI_DEV_MEMORY_TEMP{${labels}} 9223372036854775792
DCGM_FI_DEV_SM_CLOCK{${labels}} 2147483632
DCGM_FI_DEV_MEM_CLOCK{${labels}} 2619
DCGM_FI_PROF_SM_ACTIVE{${labels}} 0.71
DCGM_FI_PROF_PIPE_TENSOR_ACTIVE{${labels}} NaN
DCGM_FI_PROF_DRAM_ACTIVE{${labels}} 140737488355328
DCGM_FI_DEV_XID_ERRORS{${labels}} 0
`;
}

test("dcgm-exporter is read in the vocabulary's units; its blanks are absent", async () => {
  const source = await open(dcgm(0, 512.5, 7_000_000) + dcgm(1, 300, 9_000_000));
  const [first, second] = await read(source);
  expect(first).toMatchObject({ source: "dcgm@127.0.0.1:0" });
  expect(first?.values).toEqual({
    gpu_utilization: 97,
    gpu_memory_busy: 0.41,
    gpu_sm_active: 0.71,
    gpu_power: 512.5,
    gpu_power_average: 512.5,
    gpu_energy: 7000,
    gpu_memory_used: 20992 * 2 ** 20,
    gpu_memory_reserved: 512 * 2 ** 20,
    gpu_memory_total: 81920 * 2 ** 20,
    gpu_memory_used_ratio: 20992 / 81920,
    gpu_temperature: 61,
    gpu_clock_memory: 2619,
  });
  expect(second?.values["gpu_power"]).toBe(300);
  expect(source.facts.map(({ device }) => device)).toEqual([
    { index: 0, uuid: "GPU-0", name: "NVIDIA H100 80GB HBM3" },
    { index: 1, uuid: "GPU-1", name: "NVIDIA H100 80GB HBM3" },
  ]);
  expect(source.fingerprint).toEqual({
    "gpu.models": "2 x NVIDIA H100 80GB HBM3",
    "gpu.memory": 81920 * 2 ** 20,
  });
});

test("without free memory there is no total, rather than a wrong one", async () => {
  const page = dcgm(0, 500, 1).replace(/^DCGM_FI_DEV_FB_FREE.*$/m, "");
  const [reading] = await read(await open(page));
  expect(reading?.values).not.toHaveProperty("gpu_memory_total");
  expect(reading?.values).not.toHaveProperty("gpu_memory_used_ratio");
});

test("instances of a divided GPU have their own activity; power is the whole device's", async () => {
  const page =
    dcgm(0, 512, 7_000_000, ',GPU_I_PROFILE="1g.10gb",GPU_I_ID="7"') +
    dcgm(0, 512, 7_000_000, ',GPU_I_PROFILE="1g.10gb",GPU_I_ID="8"');
  const readings = await read(await open(page));
  expect(readings.map(({ source }) => source)).toEqual([
    "dcgm@127.0.0.1:0",
    "dcgm@127.0.0.1:0/7",
    "dcgm@127.0.0.1:0/8",
  ]);
  expect(readings[0]?.values).toMatchObject({ gpu_power: 512, gpu_energy: 7000 });
  expect(readings[0]?.values).not.toHaveProperty("gpu_sm_active");
  expect(readings[1]?.values).toMatchObject({ gpu_sm_active: 0.71 });
  expect(readings[1]?.values).not.toHaveProperty("gpu_power");
});

test("a page that repeats has the stamp of the page before; a counter that went back, a new epoch", async () => {
  const a = dcgm(0, 500, 7_000_000);
  const b = dcgm(0, 500, 7_100_000);
  const restarted = dcgm(0, 500, 1000);
  const source = await open(a, a, a, b, restarted);
  const readings: Reading[] = [];
  for (let i = 0; i < 4; i += 1) readings.push(...(await read(source)));
  const stamps = readings.map(({ stamp }) => stamp);
  expect(stamps[0]).toBe(stamps[1]);
  expect(stamps[2]).not.toBe(stamps[1]);
  expect(readings[2]?.epoch).toBe(readings[0]?.epoch);
  expect(readings[3]?.epoch).not.toBe(readings[0]?.epoch);
});

test("nvidia_gpu_exporter's ratios, hertz and joules become ours", async () => {
  const labels = 'uuid="df6e7a7c",name="NVIDIA RTX"';
  const source = await open(`nvidia_smi_utilization_gpu_ratio{${labels}} 0.5
nvidia_smi_power_draw_watts{${labels}} 31.5
nvidia_smi_memory_used_bytes{${labels}} 1073741824
nvidia_smi_memory_total_bytes{${labels}} 4294967296
nvidia_smi_temperature_gpu{${labels}} 44
nvidia_smi_clocks_current_sm_clock_hz{${labels}} 2100000000
nvidia_smi_energy_joules_total{${labels}} 1234.5
`);
  const [reading] = await read(source);
  expect(reading?.source).toBe("nvidia_gpu_exporter@127.0.0.1:df6e7a7c");
  expect(reading?.values).toEqual({
    gpu_utilization: 50,
    gpu_power: 31.5,
    gpu_memory_used: 2 ** 30,
    gpu_memory_total: 2 ** 32,
    gpu_memory_used_ratio: 0.25,
    gpu_temperature: 44,
    gpu_clock_sm: 2100,
    gpu_energy: 1234.5,
  });
});

test("AMD's exporter is read by its labels, with and without its prefix", async () => {
  for (const prefix of ["", "amd_"]) {
    const labels = 'gpu_id="0",card_model="Instinct MI300X",serial_number="SN-0"';
    const clock = (type: string): string => `{${labels},clock_type="GPU_CLOCK_TYPE_${type}"}`;
    const source = await open(`${prefix}gpu_package_power{${labels}} 748
${prefix}gpu_energy_consumed{${labels}} 1400000
${prefix}gpu_used_vram{${labels}} 1024
${prefix}gpu_total_vram{${labels}} 4096
${prefix}gpu_gfx_activity{${labels}} 88
${prefix}gpu_junction_temperature{${labels}} 76
${prefix}gpu_clock${clock("VIDEO")} 900
${prefix}gpu_clock${clock("SYSTEM")} 1533
${prefix}gpu_clock${clock("MEMORY")} 1292
`);
    const [reading] = await read(source);
    expect(reading?.values).toEqual({
      gpu_power: 748,
      gpu_energy: 1.4,
      gpu_memory_used: 2 ** 30,
      gpu_memory_total: 2 ** 32,
      gpu_memory_used_ratio: 0.25,
      gpu_utilization: 88,
      gpu_temperature: 76,
      gpu_clock_sm: 1533,
      gpu_clock_memory: 1292,
    });
  }
});

test("what is no exporter is unavailable, with what it is instead", async () => {
  const reasonFor = async (page: Page | string): Promise<string> =>
    reasonIn(await find(await serve(page)));
  expect(await reasonFor({ status: 404, text: "nope" })).toContain("status 404");
  expect(await reasonFor({ status: 501, text: "" })).toContain("status 501");
  expect(await reasonFor('{"error": "json"}')).toContain("no page of metrics");
  expect(await reasonFor("vllm:num_requests_running 3\n")).toContain("no metrics of GPUs");
  const blank = 'DCGM_FI_DEV_GPU_UTIL{gpu="0"} 9223372036854775792\n';
  expect(await reasonFor(blank)).toContain("no device has any value");
  expect(reasonIn(await find("http://127.0.0.1:1"))).toContain("nothing listens there");
});

test("an exporter that breaks mid-run throws, and gives readings again when it is back", async () => {
  const good = dcgm(0, 500, 7_000_000);
  const source = await open(good, { status: 500, text: "boom" }, "garbage {", good);
  await expect(read(source)).rejects.toThrow("status 500");
  await expect(read(source)).rejects.toThrow("no page of metrics");
  expect(await read(source)).toHaveLength(1);
});

test("an address without a path is that of its /metrics", () => {
  expect(pageUrl("http://node:9400")).toBe("http://node:9400/metrics");
  expect(pageUrl("http://node:9400/")).toBe("http://node:9400/metrics");
  expect(pageUrl("http://node/gpu/metrics?x=1")).toBe("http://node/gpu/metrics?x=1");
});
