/**
 * Every way to see the GPUs of this machine, one row each, grouped by the devices they see: within
 * a group the first that is there samples, and the others are not started, so that no device is
 * sampled twice.
 */
import type { Found, Probe, ProbeContext } from "../source.ts";
import { amdSmiProbe, rocmSmiProbe } from "./amd-smi.ts";
import { amdSysfsProbe } from "./amd-sysfs.ts";
import { macmonProbe, powermetricsProbe } from "./apple.ts";
import { intelSysfsProbe } from "./intel-sysfs.ts";
import { jetsonProbe } from "./nvidia/jetson.ts";
import { nvidiaSmiProbe } from "./nvidia/nvidia-smi.ts";
import { nvmlProcessProbe } from "./nvidia/nvml-process.ts";
import { raplProbe } from "./rapl.ts";

export interface GpuProbe {
  /** Names the source where it is not found. */
  readonly source: string;
  readonly probe: Probe;
}

/** Rows to be probed once, together or one after the other; make new ones for the next time. */
export function gpuProbes(): readonly GpuProbe[] {
  return [
    ...inOrder([
      { source: "nvml", probe: nvmlProcessProbe() },
      { source: "nvidia-smi", probe: nvidiaSmiProbe() },
      { source: "tegrastats", probe: jetsonProbe() },
    ]),
    ...inOrder([
      { source: "amd-sysfs", probe: amdSysfsProbe },
      { source: "amd-smi", probe: amdSmiProbe },
      { source: "rocm-smi", probe: rocmSmiProbe },
    ]),
    { source: "intel-sysfs", probe: intelSysfsProbe },
    ...inOrder([
      { source: "powermetrics", probe: powermetricsProbe() },
      { source: "macmon", probe: macmonProbe() },
    ]),
    { source: "rapl", probe: raplProbe },
  ];
}

/** Rows of one group: each asks those before it first, and gives way to one that was found. */
export function inOrder(rows: readonly GpuProbe[]): readonly GpuProbe[] {
  const begun: Promise<Found>[] = [];
  const ask = (index: number, context: ProbeContext): Promise<Found> => {
    const row = rows[index];
    if (row === undefined) return Promise.reject(new RangeError(`no row ${index}`));
    return (begun[index] ??= take(index, row, context));
  };
  const take = async (index: number, row: GpuProbe, context: ProbeContext): Promise<Found> => {
    for (let before = 0; before < index; before += 1) {
      const found = await ask(before, context).catch(() => undefined);
      if (found === undefined || !("source" in found)) continue;
      const reason = `not asked: ${found.source.kind} samples the same devices`;
      return { unavailable: { kind: row.source, reason } };
    }
    return row.probe(context);
  };
  return rows.map(({ source }, index) => ({
    source,
    probe: (context) => ask(index, context),
  }));
}
