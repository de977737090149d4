/** Validity gates about the machines: rows for the table of judge/gates.ts. */
import { formatBytes, significant } from "../../core/units.ts";
import type { Distribution } from "../../stats/distribution.ts";
import { measuredText } from "../metrics/measured-text.ts";
import { LEAST_SAMPLES } from "./energy.ts";
import type { ForeignCpu } from "./foreign-cpu.ts";
import type { ClockDrift } from "./settled-clocks.ts";
import { told, type GpuUsage, type HostUsage, type Told, type Usage } from "./usage.ts";

export const machineGateIds = [
  "gpu_throttled",
  "gpu_clocks",
  "gpu_foreign_memory",
  "foreign_cpu",
  "host_steal",
  "host_swap",
  "host_oom_kills",
  "power_samples",
] as const;

/** What these gates look at; over the measured windows. */
export interface MachineEvidence {
  readonly usage: Usage;
  readonly drifts: readonly ClockDrift[];
  readonly foreignCpu: ForeignCpu;
  /** Shares of stolen CPU time, of the machine with most of it. */
  readonly steal?: { readonly source: string; readonly shares: Distribution };
}

type Finding =
  | { readonly value: number; readonly enough: boolean; readonly detail?: string }
  | { readonly missing: string };

export interface MachineGateRow {
  readonly id: (typeof machineGateIds)[number];
  readonly title: string;
  readonly unit: "ratio" | "bytes" | "processes" | "samples";
  readonly bad: "above" | "below";
  readonly limits: { readonly warn?: number; readonly invalid?: number };
  readonly reason: string;
  readonly advice: string;
  readonly read: (machine: MachineEvidence) => Finding;
}

const MIB = 1024 ** 2;

export const machineGates: readonly MachineGateRow[] = [
  {
    id: "gpu_throttled",
    title: "time a GPU was held back by heat or a power brake",
    unit: "ratio",
    bad: "above",
    limits: { warn: 0, invalid: 0.05 },
    reason: "the same work takes longer on a hot machine: another run would measure something else",
    advice: "see to cooling and power supply, or lower the clocks until they can be held",
    read: throttled,
  },
  {
    id: "gpu_clocks",
    title: "change of a GPU's clock from the first to the last fifth of the run",
    unit: "ratio",
    bad: "above",
    limits: { warn: 0.03, invalid: 0.1 },
    reason: "a GPU that was still warming up is faster at the beginning than it can stay",
    advice: "make the warm-up longer, or lock the clocks (nvidia-smi --lock-gpu-clocks)",
    read: unsettled,
  },
  {
    id: "gpu_foreign_memory",
    title: "GPU memory held by other processes than the server",
    unit: "ratio",
    bad: "above",
    limits: { warn: 0.01, invalid: 0.05 },
    reason: "another process on the GPU takes its time and memory whenever it likes",
    advice: "stop what else runs on the server's GPUs (nvidia-smi lists it), or use others",
    read: foreign,
  },
  {
    id: "foreign_cpu",
    title: "CPU time that other programs took, sustained",
    unit: "ratio",
    bad: "above",
    limits: { warn: 0.1, invalid: 0.25 },
    reason: "programs that are neither server nor client took the cores that both were to have",
    advice:
      "stop what else runs on the machine (top lists it), or measure on one that nobody else uses",
    read: ({ foreignCpu }) =>
      "missing" in foreignCpu ? foreignCpu : sustainedShare(foreignCpu, "the machine's cores"),
  },
  {
    id: "host_steal",
    title: "CPU time that the hypervisor gave to others, sustained",
    unit: "ratio",
    bad: "above",
    limits: { warn: 0.02, invalid: 0.1 },
    reason:
      "a virtual machine that is not given its cores stands still, and its clocks do not say so",
    advice: "use a machine with cores of its own (dedicated, not burstable)",
    read: ({ steal }) =>
      steal === undefined
        ? { missing: "no machine tells stolen CPU time" }
        : sustainedShare(steal, "the CPU time"),
  },
  {
    id: "host_swap",
    title: "memory moved to and from swap",
    unit: "bytes",
    bad: "above",
    limits: { warn: MIB, invalid: 64 * MIB },
    reason: "what waits for a disk is measured as slow work",
    advice: "free memory on the machine, or switch swap off (swapoff -a)",
    read: swapped,
  },
  {
    id: "host_oom_kills",
    title: "processes killed for lack of memory",
    unit: "processes",
    bad: "above",
    limits: { invalid: 0 },
    reason: "the machine ran out of memory while it was measured",
    advice: "give the machine more memory, or the server a smaller model, context or cache",
    read: killed,
  },
  {
    id: "power_samples",
    title: "samples of power and energy",
    unit: "samples",
    bad: "below",
    limits: { warn: LEAST_SAMPLES },
    reason: "a few samples say nothing about energy: it is not stated then",
    advice: "sample more often (--telemetry-interval, the exporter's own interval), or run longer",
    read: powerSamples,
  },
];

