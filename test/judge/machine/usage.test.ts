import { describe, expect, it, test } from "vitest";
import type { RunAccounting, RunLine } from "../../../src/core/records.ts";
import type { SourceLine } from "../../../src/core/telemetry-lines.ts";
import { together } from "../../../src/judge/collect/visit.ts";
import { digestOf } from "../../../src/judge/digest/digest.ts";
import { DigestBuilder } from "../../../src/judge/digest/digest-builder.ts";
import { costOf } from "../../../src/judge/machine/cost.ts";
import { rssSlope } from "../../../src/judge/machine/rss-slope.ts";
import { told, type Usage } from "../../../src/judge/machine/usage.ts";
import { RunJudge, summarize } from "../../../src/judge/summarize.ts";
import type { BaselineCheck, Summary } from "../../../src/judge/summary.ts";
import {
  closedScenario,
  every,
  footer,
  header,
  mark,
  served,
  threshold,
} from "../../support/runs/run-lines.ts";
import { readEvery, readingsLine } from "../../support/runs/sample-series.ts";

/** 12 s without load from 1000, then 30 s measured; a request (4 tokens) every 100 ms. */
const [READY, START, END] = [1000, 13_000, 43_000];
const grid = every(100, 0, 450);

type Metrics = Readonly<Record<string, (ms: number) => number | null>>;

function lines(
  telemetry: readonly RunLine[],
  accounting?: RunAccounting,
  idleBefore = START - READY,
): RunLine[] {
  const plan = { scenarios: [closedScenario], thresholds: [] };
  return [
    header(plan, { idleBefore, ...(accounting && { accounting }) }),
    { type: "target", at: READY, identity: { kind: "remote", url: "http://gpu:8000" } },
    mark("smoke", [START, END]),
    ...served(every(100, START, 300), { phase: "smoke", firstContent: undefined as never }),
    ...telemetry,
    footer(END + 100),
  ];
}

async function* each(all: readonly RunLine[]): AsyncGenerator<RunLine> {
  for (const line of all) yield await Promise.resolve(line);
}

async function judged(telemetry: readonly RunLine[], accounting?: RunAccounting): Promise<Summary> {
  return (await summarize(each(lines(telemetry, accounting)))).summary;
}

async function usage(telemetry: readonly RunLine[], accounting?: RunAccounting): Promise<Usage> {
  return (await judged(telemetry, accounting)).usage;
}

/** 100 W until the load, 400 W under it. */
const power = (ms: number): number => (ms < START ? 100 : 400);
const energy = (ms: number): number =>
  (Math.min(ms, START) * 100 + Math.max(0, ms - START) * 400) / 1000;

function gpu(index: number, more: Metrics = {}): RunLine {
  return readingsLine(`nvml:${index}`, grid, { gpu_power: power, gpu_energy: energy, ...more });
}

function gate({ validity }: Summary, id: string): BaselineCheck {
  const found = validity.gates.find((one) => one.id === id);
  if (found === undefined) throw new Error(id);
  return found;
}

describe("the worked examples of the reference", () => {
  const facts = { gpus: 1, outputTokensPerSecond: 2500, joulesPerOutputToken: 0.4 };

  it("1 GPU at $3 an hour and 2,500 tokens/s: $0.333 a million tokens", () => {
    const cost = costOf({ ...facts, accounting: { gpuHourPrice: 3 } });
    expect(cost?.rental).toBeCloseTo(0.3333, 4);
    expect(cost?.energy).toBeUndefined();
  });

  it("0.4 J a token, PUE 1.3, $0.12 a kWh: $0.0173 a million tokens", () => {
    const cost = costOf({ ...facts, accounting: { energyPrice: 0.12, pue: 1.3 } });
    expect(cost?.energy).toBeCloseTo(0.0173, 4);
  });

  it("nothing without a price", () => {
    expect(costOf({ ...facts, accounting: undefined })).toBeUndefined();
    expect(costOf({ ...facts, accounting: { pue: 1.2 } })).toBeUndefined();
  });
});

