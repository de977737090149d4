/**
 * What the machine is, as its kernel tells it (Linux: /proc and /sys): governor of the clocks,
 * limits of our container, virtualization. What cannot be seen is absent.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface MachineFacts {
  readonly governor?: string;
  /** `docker`, `kvm (Amazon EC2 m7i.large)`, `none`, ... */
  readonly virtualization?: string;
  /** Cores that the container may use, where it is limited. */
  readonly containerCpus?: number;
  /** Bytes. */
  readonly containerMemory?: number;
}

/** @param root where the file system begins; tests hand in their own */
export function machineFacts(root = "/"): MachineFacts {
  const read = (path: string): string | undefined => textOf(join(root, path));
  const facts = {
    governor: read("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
    virtualization: virtualizationOf(read),
    containerCpus: cpuLimit(read),
    containerMemory: memoryLimit(read),
  };
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known);
}

type Read = (path: string) => string | undefined;

function textOf(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    return text === "" ? undefined : text;
  } catch {
    return undefined; // not Linux, or not for us to see
  }
}

/** What the machine's firmware calls itself, where a hypervisor made it (as systemd-detect-virt). */
const VENDORS: readonly (readonly [RegExp, string])[] = [
  [/amazon ec2/i, "kvm"],
  [/google/i, "kvm"],
  [/qemu|kvm|openstack/i, "kvm"],
  [/microsoft/i, "hyper-v"],
  [/vmware/i, "vmware"],
  [/innotek|virtualbox/i, "virtualbox"],
  [/xen/i, "xen"],
  [/parallels/i, "parallels"],
];

/** Undefined where nothing tells; `none` where the kernel knows of no hypervisor. */
function virtualizationOf(read: Read): string | undefined {
  const container = containerOf(read);
  const machine = hypervisorOf(read);
  const both = [container, machine].filter((one) => one !== undefined && one !== "none");
  if (both.length > 0) return both.join(" on ");
  return machine;
}

function containerOf(read: Read): string | undefined {
  if (/microsoft/i.test(read("proc/sys/kernel/osrelease") ?? "")) return "wsl";
  if (read("run/.containerenv") !== undefined) return "podman";
  const own = read("proc/1/cgroup") ?? "";
  if (own.includes("kubepods")) return "kubernetes";
  if (own.includes("docker") || (read("proc/1/mountinfo") ?? "").includes("docker"))
    return "docker";
  return own.includes("lxc") ? "lxc" : undefined;
}

function hypervisorOf(read: Read): string | undefined {
  const cpuinfo = read("proc/cpuinfo");
  if (cpuinfo === undefined) return undefined;
  const firmware = ["sys_vendor", "product_name"]
    .flatMap((name) => read(`sys/class/dmi/id/${name}`) ?? [])
    .join(" ");
  const kind = VENDORS.find(([pattern]) => pattern.test(firmware))?.[1];
  // Microsoft and Google make machines too; EC2 has bare ones: the processor knows.
  if (!/^(flags|Features)\s*:.*\bhypervisor\b/m.test(cpuinfo)) return "none";
  return firmware === "" ? (kind ?? "vm") : `${kind ?? "vm"} (${firmware})`;
}

/** cgroup v2, then v1: what applies in our own container's view. */
function cpuLimit(read: Read): number | undefined {
  const [quota, period] = (read("sys/fs/cgroup/cpu.max") ?? cfs(read) ?? "").split(/\s+/);
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : undefined;
}

function cfs(read: Read): string | undefined {
  const quota = read("sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  const period = read("sys/fs/cgroup/cpu/cpu.cfs_period_us");
  return quota === undefined || period === undefined ? undefined : `${quota} ${period}`;
}

/** Larger than any machine: what v1 says when there is no limit. */
const NO_LIMIT = 2 ** 60;

function memoryLimit(read: Read): number | undefined {
  const text =
    read("sys/fs/cgroup/memory.max") ?? read("sys/fs/cgroup/memory/memory.limit_in_bytes");
  const bytes = Number(text);
  return text !== undefined && bytes > 0 && bytes < NO_LIMIT ? bytes : undefined;
}
