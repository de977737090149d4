import { describe, expect, test } from "vitest";
import { probeLinuxProcess } from "../../../src/observe/host/process-source.ts";
import type { Found, Reading, Source } from "../../../src/observe/source.ts";
import { auxiliaryVector, procTree, type ProcTree } from "../../support/proc-tree.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

function machine(): { tree: ProcTree; clock: VirtualClock } {
  const tree = procTree();
  tree.write("proc/self/auxv", auxiliaryVector());
  return { tree, clock: new VirtualClock() };
}

function probe({ tree, clock }: ReturnType<typeof machine>, children = true): Found {
  const context = { root: tree.root, clock, env: {}, platform: "linux" } as const;
  return probeLinuxProcess({ source: "server-process", pid: 40, children }, context);
}

function found(result: Found): Source {
  if ("unavailable" in result) throw new Error(result.unavailable.reason);
  return result.source;
}

async function read(source: Source): Promise<Reading["values"]> {
  const [reading] = await source.read("medium");
  return reading?.values ?? {};
}

describe("a process", () => {
  test("is measured with all that it started, also when their names hold blanks and brackets", async () => {
    const at = machine();
    at.tree.process(40, { ticks: [100, 50], threads: 3, pages: 10 });
    at.tree.process(41, { parent: 40, name: "a) (b", ticks: [25, 0], pages: 5, threads: 2 });
    at.tree.process(42, { parent: 41, ticks: [0, 25], pages: 1 });
    at.tree.process(50, { parent: 1, ticks: [9999, 0], pages: 9999 });
    const source = found(probe(at));
    await at.clock.advanceTo(1000);
    at.tree.process(40, { ticks: [200, 75], threads: 3, pages: 12 });
    expect(await read(source)).toEqual({
      proc_cpu: 0.5,
      proc_cpu_time: (275 + 25 + 25) / 250,
      proc_rss: 18 * 16_384,
      proc_threads: 6,
      proc_cpu_throttled: undefined,
    });
  });

  test("is measured alone where its children are somebody else's", async () => {
    const at = machine();
    at.tree.process(40, { ticks: [100, 0], ended: [1000, 1000] });
    at.tree.process(41, { parent: 40, ticks: [500, 0] });
    expect(await read(found(probe(at, false)))).toMatchObject({ proc_cpu_time: 0.4 });
  });

  test("keeps the CPU time of children that have ended, and finds new ones", async () => {
    const at = machine();
    at.tree.process(40, { ticks: [100, 0] });
    at.tree.process(41, { parent: 40, ticks: [50, 0] });
    const source = found(probe(at));
    at.tree.remove("proc/41");
    at.tree.process(40, { ticks: [100, 0], ended: [50, 0] });
    at.tree.process(43, { parent: 40, ticks: [10, 0] });
    await at.clock.advanceTo(20_000);
    expect(await read(source)).toMatchObject({ proc_cpu_time: 160 / 250, proc_threads: 2 });
  });

  test("that has ended is an error of the read, not a value", async () => {
    const at = machine();
    at.tree.process(40, { started: 7 });
    const source = found(probe(at));
    at.tree.write("proc/40/stat", "");
    expect(() => source.read("medium")).toThrow("it has ended");
    at.tree.process(40, { started: 8 });
    expect(() => source.read("medium")).toThrow("its number is another's");
    await source.close();
  });

  test("that is not there is unavailable", () => {
    const result = probe(machine());
    expect(result).toEqual({
      unavailable: { kind: "proc", reason: "process 40: it has ended, or cannot be seen" },
    });
  });

  test("is seen to be held back by its own control group's quota", async () => {
    const at = machine();
    at.tree.process(40, {});
    at.tree.write("proc/40/cgroup", "0::/box\n");
    at.tree.write("sys/fs/cgroup/box/cpu.stat", "nr_periods 10\nnr_throttled 0\n");
    const source = found(probe(at));
    at.tree.write("sys/fs/cgroup/box/cpu.stat", "nr_periods 50\nnr_throttled 10\n");
    expect(await read(source)).toMatchObject({ proc_cpu_throttled: 0.25 });
  });

  test("of this machine is measured truly", async () => {
    const clock = new VirtualClock();
    const context = { root: "/", clock, env: {}, platform: process.platform };
    const own = { source: "client", pid: process.pid, children: false };
    const values = await read(found(probeLinuxProcess(own, context)));
    const { user, system } = process.cpuUsage();
    expect(values["proc_cpu_time"]).toBeCloseTo((user + system) / 1e6, 0);
    expect(values["proc_rss"]).toBeGreaterThan(1e7);
    expect(values["proc_rss"]).toBeLessThan(1e10);
  });
});
