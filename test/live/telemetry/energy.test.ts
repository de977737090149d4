/**
 * Energy, cost and throttling of whole runs beside the fake NVML library, whose waveform says what
 * must come out: 250 W on average, 500 J every two seconds.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { told, type Throttle, type TotalEnergy } from "../../../src/judge/machine/usage.ts";
import type { Summary } from "../../../src/judge/summary.ts";
import { fakeNvml } from "../../support/fake-nvml/fake-nvml.ts";
import { plimsoll } from "../../support/program.ts";
import { scratchFolder } from "../../support/scratch.ts";

const SECONDS = 10;
const WATTS = 250;

interface Run {
  readonly code: number | null;
  readonly summary: Summary;
  readonly cwd: string;
}

/** One fake GPU; which processes use it is not told, so that it counts as the server's. */
async function run(env: Readonly<Record<string, string>>, more: readonly string[]): Promise<Run> {
  const cwd = scratchFolder("energy");
  const gpu = { NVML_LIB: fakeNvml(), FAKE_NVML_FAIL: "nvmlDeviceGetComputeRunningProcesses_v3" };
  const traffic = ["--target", "embedded", "--peak", "2", "--duration", `${SECONDS}s`];
  const args = ["run", "steady", ...traffic, "--json", "--quiet", ...more];
  const { code, stdout, stderr } = await plimsoll(args, { cwd, env: { ...gpu, ...env } });
  expect(stdout, stderr).not.toBe("");
  return { code, summary: JSON.parse(stdout) as Summary, cwd };
}

function statusOf({ validity }: Summary, id: string): string | undefined {
  return validity.gates.find((gate) => gate.id === id)?.status;
}

const PRICES = ["--gpu-hour-price", "3", "--energy-price", "0.12", "--pue", "1.3"];

test("a run beside a GPU says what it took a token and a request, and what that costs", async () => {
  const { summary, cwd } = await run({}, ["--idle-before", "11s", ...PRICES]);
  const energy = energyOf(summary);
  expectEnergy(energy, summary);
  expectNet(energy);
  expectCost(summary, energy);
  expect(statusOf(summary, "gpu_throttled")).toBe("ok");
  expect(statusOf(summary, "power_samples")).toBe("ok");
  expectFiles(cwd);

  const again = await plimsoll(["report", "latest", "--gpu-hour-price", "6", "--json"], { cwd });
  const doubled = (JSON.parse(again.stdout) as Summary).usage.cost;
  const { cost } = summary.usage;
  expect(told(doubled?.rental)).toBeCloseTo(2 * (told(cost?.rental) ?? NaN), 9);
  expect(told(doubled?.energy)).toBe(told(cost?.energy));
});

function energyOf({ usage }: Summary): TotalEnergy {
  const energy = told(usage.energy);
  if (energy === undefined) throw new Error(JSON.stringify(usage.energy));
  return energy;
}

/** Whole periods were measured; the counter moves every 100 ms, at 400 W at most. */
function expectEnergy(energy: TotalEnergy, { rates, census, usage }: Summary): void {
  expect(Math.abs(energy.joules - WATTS * SECONDS)).toBeLessThan(2 * 0.1 * 400);
  expect(energy).toMatchObject({ scope: "gpu", devices: 1, by: "counter" });
  const tokens = (rates.outputTokens ?? NaN) * SECONDS;
  expect(energy.perOutputToken).toBeCloseTo(energy.joules / tokens, 9);
  expect(energy.perRequest).toBeCloseTo(energy.joules / census.measuredRequests.ok, 9);
  // On a busy machine samples may be too far apart to be integrated over; it says so then.
  const integrated = told(told(usage.gpus[0]?.energy)?.integrated);
  if (integrated !== undefined)
    expect(Math.abs(integrated.joules / energy.joules - 1)).toBeLessThan(0.1);
}

/** The waveform is the same before the load: next to nothing is left of it. */
function expectNet({ idle, net, joules }: TotalEnergy): void {
  const { seconds = NaN, watts = NaN } = told(idle) ?? {};
  expect(seconds).toBeGreaterThan(10);
  expect(Math.abs(watts - WATTS)).toBeLessThan(0.06 * WATTS);
  expect(net?.joules).toBeLessThan(0.1 * joules);
}

function expectCost({ usage, rates }: Summary, { perOutputToken = NaN }: TotalEnergy): void {
  const { rental, energy } = usage.cost ?? {};
  expect(told(rental)).toBeCloseTo((3 / 3600 / (rates.outputTokens ?? NaN)) * 1e6, 9);
  expect(told(energy)).toBeCloseTo((perOutputToken / 3.6) * 1.3 * 0.12, 9);
}

/** The series are in samples.csv and on the page. */
function expectFiles(cwd: string): void {
  const [name = ""] = readdirSync(join(cwd, "reports"));
  const csv = readFileSync(join(cwd, "reports", name, "samples.csv"), "utf8");
  expect(csv).toMatch(/,nvml:0,gpu_power,(100|400)\r?\n/);
  const html = readFileSync(join(cwd, "reports", name, "report.html"), "utf8");
  for (const title of ["GPU power", "GPU clocks", "CPUs of the machines", "Energy and cost"])
    expect(html).toContain(title);
}

test.each([
  ["heat", "0x40", "invalid"],
  ["the power brake", "0x80", "invalid"],
  ["its power cap", "0x4", "ok"],
])("a GPU held back by %s half of the time", async (_, reasons, status) => {
  const { summary, code } = await run({ FAKE_NVML_REASONS: reasons }, []);
  expect(statusOf(summary, "gpu_throttled")).toBe(status);
  if (status === "invalid") expect(code).toBe(5);
  const throttle = summary.usage.gpus[0]?.throttle;
  expectHeld(throttle, status === "ok" ? 0 : 0.5);
  expect(Math.abs(countedBy(throttle, reasons) - SECONDS / 2)).toBeLessThan(0.2);
  expect(summary.fingerprint["observed.gpu_throttled"]).toBe(status !== "ok");
});

/** The device's own count of the time, s. */
function countedBy(throttle: Throttle | undefined, reasons: string): number {
  const { power = NaN, thermal = NaN, brake = NaN } = throttle?.counted ?? {};
  return { "0x40": thermal, "0x80": brake, "0x4": power }[reasons] ?? NaN;
}

function expectHeld(throttle: Throttle | undefined, share: number): void {
  expect(Math.abs((throttle?.heldBack.share ?? NaN) - share)).toBeLessThan(0.1);
}

test("a run knows what it was measured on, by the class of every field", async () => {
  const { summary } = await run({}, ["--duration", "2s"]);
  const { "model.sha256": hash, "server.tokenizer": tokenizer } = summary.fingerprint;
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(tokenizer).toMatch(/./);
  expect(summary.fingerprint).toMatchObject({
    "gpu.models": "1 x NVIDIA Fake 80GB",
    "server.kind": "embedded",
    "server.slots": 4,
    "model.quantization": "Q8_0",
    "plan.api": "chat",
    "client.workers": 1,
  });
});
