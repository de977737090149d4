import { describe, expect, test } from "vitest";
import { probeLinuxHost } from "../../../src/observe/host/linux-host.ts";
import type { Found, Reading, Source } from "../../../src/observe/source.ts";
import { auxiliaryVector, procTree, type ProcTree } from "../../support/proc-tree.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const NET = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 999999 100 0 0 0 0 0 0 999999 100 0 0 0 0 0 0
  eth0:1000 10 0 0 0 0 0 0 200 2 0 0 0 0 0 0
docker0: 500 5 0 0 0 0 0 0 70 1 0 0 0 0 0 0
`;
const DISKS = ` 252       0 vda 10 0 100 5 20 0 300 9 0 1 1 0 0 0 0
 252       1 vda1 9 0 90 5 19 0 290 9 0 1 1 0 0 0 0
   7       0 loop0 1 0 2 0 0 0 4 0 0 0 0 0 0 0 0
 259       0 nvme0n1 1 0 8 0 1 0 16 0 0 0 0 0 0 0 0
 259       1 nvme0n1p1 1 0 8 0 1 0 16 0 0 0 0 0 0 0 0
`;

function machine(): ProcTree {
  const tree = procTree();
  tree.write("proc/self/auxv", auxiliaryVector());
  tree.write("proc/stat", "cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3 4\n");
  tree.write("proc/meminfo", "MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    400 kB\n");
  tree.write("proc/vmstat", "pswpin 3\npswpout 4\npswpinx 9\noom_kill 2\n");
  tree.write("proc/net/dev", NET);
  tree.write("proc/diskstats", DISKS);
  tree.write("proc/loadavg", "1.25 0.50 0.10 2/300 4000\n");
  return tree;
}

const clock = new VirtualClock();

function probe(root: string): Found {
  return probeLinuxHost({ root, clock, env: {}, platform: "linux" });
}

function found(result: Found): Source {
  if ("unavailable" in result) throw new Error(result.unavailable.reason);
  return result.source;
}

async function read(source: Source): Promise<Reading["values"]> {
  const [reading] = await source.read("medium");
  return reading?.values ?? {};
}

describe("the host", () => {
  test("is read from /proc, in bytes and seconds of the kernel's own units", async () => {
    const tree = machine();
    const source = found(probe(tree.root));
    await clock.advanceTo(clock.now() + 1000);
    tree.write(
      "proc/stat",
      "cpu  150 10 100 900 125 0 0 15 50 0\ncpu0 75 5 50 450 60 0 0 8 0 0\ncpu1 75 5 50 450 65 0 0 7 0 0\n",
    );
    expect(await read(source)).toEqual({
      host_cpu: 0.25, // 75 of 300 ticks; the guest's are in the user's
      host_cpu_steal: 0.05,
      host_cores: 2,
      host_memory_used: 600 * 1024,
      host_memory_total: 1000 * 1024,
      host_swap_in: 3 * 16_384,
      host_swap_out: 4 * 16_384,
      host_oom_kills: 2,
      host_network_rx: 1500,
      host_network_tx: 270,
      host_disk_read: (100 + 8) * 512,
      host_disk_written: (300 + 16) * 512,
      host_load: 1.25,
    });
    await source.close();
  });

  test("counts bytes of hardware only, where /sys tells which names stand for some", async () => {
    const tree = machine();
    tree.write("sys/class/net/eth0/device/uevent", "");
    tree.write("sys/class/net/docker0/mtu", "1500");
    tree.write("sys/block/vda/device/uevent", "");
    const values = await read(found(probe(tree.root)));
    expect(values).toMatchObject({ host_network_rx: 1000, host_network_tx: 200 });
    expect(values).toMatchObject({ host_disk_read: 100 * 512, host_disk_written: 300 * 512 });
  });

  test("has no share of CPU over less than 200 ms, nor when a counter went backwards", async () => {
    const tree = machine();
    const source = found(probe(tree.root));
    await clock.advanceTo(clock.now() + 150);
    tree.write("proc/stat", "cpu  200 0 100 700 100 0 0 0\n");
    expect((await read(source))["host_cpu"]).toBeUndefined();
    await clock.advanceTo(clock.now() + 150);
    tree.write("proc/stat", "cpu  200 0 100 800 100 0 0 0\n");
    expect((await read(source))["host_cpu"]).toBe(0.5);
    await clock.advanceTo(clock.now() + 1000);
    tree.write("proc/stat", "cpu  1 0 1 1 1 0 0 0\n");
    expect((await read(source))["host_cpu"]).toBeUndefined();
  });

  test("gives what there is, and says what it cannot give here", async () => {
    const tree = machine();
    for (const name of ["vmstat", "diskstats", "meminfo"]) tree.remove(`proc/${name}`);
    const source = found(probe(tree.root));
    expect(Object.keys(source.facts[0]?.missing ?? {})).toEqual([
      ...["host_memory_used", "host_memory_total", "host_swap_in", "host_swap_out"],
      ...["host_oom_kills", "host_disk_read", "host_disk_written"],
    ]);
    expect(source.facts[0]?.gives).toEqual([
      ...[
        "host_cpu",
        "host_cpu_steal",
        "host_cores",
        "host_network_rx",
        "host_network_tx",
        "host_load",
      ],
    ]);
    expect((await read(source))["host_load"]).toBe(1.25);
  });

  test.each([
    [
      "absent",
      (tree: ProcTree) => {
        tree.remove("proc/stat");
      },
      /ENOENT/,
    ],
    [
      "not for us to read",
      (tree: ProcTree) => {
        tree.remove("proc/stat");
        tree.write("proc/stat/x", "");
      },
      /EISDIR/,
    ],
    [
      "garbage",
      (tree: ProcTree) => {
        tree.write("proc/stat", "\u0000\u0001 what");
      },
      /no line of CPU/,
    ],
  ])("is unavailable, with the reason, when /proc/stat is %s", (_name, spoil, reason) => {
    const tree = machine();
    spoil(tree);
    const result = probe(tree.root);
    expect("unavailable" in result && result.unavailable.reason).toMatch(reason);
  });

  test("fails that one read when it turns to garbage, and comes back", async () => {
    const tree = machine();
    const source = found(probe(tree.root));
    tree.write("proc/stat", "");
    expect(() => source.read("medium")).toThrow(/no line of CPU/);
    tree.write("proc/net/dev", "eth0: x y z\n");
    tree.write("proc/meminfo", "MemTotal: lots\n");
    tree.write("proc/loadavg", "nan nan");
    tree.write("proc/stat", "cpu  300 0 100 900 100 0 0 0\n");
    await clock.advanceTo(clock.now() + 1000);
    const values = await read(source);
    expect(values).toMatchObject({ host_cpu: 0.5 });
    for (const name of ["host_network_rx", "host_memory_used", "host_load"])
      expect(values[name], name).toBeUndefined();
  });
});
