/**
 * Intel's discrete GPUs by the files of the i915 and xe drivers: energy, clock, temperature, limit.
 * They show no utilization. Source: Documentation/ABI/testing/sysfs-driver-intel-{i915,xe}-hwmon.
 *
 * A GPU without an energy counter is an integrated one: it serves the screen, and is left out.
 */
import { join } from "node:path";
import type { Found, ProbeContext } from "../source.ts";
import { models } from "./fingerprint-fields.ts";
import {
  cardsOf,
  labelled,
  SysfsReader,
  sysfsSource,
  textOf,
  type Card,
  type SysfsFigure,
} from "./sysfs-device.ts";

const VENDOR = "0x8086";
const KIND = "intel-sysfs";

export function intelSysfsProbe({ root, clock, platform }: ProbeContext): Promise<Found> {
  const cards = platform === "linux" ? cardsOf(root, VENDOR) : [];
  if (cards.length === 0) return absent("no Intel GPU in /sys/class/drm");
  const readers = cards.map((card, index) => {
    const device = { source: `intel:${index}`, index, name: nameOf(card), figures: figures(card) };
    return { card, reader: new SysfsReader(device, KIND) };
  });
  const useful = readers.filter(({ reader }) => reader.facts.gives.includes("gpu_energy"));
  if (useful.length === 0) {
    const why = readers[0]?.reader.facts.missing["gpu_energy"] ?? "no file";
    return absent(`no Intel GPU with an energy counter: ${why}`);
  }
  const names = { "gpu.models": models(useful.map(({ card }) => nameOf(card))) };
  const source = sysfsSource(
    KIND,
    useful.map(({ reader }) => reader),
    clock,
    names,
  );
  return Promise.resolve({ source });
}

function figures({ folder, hwmon }: Card): readonly SysfsFigure[] {
  const sensor = (...files: readonly string[]): string[] =>
    hwmon === undefined ? [] : files.map((file) => join(hwmon, file));
  const label = (kind: "temp" | "energy", name: string): string[] =>
    hwmon === undefined ? [] : labelled(hwmon, kind, name);
  const clocks = [
    "device/tile0/gt0/freq0/act_freq", // xe
    "gt/gt0/rps_act_freq_mhz", // i915
    "gt_act_freq_mhz",
  ].map((file) => join(folder, file));
  return [
    {
      series: "gpu_energy",
      tier: "fast",
      files: [...label("energy", "card"), ...label("energy", "pkg"), ...sensor("energy1_input")],
      per: 1e6,
      isCounter: true,
    },
    { series: "gpu_clock_sm", tier: "fast", files: clocks, per: 1 },
    {
      series: "gpu_temperature",
      tier: "medium",
      files: [...label("temp", "pkg"), ...sensor("temp1_input")],
      per: 1e3,
    },
    { series: "gpu_memory_temperature", tier: "medium", files: label("temp", "vram"), per: 1e3 },
    {
      series: "gpu_power_limit",
      tier: "medium",
      files: sensor("power1_max", "power1_cap"),
      per: 1e6,
      none: 0, // the limit is switched off
    },
  ];
}

function nameOf({ folder }: Card): string {
  return `Intel GPU ${textOf(join(folder, "device/device")) ?? "of unknown type"}`;
}

function absent(reason: string): Promise<Found> {
  return Promise.resolve({ unavailable: { kind: KIND, reason } });
}