describe("energy of a run", () => {
  it("is gross first, then net of idle, by token and request", async () => {
    const found = told((await usage([gpu(0)])).energy);
    expect(found).toMatchObject({ scope: "gpu", devices: 1, selection: "all", by: "counter" });
    const near = (value: number): unknown => expect.closeTo(value, 1);
    expect(found).toMatchObject({
      joules: near(12_000),
      watts: near(400),
      perOutputToken: near(10),
      perTotalToken: near(12_000 / (300 * 104)),
      perRequest: near(40),
      idle: { watts: near(100), seconds: 12 },
      net: { joules: near(9000), perOutputToken: near(7.5), perRequest: near(30) },
    });
  });

  it("is a figure by which runs are compared: what a token took, of the server's devices", async () => {
    const [judging, builder] = [new RunJudge(), new DigestBuilder()];
    const readers = together([judging, builder]);
    for (const line of lines([gpu(0), gpu(1)], { gpus: [1] })) readers.add(line);
    const { energy_per_token: figure } = digestOf(
      judging.finish().summary,
      builder.finish(),
    ).figures;
    expect(figure?.value).toBeCloseTo(10, 1);
    const without = digestOf((await summarize(each(lines([])))).summary, builder.finish());
    expect(without.figures["energy_per_token"]).toBeUndefined();
  });

  it("is not net of anything where nobody waited, nor sampled, before the load", async () => {
    const late = readingsLine("nvml:0", every(100, 12_000, 330), { gpu_power: power });
    const found = told((await usage([late])).energy);
    expect(found?.net).toBeUndefined();
    expect(found?.idle).toHaveProperty("absent");
    expect(found?.by).toBe("power");
    const { summary } = await summarize(each(lines([gpu(0)], undefined, 9000)));
    expect(told(summary.usage.energy)?.idle).toEqual({
      absent: "the server was not idle for 10 s before the load (--idle-before)",
    });
  });

  it("counts the GPUs that hold memory of the server, else those somebody named, else all", async () => {
    const one = (bytes: number): Metrics => ({ gpu_server_memory: () => bytes });
    const matched = told((await usage([gpu(0, one(8e9)), gpu(1, one(0))])).energy);
    expect(matched).toMatchObject({ devices: 1, selection: "matched" });
    const chosen = told((await usage([gpu(0), gpu(1), gpu(2)], { gpus: [0, 2] })).energy);
    expect(chosen).toMatchObject({ devices: 2, selection: "chosen" });
    const all = told((await usage([gpu(0), gpu(1)])).energy);
    expect(all).toMatchObject({ devices: 2, selection: "all" });
    expect(all?.joules).toBeCloseTo(24_000, 0);
    expect((await usage([gpu(0, one(0))])).energy).toEqual({
      absent: "the server holds memory on none of the GPUs",
    });
  });

  it("counts a GPU once that two sources tell of", async () => {
    const about = (source: string): SourceLine => ({
      ...{ type: "source", at: 0, source, kind: "any", available: true },
      device: { uuid: "GPU-1" },
    });
    const smi = readingsLine("nvidia-smi:0", grid, { gpu_power: power });
    const found = await usage([about("nvml:0"), about("nvidia-smi:0"), smi, gpu(0)]);
    expect(found.gpus.map(({ source }) => source)).toEqual(["nvml:0"]);
  });

  it("is absent when one of the GPUs does not tell, with its reason", async () => {
    const silent = readingsLine("nvml:1", grid, { gpu_utilization: () => 50 });
    expect((await usage([gpu(0), silent])).energy).toEqual({
      absent: "nvml:1 does not tell its power",
    });
    const reset = gpu(0, { gpu_energy: (ms) => energy(ms % 20_000), gpu_power: () => null });
    expect((await usage([reset])).energy).toMatchObject({ absent: /restarted/ });
  });

  it("is of the CPUs where no GPU is", async () => {
    const host = readingsLine("host", grid, { host_cpu_energy: energy });
    expect(told((await usage([host])).energy)).toMatchObject({ scope: "cpu", devices: 1 });
    const apart = lines([host]).map((line) =>
      line.type === "target" ? { ...line, sameMachine: false } : line,
    );
    expect((await summarize(each(apart))).summary.usage.energy).toBeUndefined();
  });

  it("costs what prices and GPUs say, and can be priced again", async () => {
    const cost = (await usage([gpu(0), gpu(1)], { gpuHourPrice: 2, energyPrice: 0.2 })).cost;
    // 300 requests of 4 tokens in 30 s: 40 tokens/s.
    expect(told(cost?.rental)).toBeCloseTo((2 * 2) / 3600 / 40 / 1e-6, 6);
    expect(told(cost?.energy)).toBeCloseTo((20 / 3.6) * 0.2, 2);
    const unknown = (await usage([], { gpuHourPrice: 2 })).cost;
    expect(unknown?.rental).toHaveProperty("absent");
    const named = (await usage([], { gpuHourPrice: 2, gpus: [0, 1] })).cost;
    expect(told(named?.rental)).toBeCloseTo((2 * 2) / 3600 / 40 / 1e-6, 6);
    const again = await summarize(each(lines([gpu(0)], { gpuHourPrice: 2 })), {
      accounting: { gpuHourPrice: 3 },
    });
    expect(again.summary.usage.cost?.given).toEqual({ gpuHourPrice: 3 });
  });

  it("is flagged where counter and power contradict each other by more than 5 %", async () => {
    const codes = async (factor: number): Promise<readonly string[]> => {
      const summary = await judged([gpu(0, { gpu_power: (ms) => factor * power(ms) })]);
      return summary.warnings.map(({ code }) => code);
    };
    expect(await codes(0.97)).not.toContain("energy_disagrees");
    expect(await codes(0.9)).toContain("energy_disagrees");
  });

  it("is there for every measured phase", async () => {
    const [phase] = (await judged([gpu(0)])).phases;
    expect(told(phase?.usage?.energy)?.perOutputToken).toBeCloseTo(10, 1);
  });
});