/** As for our own windows: a level counts when a tenth of the readings, and three, reached it. */
const [SUSTAINED_SHARE, ENOUGH_READINGS] = [0.1, 3];

function sustainedShare(
  { source, shares }: { readonly source: string; readonly shares: Distribution },
  of: string,
): Finding {
  const value = shares.sustained(SUSTAINED_SHARE, ENOUGH_READINGS);
  if (value === undefined)
    return { missing: `${source} was read fewer than ${ENOUGH_READINGS} times while measuring` };
  const detail = `${source}: ${measuredText(value, "ratio")} of ${of} or more in a tenth of ${shares.count} readings, and in at least ${ENOUGH_READINGS}`;
  return { value, enough: true, detail };
}

const NO_GPU = "no GPU was sampled";

/** GPUs that are not the server's may do what they like. */
function countedGpus({ usage }: MachineEvidence): readonly GpuUsage[] {
  return usage.gpus.filter(({ counted }) => counted);
}

function throttled(machine: MachineEvidence): Finding {
  const found = countedGpus(machine).flatMap(({ source, throttle }) =>
    throttle === undefined ? [] : [{ source, throttle }],
  );
  found.sort((a, b) => b.throttle.heldBack.share - a.throttle.heldBack.share);
  const [worst] = found;
  if (worst === undefined)
    return { missing: found.length === 0 ? "no GPU says why its clocks are held" : NO_GPU };
  const { source, throttle } = worst;
  const reasons = throttle.reasons.map(
    ({ reason, seconds }) => `${reason} ${significant(seconds, 3)} s`,
  );
  const detail = `${source}: ${reasons.length === 0 ? "nothing held its clocks" : reasons.join(", ")}`;
  return { value: throttle.heldBack.share, enough: true, detail };
}

function unsettled({ drifts }: MachineEvidence): Finding {
  const worst = [...drifts].sort((a, b) => b.drift - a.drift)[0];
  if (worst === undefined) return { missing: "no GPU was seen busy at both ends of the run" };
  const { source, first, last, drift } = worst;
  const detail = `${source}: ${significant(first, 4)} MHz, then ${significant(last, 4)} MHz (medians while busy)`;
  return { value: drift, enough: true, detail };
}

function foreign(machine: MachineEvidence): Finding {
  const shares = countedGpus(machine).flatMap(({ source, foreignMemory, memoryTotal = 0 }) =>
    foreignMemory === undefined || memoryTotal === 0
      ? []
      : [{ source, bytes: foreignMemory.max, share: foreignMemory.max / memoryTotal }],
  );
  const worst = shares.sort((a, b) => b.share - a.share)[0];
  if (worst === undefined) return { missing: "no GPU tells its processes from the server's" };
  const detail = `${worst.source}: ${formatBytes(worst.bytes)} at most`;
  return { value: worst.share, enough: true, detail };
}

function swapped({ usage }: MachineEvidence): Finding {
  return worstHost(usage, ({ swapIn, swapOut }) => {
    const [moved, written] = [told(swapIn), told(swapOut)];
    return moved === undefined && written === undefined ? undefined : (moved ?? 0) + (written ?? 0);
  });
}

function killed({ usage }: MachineEvidence): Finding {
  return worstHost(usage, ({ oomKills }: { oomKills?: Told<number> }) => told(oomKills));
}

function worstHost({ hosts }: Usage, pick: (host: HostUsage) => number | undefined): Finding {
  const found = hosts.flatMap((host) => {
    const value = pick(host);
    return value === undefined ? [] : [{ source: host.source, value }];
  });
  const worst = found.sort((a, b) => b.value - a.value)[0];
  if (worst === undefined) return { missing: "no machine told it while measuring" };
  return { value: worst.value, enough: true, detail: worst.source };
}

/** Of the GPU with the fewest. */
function powerSamples(machine: MachineEvidence): Finding {
  const counts = countedGpus(machine).flatMap(({ source, powerSamples: count }) =>
    count === undefined ? [] : [{ source, count }],
  );
  const least = counts.sort((a, b) => a.count - b.count)[0];
  if (least === undefined) return { missing: "no GPU tells its power" };
  return { value: least.count, enough: true, detail: least.source };
}
