/** AMD, Intel and RAPL by trees of files; none of that hardware was at hand. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { amdSysfsProbe } from "../../../src/observe/gpu/amd-sysfs.ts";
import { intelSysfsProbe } from "../../../src/observe/gpu/intel-sysfs.ts";
import { raplProbe } from "../../../src/observe/gpu/rapl.ts";
import {
  contextOn,
  handClock,
  plant,
  reasonIn,
  sourceIn,
  valuesBySource,
  write,
  type Tree,
} from "./sysfs-tree.ts";

const AMD = "sys/class/drm/card1/device";
const AMD_SENSORS = `${AMD}/hwmon/hwmon4`;

const radeon: Tree = {
  [`${AMD}/vendor`]: "0x1002",
  [`${AMD}/device`]: "0x74a1",
  [`${AMD}/product_name`]: "AMD Instinct MI300X",
  [`${AMD}/unique_id`]: "7eff74a000001000",
  [`${AMD}/gpu_busy_percent`]: 87,
  [`${AMD}/mem_busy_percent`]: 41,
  [`${AMD}/mem_info_vram_used`]: 64 * 2 ** 30,
  [`${AMD}/mem_info_vram_total`]: 192 * 2 ** 30,
  [`${AMD_SENSORS}/power1_input`]: 542_000_000,
  [`${AMD_SENSORS}/power1_average`]: 530_000_000,
  [`${AMD_SENSORS}/power1_cap`]: 750_000_000,
  [`${AMD_SENSORS}/temp1_label`]: "junction",
  [`${AMD_SENSORS}/temp1_input`]: 71_000,
  [`${AMD_SENSORS}/temp2_label`]: "edge",
  [`${AMD_SENSORS}/temp2_input`]: 52_000,
  [`${AMD_SENSORS}/temp3_label`]: "mem",
  [`${AMD_SENSORS}/temp3_input`]: 66_000,
  [`${AMD_SENSORS}/freq1_input`]: 2_100_000_000,
  [`${AMD_SENSORS}/freq2_input`]: 1_300_000_000,
  // The connectors of a card are no cards.
  "sys/class/drm/card1-DP-1/status": "disconnected",
  "sys/class/drm/renderD128/device/vendor": "0x1002",
  "sys/module/amdgpu/version": "6.10.5",
};

test("an AMD GPU is read in the vocabulary's units", async () => {
  const source = sourceIn(await amdSysfsProbe(contextOn(plant(radeon))));
  expect(await valuesBySource(source)).toEqual({
    "amd:0": {
      gpu_utilization: 87,
      gpu_memory_busy: 0.41,
      gpu_power: 542,
      gpu_power_average: 530,
      gpu_power_limit: 750,
      gpu_memory_used: 64 * 2 ** 30,
      gpu_memory_total: 192 * 2 ** 30,
      gpu_memory_used_ratio: 1 / 3,
      gpu_temperature: 52,
      gpu_memory_temperature: 66,
      gpu_clock_sm: 2100,
      gpu_clock_memory: 1300,
    },
  });
  expect(source.facts[0]).toMatchObject({
    missing: {},
    device: { index: 0, name: "AMD Instinct MI300X", uuid: "7eff74a000001000" },
  });
  expect(source.fingerprint).toEqual({
    "gpu.models": "1 x AMD Instinct MI300X",
    "gpu.memory": 192 * 2 ** 30,
    "gpu.power_limit": 750,
    "gpu.driver": "6.10.5",
  });
  await source.close();
});

test("an APU gives what it has, and says what it lacks", async () => {
  const apu = Object.entries(radeon).filter(
    ([path]) => !/mem_busy|power1_input|power1_cap|freq2|temp[23]|product_name/.test(path),
  );
  const source = sourceIn(await amdSysfsProbe(contextOn(plant(Object.fromEntries(apu)))));
  const { "amd:0": values } = await valuesBySource(source);
  expect(values).toMatchObject({ gpu_power: 530, gpu_temperature: 71 });
  expect(values).not.toHaveProperty("gpu_memory_busy");
  expect(values).not.toHaveProperty("gpu_power_limit");
  expect(source.facts[0]?.missing).toEqual({
    gpu_memory_busy: "the driver shows no such file",
    gpu_clock_memory: "the driver shows no such file",
    gpu_memory_temperature: "the driver shows no such file",
    gpu_power_limit: "the driver shows no such file",
  });
  await source.close();
});

test("files that hold no number are missing, with what they hold", async () => {
  const root = plant({ ...radeon, [`${AMD}/gpu_busy_percent`]: "EBUSY" });
  const source = sourceIn(await amdSysfsProbe(contextOn(root)));
  expect(source.facts[0]?.missing["gpu_utilization"]).toContain('"EBUSY"');
  write(root, { [`${AMD_SENSORS}/power1_input`]: "garbage" });
  const { "amd:0": values } = await valuesBySource(source);
  expect(values).not.toHaveProperty("gpu_power");
  await source.close();
});

test("a container without the files, and a machine without the card, say so", async () => {
  const bare = plant({ [`${AMD}/vendor`]: "0x1002" });
  expect(reasonIn(await amdSysfsProbe(contextOn(bare)))).toContain("cannot be read");
  const intel = plant({ [`${AMD}/vendor`]: "0x8086" });
  expect(reasonIn(await amdSysfsProbe(contextOn(intel)))).toContain("no AMD GPU");
  const mac = contextOn(plant(radeon), { platform: "darwin" });
  expect(reasonIn(await amdSysfsProbe(mac))).toContain("no AMD GPU");
});

test("two cards are two devices in the kernel's order", async () => {
  const second = Object.fromEntries(
    Object.entries(radeon).map(([path, text]) => [path.replace("card1/", "card10/"), text]),
  );
  const source = sourceIn(await amdSysfsProbe(contextOn(plant({ ...radeon, ...second }))));
  expect(Object.keys(await valuesBySource(source))).toEqual(["amd:0", "amd:1"]);
  expect(source.fingerprint).toMatchObject({ "gpu.models": "2 x AMD Instinct MI300X" });
  await source.close();
});

const ARC = "sys/class/drm/card0/device";
const ARC_SENSORS = `${ARC}/hwmon/hwmon2`;
const arc: Tree = {
  [`${ARC}/vendor`]: "0x8086",
  [`${ARC}/device`]: "0xe20b",
  [`${ARC}/tile0/gt0/freq0/act_freq`]: 2850,
  [`${ARC_SENSORS}/energy1_label`]: "card",
  [`${ARC_SENSORS}/energy1_input`]: "9007199254740993",
  [`${ARC_SENSORS}/temp2_label`]: "pkg",
  [`${ARC_SENSORS}/temp2_input`]: 57_000,
  [`${ARC_SENSORS}/power1_max`]: 0,
};

test("an Intel GPU has energy, and power from it; a limit of 0 is none", async () => {
  const clock = handClock();
  const root = plant(arc);
  const source = sourceIn(await intelSysfsProbe(contextOn(root, { clock })));
  const { "intel:0": first } = await valuesBySource(source);
  expect(first).toEqual({ gpu_energy: 0, gpu_clock_sm: 2850, gpu_temperature: 57 });
  clock.at = 2000;
  write(root, { [`${ARC_SENSORS}/energy1_input`]: "9007199654740993" });
  const { "intel:0": second } = await valuesBySource(source);
  expect(second).toMatchObject({ gpu_energy: 400, gpu_power: 200 });
  expect(source.facts[0]?.missing).toHaveProperty("gpu_power_limit");
  await source.close();
});

test("an integrated Intel GPU is left out: it serves the screen", async () => {
  const plain = plant({ [`${ARC}/vendor`]: "0x8086", [`${ARC}/gt_act_freq_mhz`]: 1100 });
  expect(reasonIn(await intelSysfsProbe(contextOn(plain)))).toContain("energy counter");
  expect(reasonIn(await intelSysfsProbe(contextOn(plant({}))))).toContain("no Intel GPU");
});

test("a device that goes away mid-run is an error with its name, not old values", async () => {
  const root = plant(arc);
  const source = sourceIn(await intelSysfsProbe(contextOn(root)));
  await source.close(); // its descriptors are gone, and with the tree so are the files
  rmSync(join(root, "sys"), { recursive: true });
  expect(() => source.read("fast")).toThrow(/intel:0: ENOENT/);
});

function rapl(packages: Readonly<Record<number, number>>, range = 1000): Tree {
  const tree: Record<string, string | number> = {
    "sys/class/powercap/intel-rapl:0:0/name": "core",
    "sys/class/powercap/intel-rapl:0:0/energy_uj": 5,
    "sys/class/powercap/intel-rapl:9/name": "psys",
    "sys/class/powercap/intel-rapl:9/energy_uj": 7,
  };
  for (const [number, energy] of Object.entries(packages)) {
    const folder = `sys/class/powercap/intel-rapl:${number}`;
    tree[`${folder}/name`] = `package-${number}`;
    tree[`${folder}/energy_uj`] = energy;
    tree[`${folder}/max_energy_range_uj`] = range;
  }
  return tree;
}

async function joulesOf(source: ReturnType<typeof sourceIn>): Promise<number> {
  const [reading] = await source.read("fast");
  return reading?.values["host_cpu_energy"] ?? NaN;
}

test("CPU energy never goes back, however often the counters wrap", async () => {
  const range = 1000;
  const steps = fc.array(fc.tuple(fc.nat(range - 1), fc.nat(range - 1)), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(steps, async (added) => {
      const root = plant(rapl({ 0: 990, 1: 10 }, range));
      const source = sourceIn(await raplProbe(contextOn(root)));
      expect(await joulesOf(source)).toBe(0);
      const totals = [990, 10];
      for (const step of added) {
        for (const [i, more] of step.entries()) totals[i] = (totals[i] ?? 0) + more;
        // A counter runs from 0 to its range, which is its last value before 0.
        const shown = totals.map((total) => total % range);
        write(root, rapl({ 0: shown[0] ?? 0, 1: shown[1] ?? 0 }, range));
        const expected = totals.reduce((sum, total) => sum + total, -1000) / 1e6;
        expect(await joulesOf(source)).toBeCloseTo(expected, 12);
      }
      await source.close();
    }),
    { numRuns: 20 },
  );
});

test("a counter of CPU energy that turns to nothing costs that reading, and adds no energy", async () => {
  const root = plant(rapl({ 0: 1000 }));
  const source = sourceIn(await raplProbe(contextOn(root)));
  await joulesOf(source);
  for (const nothing of ["", "garbage"]) {
    write(root, { "sys/class/powercap/intel-rapl:0/energy_uj": nothing });
    await expect(joulesOf(source)).rejects.toThrow("energy_uj: not a count");
  }
  write(root, rapl({ 0: 3000 }));
  expect(await joulesOf(source)).toBeCloseTo(0.002, 12);
  await source.close();
});

test("no RAPL, and RAPL that only root may read, are told apart", async () => {
  expect(reasonIn(await raplProbe(contextOn(plant({}))))).toContain("no RAPL");
  const root = plant(rapl({ 0: 1 }));
  const file = join(root, "sys/class/powercap/intel-rapl:0/energy_uj");
  rmSync(file);
  const found = await raplProbe(contextOn(root));
  expect(found).toMatchObject({
    unavailable: { advice: expect.stringContaining("root") as string },
  });
});