describe("GPU gates", () => {
  /** Bits that are set for `ms` from the middle of the run. */
  const bits = (value: number, ms: number): Metrics => ({
    gpu_throttle_reasons: (at) => (at >= 20_000 && at < 20_000 + ms ? value : 0),
  });

  it.each([
    ["heat", 0x40, 3000, "invalid"],
    ["software heat", 0x20, 1000, "warn"],
    ["a power brake", 0x80, 3000, "invalid"],
    ["a hardware slowdown", 0x8, 3000, "invalid"],
    ["a power cap", 0x4, 30_000, "ok"],
    ["idling", 0x1, 3000, "ok"],
  ])("judge a GPU held back by %s", async (_, value, ms, status) => {
    const summary = await judged([gpu(0, bits(value, ms))]);
    expect(gate(summary, "gpu_throttled").status).toBe(status);
    const { throttle } = summary.usage.gpus[0] ?? {};
    expect(throttle?.reasons[0]?.seconds).toBeCloseTo(Math.min(ms, END - 20_000) / 1000, 1);
  });

  it("decode every reason, and sum the seconds of faults once", async () => {
    const summary = await judged([gpu(0, bits(0x4 | 0x20 | 0x40, 3000))]);
    const { reasons = [], heldBack } = summary.usage.gpus[0]?.throttle ?? {};
    expect(reasons.map(({ reason }) => reason)).toEqual([
      "power cap",
      "heat (software)",
      "heat (hardware)",
    ]);
    expect(heldBack?.seconds).toBeCloseTo(3, 1);
    expect(heldBack?.share).toBeCloseTo(0.1, 2);
  });

  it("see clocks that fall while busy, not those of an idle GPU", async () => {
    const falling = (ms: number): number => 2000 - (ms - START) / 100;
    const busy = gpu(0, { gpu_clock_sm: falling, gpu_utilization: () => 100 });
    const drifting = gate(await judged([busy]), "gpu_clocks");
    expect(drifting.status).toBe("invalid");
    expect(drifting.value).toBeCloseTo(240 / 1970, 2);
    const steady = gpu(0, { gpu_clock_sm: () => 1980, gpu_utilization: () => 100 });
    expect(gate(await judged([steady]), "gpu_clocks").status).toBe("ok");
    const idle = gpu(0, { gpu_clock_sm: falling, gpu_utilization: () => 10 });
    expect(gate(await judged([idle]), "gpu_clocks").status).toBe("not_measured");
  });

  it("see other processes on the server's GPUs only", async () => {
    const shared = (bytes: number, own: number): Metrics => ({
      gpu_foreign_memory: () => bytes,
      gpu_memory_total: () => 80e9,
      gpu_server_memory: () => own,
    });
    const status = async (...gpus: readonly RunLine[]): Promise<string> =>
      gate(await judged(gpus), "gpu_foreign_memory").status;
    expect(await status(gpu(0, shared(0, 8e9)))).toBe("ok");
    expect(await status(gpu(0, shared(2e9, 8e9)))).toBe("warn");
    expect(await status(gpu(0, shared(40e9, 8e9)))).toBe("invalid");
    expect(await status(gpu(0, shared(0, 8e9)), gpu(1, shared(40e9, 0)))).toBe("ok");
    expect(await status(gpu(0))).toBe("not_measured");
  });

  it("refuse statistics of power that rest on fewer than 10 samples", async () => {
    const rare = readingsLine("dcgm:0", every(10_000, 0, 5), { gpu_power: power });
    const summary = await judged([rare]);
    expect(gate(summary, "power_samples")).toMatchObject({ status: "warn", value: 3 });
    expect(summary.usage.gpus[0]?.power).toEqual({
      absent: "only 3 samples; 10 are needed",
    });
    expect(summary.usage.gpus[0]?.energy).toHaveProperty("absent");
    expect(gate(await judged([]), "power_samples").status).toBe("not_measured");
  });
});

