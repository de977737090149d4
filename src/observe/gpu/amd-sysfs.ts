/**
 * AMD GPUs by the files of the amdgpu driver. Source of names and units: Documentation/gpu/amdgpu
 * (driver-misc, thermal) of Linux. APUs and containers lack some of the files.
 */
import { join } from "node:path";
import type { Found, ProbeContext } from "../source.ts";
import { models, sameOrList } from "./fingerprint-fields.ts";
import {
  cardsOf,
  labelled,
  SysfsReader,
  sysfsSource,
  textOf,
  type Card,
  type SysfsFigure,
} from "./sysfs-device.ts";

const VENDOR = "0x1002";
const KIND = "amd-sysfs";

export function amdSysfsProbe(context: ProbeContext): Promise<Found> {
  const { root, clock, platform } = context;
  const cards = platform === "linux" ? cardsOf(root, VENDOR) : [];
  if (cards.length === 0) {
    return Promise.resolve({ unavailable: { kind: KIND, reason: "no AMD GPU in /sys/class/drm" } });
  }
  const devices = cards.map((card, index) => ({
    source: `amd:${index}`,
    index,
    name: nameOf(card),
    ...uuidOf(card),
    figures: figuresOf(card),
  }));
  const readers = devices.map((device) => new SysfsReader(device, KIND));
  const useful = readers.filter(({ facts }) => facts.gives.length > 0);
  if (useful.length === 0) {
    const why = Object.values(readers[0]?.facts.missing ?? {})[0] ?? "no files";
    const reason = `the amdgpu driver's files cannot be read: ${why}`;
    const advice = "in a container, mount /sys read-only, or install amd-smi there";
    return Promise.resolve({ unavailable: { kind: KIND, reason, advice } });
  }
  return Promise.resolve({ source: sysfsSource(KIND, useful, clock, fingerprint(root, cards)) });
}

function figuresOf({ folder, hwmon }: Card): readonly SysfsFigure[] {
  const device = (file: string): string[] => [join(folder, "device", file)];
  const sensor = (...files: readonly string[]): string[] =>
    hwmon === undefined ? [] : files.map((file) => join(hwmon, file));
  const heat = (label: string): string[] =>
    hwmon === undefined ? [] : labelled(hwmon, "temp", label);
  const fast = { tier: "fast" } as const;
  const medium = { tier: "medium" } as const;
  return [
    { series: "gpu_utilization", files: device("gpu_busy_percent"), per: 1, ...fast },
    { series: "gpu_memory_busy", files: device("mem_busy_percent"), per: 100, ...fast },
    { series: "gpu_power", files: sensor("power1_input", "power1_average"), per: 1e6, ...fast },
    { series: "gpu_power_average", files: sensor("power1_average"), per: 1e6, ...fast },
    { series: "gpu_clock_sm", files: sensor("freq1_input"), per: 1e6, ...fast },
    { series: "gpu_clock_memory", files: sensor("freq2_input"), per: 1e6, ...fast },
    { series: "gpu_memory_used", files: device("mem_info_vram_used"), per: 1, ...medium },
    { series: "gpu_memory_total", files: device("mem_info_vram_total"), per: 1, ...medium },
    {
      series: "gpu_temperature",
      files: [...heat("edge"), ...heat("junction"), ...sensor("temp1_input")],
      per: 1e3,
      ...medium,
    },
    { series: "gpu_memory_temperature", files: heat("mem"), per: 1e3, ...medium },
    { series: "gpu_power_limit", files: sensor("power1_cap"), per: 1e6, none: 0, ...medium },
  ];
}

function nameOf({ folder }: Card): string {
  const product = textOf(join(folder, "device/product_name"));
  return product ?? `AMD GPU ${textOf(join(folder, "device/device")) ?? "of unknown type"}`;
}

function uuidOf({ folder }: Card): { readonly uuid?: string } {
  const uuid = textOf(join(folder, "device/unique_id"));
  return uuid === undefined ? {} : { uuid };
}

function fingerprint(root: string, cards: readonly Card[]): Record<string, string | number> {
  const numbers = (file: (card: Card) => string, per: number): string | number | undefined =>
    sameOrList(
      cards.map((card) => {
        const text = textOf(file(card));
        return text === undefined ? undefined : Number(text) / per;
      }),
    );
  const memory = numbers(({ folder }) => join(folder, "device/mem_info_vram_total"), 1);
  const limit = numbers(({ hwmon, folder }) => join(hwmon ?? folder, "power1_cap"), 1e6);
  const driver = textOf(join(root, "sys/module/amdgpu/version"));
  return {
    "gpu.models": models(cards.map(nameOf)),
    ...(memory !== undefined && { "gpu.memory": memory }),
    ...(limit !== undefined && { "gpu.power_limit": limit }),
    ...(driver !== undefined && { "gpu.driver": driver }),
  };
}
