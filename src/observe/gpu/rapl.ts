/**
 * Energy of the CPU packages by RAPL (also on AMD's CPUs), in µJ, through /sys/class/powercap.
 * Each counter wraps at a range of its own, on some machines within a minute under load. Only root
 * may read it on most systems (CVE-2020-8694).
 */
import { join } from "node:path";
import { messageOf } from "../../core/errors.ts";
import { KeptFile } from "../kept-file.ts";
import type { Found, ProbeContext, Source } from "../source.ts";
import { namesIn, textOf } from "./sysfs-device.ts";

const KIND = "rapl";

interface Package {
  readonly file: KeptFile;
  /** The counter's largest value, µJ; after it comes 0. */
  readonly range: number;
  last: number | undefined;
}

export function raplProbe({ root, clock, platform }: ProbeContext): Promise<Found> {
  const folder = join(root, "sys/class/powercap");
  // Packages only: what is inside one (`intel-rapl:0:0`, its cores) is counted in it already.
  const zones = platform === "linux" ? namesIn(folder) : [];
  const packages = zones.flatMap((zone): Package[] => {
    const path = join(folder, zone);
    if (!/^intel-rapl:\d+$/.test(zone)) return [];
    if (textOf(join(path, "name"))?.startsWith("package") !== true) return [];
    const range = Number(textOf(join(path, "max_energy_range_uj")) ?? NaN);
    if (!(range > 0)) return [];
    return [{ file: new KeptFile(join(path, "energy_uj")), range, last: undefined }];
  });
  if (packages.length === 0) return absent("no RAPL in /sys/class/powercap");
  try {
    for (const one of packages) count(one);
  } catch (thrown) {
    const advice = "run as root, or: chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj";
    return absent(messageOf(thrown), advice);
  }
  return Promise.resolve({ source: raplSource(packages, () => clock.now()) });
}

function raplSource(packages: readonly Package[], now: () => number): Source {
  let joules = 0;
  return {
    kind: KIND,
    tiers: ["fast"],
    facts: [{ source: KIND, kind: KIND, gives: ["host_cpu_energy"], missing: {} }],
    read() {
      const began = now();
      for (const one of packages) joules += growth(one) / 1e6;
      return [{ source: KIND, at: (began + now()) / 2, values: { host_cpu_energy: joules } }];
    },
    close() {
      for (const { file } of packages) file.close();
    },
  };
}

/** Since the last reading, µJ. More than one wrap between two readings cannot be seen. */
function growth(one: Package): number {
  const value = count(one);
  const { last = value } = one;
  one.last = value;
  return value >= last ? value - last : value + one.range - last;
}

/** µJ. @throws when the file holds no count: as a 0 it would be taken for a wrap */
function count({ file }: Package): number {
  const text = file.text().trim();
  if (!/^\d+$/.test(text)) throw new Error(`${file.path}: not a count: "${text.slice(0, 40)}"`);
  return Number(text);
}

function absent(reason: string, advice?: string): Promise<Found> {
  return Promise.resolve({
    unavailable: { kind: KIND, reason, ...(advice !== undefined && { advice }) },
  });
}