describe("the host's gates", () => {
  const host = (more: Metrics): RunLine => readingsLine("host", grid, more);
  const MIB = 1024 ** 2;

  it("see swapping and kills inside the measured windows only", async () => {
    const before = (ms: number): number => (ms < START - 1000 ? 0 : 1e9);
    const during = (bytes: number) => (ms: number) => (ms < 20_000 ? 0 : bytes);
    const status = async (more: Metrics, id: string): Promise<string> =>
      gate(await judged([host(more)]), id).status;
    expect(await status({ host_swap_in: before }, "host_swap")).toBe("ok");
    expect(await status({ host_swap_in: during(2 * MIB) }, "host_swap")).toBe("warn");
    const both = { host_swap_in: during(40 * MIB), host_swap_out: during(40 * MIB) };
    expect(await status(both, "host_swap")).toBe("invalid");
    expect(await status({ host_oom_kills: before }, "host_oom_kills")).toBe("ok");
    expect(await status({ host_oom_kills: during(1) }, "host_oom_kills")).toBe("invalid");
    expect(await status({ host_cpu: () => 0.5 }, "host_swap")).toBe("not_measured");
  });
});

describe("CPU time of others", () => {
  const onTheHour = every(1000, 0, 45);
  const cpu = (source: string, more: Metrics): RunLine => readingsLine(source, onTheHour, more);
  const host = (busy: number, steal = 0): RunLine =>
    cpu("host", {
      host_cpu: () => busy,
      host_cpu_steal: () => steal,
      host_cores: () => 4,
    });
  const uses = (source: string, cores: number): RunLine => cpu(source, { proc_cpu: () => cores });

  test.each([
    [0.55, "ok", 0.05],
    [0.65, "warn", 0.15],
    [0.8, "invalid", 0.3],
    [0.3, "ok", 0],
  ])("with the machine %d busy and two cores ours is %s", async (busy, status, value) => {
    const found = gate(
      await judged([host(busy), uses("client", 0.5), uses("server-process", 1.5)]),
      "foreign_cpu",
    );
    expect(found.status).toBe(status);
    expect(found.value).toBeCloseTo(value, 9);
  });

  it("is not guessed where the server's process is not known, unless it is elsewhere", async () => {
    const telemetry = [host(0.9), uses("client", 0.4)];
    const found = gate(await judged(telemetry), "foreign_cpu");
    expect(found.status).toBe("not_measured");
    expect(found.detail).toContain("server-process");
    const apart = lines(telemetry).map((line) =>
      line.type === "target" ? { ...line, sameMachine: false } : line,
    );
    const { summary } = await summarize(each(apart));
    expect(gate(summary, "foreign_cpu")).toMatchObject({ status: "invalid", value: 0.8 });
  });

  it("is that of the server's machine too, where an agent samples it", async () => {
    const there = cpu("agent:gpu", { host_cpu: () => 0.9, host_cores: () => 2 });
    const telemetry = [host(0.1), uses("client", 0.4), there, uses("server-process", 0.4)];
    const apart = lines(telemetry).map((line) =>
      line.type === "target" ? { ...line, sameMachine: false } : line,
    );
    const found = gate((await summarize(each(apart))).summary, "foreign_cpu");
    expect(found).toMatchObject({ status: "invalid" });
    expect(found.value).toBeCloseTo(0.7, 9);
    expect(found.detail).toContain("agent:gpu");
  });

  test.each([
    [0.02, "ok"],
    [0.05, "warn"],
    [0.2, "invalid"],
  ])("a share of %d stolen by the hypervisor is %s", async (share, status) => {
    expect(gate(await judged([host(0.5, share)]), "host_steal").status).toBe(status);
  });
});

