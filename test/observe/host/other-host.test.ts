import { expect, test } from "vitest";
import { probeOtherHost, type MachineInformation } from "../../../src/observe/host/other-host.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const context = { clock: new VirtualClock(), env: {}, root: "/", platform: "darwin" } as const;

function information(memory: { total: number; available: number }): MachineInformation {
  return {
    currentLoad: () => Promise.resolve({ currentLoad: 12.3456 }),
    mem: () => Promise.resolve(memory),
  };
}

test("CPU and memory of other systems come from systeminformation, as shares and bytes", async () => {
  const load = () => Promise.resolve(information({ total: 1000, available: 400 }));
  const found = await probeOtherHost(context, load);
  if ("unavailable" in found) throw new Error(found.unavailable.reason);
  expect(await found.source.read("medium")).toEqual([
    {
      ...{ source: "host", at: 0 },
      values: { host_cpu: 0.1235, host_memory_used: 600, host_memory_total: 1000 },
    },
  ]);
  expect(found.source.facts[0]?.missing["host_swap_in"]).toContain("darwin");
});

test("a memory of 0 bytes is not a reading", async () => {
  const load = () => Promise.resolve(information({ total: 0, available: 0 }));
  await expect(probeOtherHost(context, load)).rejects.toThrow("could not be read");
});

test("the library itself answers as it is asked", async () => {
  const found = await probeOtherHost(context);
  if ("unavailable" in found) throw new Error(found.unavailable.reason);
  const [reading] = await found.source.read("medium");
  expect(reading?.values["host_memory_total"]).toBeGreaterThan(1e8);
});
