/** NVML in its process, against the fake library: it may hang and crash there. */
import { afterEach, expect, test } from "vitest";
import { originNow, systemClock } from "../../../../src/core/clock.ts";
import { nvmlProcessProbe } from "../../../../src/observe/gpu/nvidia/nvml-process.ts";
import type { Found, ProbeContext, Source } from "../../../../src/observe/source.ts";
import { fakeNvml } from "../../../support/fake-nvml/fake-nvml.ts";
import { contextOn, plant, reasonIn, sourceIn } from "../sysfs-tree.ts";

const opened: Source[] = [];

afterEach(async () => {
  for (const source of opened.splice(0)) await source.close();
});

const clock = systemClock(originNow());

async function find(settings: Readonly<Record<string, string>>): Promise<Found> {
  const env = { ...process.env, NVML_LIB: fakeNvml(), ...settings };
  const context: ProbeContext = { clock, env, root: "/", platform: "linux" };
  const found = await nvmlProcessProbe(["--import", "tsx"])(context);
  if ("source" in found) opened.push(found.source);
  return found;
}

test("readings come on our clock, with what the process costs beside them", async () => {
  const source = sourceIn(await find({ FAKE_NVML_NDEV: "2" }));
  expect(source.fingerprint).toMatchObject({ "gpu.models": "2 x NVIDIA Fake 80GB" });
  const before = clock.now();
  const readings = [...(await source.read("fast")), ...(await source.read("medium"))];
  const after = clock.now();
  expect(new Set(readings.map((one) => one.source))).toEqual(
    new Set(["nvml:0", "nvml:1", "sampler:nvml"]),
  );
  expect(source.facts.map((facts) => facts.source)).toEqual(["nvml:0", "nvml:1", "sampler:nvml"]);
  for (const { at } of readings) {
    expect(at).toBeGreaterThan(before - 1);
    expect(at).toBeLessThan(after + 1);
  }
});

test("a driver that hangs keeps its own read waiting, and can be left", async () => {
  const source = sourceIn(await find({ FAKE_NVML_HANG_AFTER_MS: "3000" }));
  const pending = (async () => {
    for (;;) await source.read("fast");
  })();
  const settled = pending.catch((thrown: unknown) => String(thrown));
  await clock.sleepUntil(clock.now() + 3500);
  await source.close();
  expect(await settled).toContain("closed");
});

test("a driver that crashes is an error at every read from then on", async () => {
  const source = sourceIn(await find({ FAKE_NVML_CRASH_AFTER_MS: "3000" }));
  const words = "the process that calls the driver was killed by SIGABRT";
  await expect(async () => {
    for (;;) await source.read("fast");
  }).rejects.toThrow(words);
  await expect(async () => source.read("medium")).rejects.toThrow(words);
});

test("a library that is not there, and no driver at all, are told apart", async () => {
  expect(reasonIn(await find({ NVML_LIB: "/nowhere/nvml.so" }))).toContain("/nowhere/nvml.so");
  const bare = await nvmlProcessProbe()(contextOn(plant({})));
  expect(reasonIn(bare)).toContain("no NVIDIA driver is loaded");
});
