/** The whole machine, from /proc. Source: `host`. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../core/errors.ts";
import { KeptFile } from "../kept-file.ts";
import { growth } from "../rate.ts";
import type { Found, ProbeContext, Reading, Source } from "../source.ts";
import { kernelUnits } from "./auxiliary.ts";
import {
  coresOnline,
  cpuTime,
  diskTraffic,
  loadAverage,
  memory,
  networkTraffic,
  vmCounter,
} from "./proc-pages.ts";

export const HOST_SOURCE = "host";

/** Names of whole disks, where /sys does not tell: their partitions have a number more. */
const WHOLE_DISK = /^([hsv]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/;

/** Shares of CPU time need two readings; the second will have them. */
const SHARES: ReadonlySet<string> = new Set(["host_cpu", "host_cpu_steal"]);

type Values = Reading["values"];

export function probeLinuxHost({ root, clock }: ProbeContext): Found {
  const { read, close } = hostReader(root);
  let first: Values;
  try {
    first = read(clock.now());
  } catch (error) {
    close();
    const reason = `${join(root, "proc")} cannot be read: ${messageOf(error)}`;
    return { unavailable: { kind: "proc", reason, advice: "mount /proc in the container" } };
  }
  const given = (name: string): boolean => SHARES.has(name) || first[name] !== undefined;
  const gives = Object.keys(first).filter(given);
  const missing = Object.fromEntries(
    Object.keys(first)
      .filter((name) => !given(name))
      .map((name) => [name, "the kernel does not show it here"]),
  );
  const source: Source = {
    kind: "proc",
    tiers: ["medium"],
    facts: [{ source: HOST_SOURCE, kind: "proc", gives, missing }],
    read: () => {
      const begun = clock.now();
      const values = read(begun);
      return [{ source: HOST_SOURCE, at: (begun + clock.now()) / 2, values }];
    },
    close,
  };
  return { source };
}

interface HostReader {
  /** @throws when not even the CPU time can be read */
  readonly read: (at: number) => Values;
  readonly close: () => void;
}

function hostReader(root: string): HostReader {
  const { page } = kernelUnits(root);
  const names = ["stat", "meminfo", "vmstat", "net/dev", "diskstats", "loadavg"] as const;
  const files = new Map(names.map((name) => [name, new KeptFile(join(root, "proc", name))]));
  const textOf = (name: (typeof names)[number]): string => files.get(name)?.peek() ?? "";
  const isNetwork = physical(root, "sys/class/net", (name) => name !== "lo");
  const isDisk = physical(root, "sys/block", (name) => WHOLE_DISK.test(name));
  const [busyShare, stolenShare] = [growth(), growth()];
  const read = (at: number): Values => {
    const stat = files.get("stat")?.text() ?? "";
    const cpu = cpuTime(stat);
    if (cpu === undefined) throw new Error("proc/stat has no line of CPU time");
    const network = networkTraffic(textOf("net/dev"), isNetwork);
    const disks = diskTraffic(textOf("diskstats"), isDisk);
    return {
      host_cpu: busyShare(at, cpu.busy, cpu.all),
      host_cpu_steal: cpu.stolen === undefined ? undefined : stolenShare(at, cpu.stolen, cpu.all),
      host_cores: coresOnline(stat),
      ...memoryValues(textOf("meminfo"), textOf("vmstat"), page),
      host_network_rx: network?.received,
      host_network_tx: network?.sent,
      host_disk_read: disks?.read,
      host_disk_written: disks?.written,
      host_load: loadAverage(textOf("loadavg")),
    };
  };
  const close = (): void => {
    for (const file of files.values()) file.close();
  };
  return { read, close };
}

function memoryValues(meminfo: string, vmstat: string, page: number): Values {
  const now = memory(meminfo);
  const bytesOf = (name: string): number | undefined => times(vmCounter(vmstat, name), page);
  return {
    host_memory_used: now?.used,
    host_memory_total: now?.total,
    host_swap_in: bytesOf("pswpin"),
    host_swap_out: bytesOf("pswpout"),
    host_oom_kills: vmCounter(vmstat, "oom_kill"),
  };
}

/**
 * Which names stand for hardware, so that bytes are not counted twice (a bridge and its port, a
 * partition and its disk): those with a `device`; where none has one (a container), the others.
 */
function physical(
  root: string,
  folder: string,
  otherwise: (name: string) => boolean,
): (name: string) => boolean {
  const names = namesIn(join(root, folder)).filter((name) =>
    existsSync(join(root, folder, name, "device")),
  );
  const known = new Set(names);
  return known.size === 0 ? otherwise : (name) => known.has(name);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function times(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}