describe("the server's usage", () => {
  it("has rates by its counters, and reasons where a counter was reset", async () => {
    const server = readingsLine("server", grid, {
      server_running: () => 3,
      server_cached_tokens: (ms) => ms,
      server_prompt_tokens: (ms) => 3 * ms,
      server_draft_tokens: (ms) => ms,
      server_draft_accepted: (ms) => 0.6 * ms,
      server_preemptions: (ms) => (ms < 20_000 ? ms : 0),
    });
    const summary = await judged([server]);
    expect(summary.usage.server).toMatchObject({ running: { mean: 3, count: 300 } });
    expect(summary.usage.server?.cacheHitRate).toBeCloseTo(0.25, 9);
    expect(told(summary.usage.server?.draftAcceptance)).toBeCloseTo(0.6, 9);
    expect(summary.usage.server?.preemptions).toHaveProperty("absent");
    const counter = summary.counters.find(({ metric }) => metric === "server_prompt_tokens");
    expect(counter).toMatchObject({ unit: "tokens", count: 450 });
    expect(counter?.delta).toBeCloseTo(90_000, 6);
    expect(counter?.rate).toBeCloseTo(3000, 6);
    expect(summary.telemetry.map(({ metric }) => metric)).toEqual(["server_running"]);
  });
});

describe("the slope of a server's memory", () => {
  const soak = [{ start: 0, end: 600_000 }];
  /** Deterministic noise of ±1 MB. */
  const noise = (ms: number): number => 1e6 * Math.sin(ms * 12.9898);

  it("finds a leak, with an interval that holds it", () => {
    const series = readEvery(1000, [0, 600_000], (ms) => 1e9 + 5 * ms + noise(ms));
    const slope = told(rssSlope(series, soak));
    expect(slope?.value).toBeGreaterThan(4500);
    expect(slope?.value).toBeLessThan(5500);
    expect(slope?.low).toBeLessThan(5000);
    expect(slope?.high).toBeGreaterThan(5000);
  });

  it("finds none where memory is level, but for one late allocation", () => {
    const series = readEvery(1000, [0, 600_000], (ms) => (ms > 560_000 ? 1.1e9 : 1e9 + noise(ms)));
    const slope = told(rssSlope(series, soak));
    expect(slope?.low).toBeLessThanOrEqual(0);
    expect(Math.abs(slope?.value ?? NaN)).toBeLessThan(1000);
  });

  it("is absent for a short run", () => {
    const series = readEvery(1000, [0, 30_000], () => 1e9);
    expect(rssSlope(series, [{ start: 0, end: 30_000 }])).toEqual({
      absent: "30.0 s are too short: a slope needs 60.0 s",
    });
  });
});

test("the thresholds of the documentation hold and fail by the measured windows", async () => {
  const server = readingsLine("server-process", every(1000, 0, 120), {
    proc_rss: (ms) => 1e9 + 100 * ms,
  });
  const busy = gpu(0, {
    gpu_utilization: (ms) => (ms < START ? 0 : 80),
    gpu_memory_used_ratio: () => 0.9,
  });
  const one = (metric: string, kind: "avg" | "max" | "value" | "count" | "rate", limit: number) =>
    threshold({ key: metric, metric, aggregation: { kind }, operator: ">", limit });
  const thresholds = [
    one("gpu_utilization", "avg", 70),
    one("gpu_memory_used_ratio", "max", 0.95),
    one("gpu_energy", "count", 11_000),
    one("gpu_energy", "rate", 500),
    one("server_rss_slope", "value", 50_000),
  ];
  const [, target, , ...rest] = lines([busy, server]);
  const plan = { scenarios: [closedScenario], thresholds };
  const all = [header(plan), target, mark("smoke", [START, START + 90_000]), ...rest].filter(
    (line) => line !== undefined,
  );
  const found = (await summarize(each(all.filter(({ type }) => type !== "footer")))).summary;
  expect(found.thresholds.map(({ status }) => status)).toEqual([
    "passed",
    "failed",
    "no_data",
    "no_data",
    "passed",
  ]);
  expect(found.thresholds[0]?.unit).toBe("%");
  expect(found.thresholds[4]?.unit).toBe("bytes/s");
});
