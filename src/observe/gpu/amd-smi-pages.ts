/** What `amd-smi metric --json` and `rocm-smi --json` write, in the vocabulary's units. */
import type { SeriesName } from "../../core/telemetry.ts";

export interface AmdDevice {
  readonly index: number;
  readonly name?: string;
  readonly values: Partial<Record<SeriesName, number>>;
}

type Json = Readonly<Record<string, unknown>>;

/** Each series by the paths that versions of amd-smi have it at, newest first. */
const AMD_SMI_PATHS: readonly (readonly [SeriesName, readonly string[]])[] = [
  ["gpu_utilization", ["usage.gfx_activity"]],
  ["gpu_memory_busy", ["usage.umc_activity"]],
  ["gpu_power", ["power.socket_power", "power.current_socket_power", "power.average_socket_power"]],
  ["gpu_memory_total", ["mem_usage.total_vram"]],
  ["gpu_memory_used", ["mem_usage.used_vram"]],
  ["gpu_temperature", ["temperature.edge", "temperature.hotspot"]],
  ["gpu_memory_temperature", ["temperature.mem"]],
  ["gpu_clock_sm", ["clock.gfx_0.clk", "clock.gfx_clock"]],
  ["gpu_clock_memory", ["clock.mem_0.clk", "clock.mem_clock"]],
  ["gpu_energy", ["energy.total_energy_consumption"]],
];

/** Undefined when it is no such document. A list of devices, or `{ gpu_data: [...] }`. */
export function readAmdSmi(text: string): readonly AmdDevice[] | undefined {
  const document = jsonIn(text);
  const list = Array.isArray(document) ? (document as unknown[]) : fieldOf(document, "gpu_data");
  if (!Array.isArray(list)) return undefined;
  return (list as unknown[]).flatMap((one) => {
    const index = fieldOf(one, "gpu");
    if (typeof index !== "number") return [];
    const values: Partial<Record<SeriesName, number>> = {};
    for (const [series, paths] of AMD_SMI_PATHS) {
      const value = paths.map((path) => quantityAt(one, path)).find((found) => found !== undefined);
      if (value !== undefined) values[series] = series === "gpu_memory_busy" ? value / 100 : value;
    }
    return [{ index, values: withRatio(values) }];
  });
}

const MIB = 2 ** 20;

/** Its MB are 2^20 bytes. A unit that is not named is the usual one of its place. */
const UNITS: Readonly<Record<string, number>> = {
  KB: 1024,
  MB: MIB,
  GB: 2 ** 30,
  mW: 1e-3,
  uJ: 1e-6,
  mJ: 1e-3,
};

function quantityAt(from: unknown, path: string): number | undefined {
  let at = from;
  for (const name of path.split(".")) at = fieldOf(at, name);
  const unit = fieldOf(at, "unit");
  const value = typeof at === "number" ? at : fieldOf(at, "value");
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  if (typeof unit === "string") return value * (UNITS[unit] ?? 1);
  return path.startsWith("mem_usage.") ? value * MIB : value;
}

/** Each series by the keys that versions of rocm-smi have. Their units are ours. */
const ROCM_SMI_KEYS: readonly (readonly [SeriesName, readonly RegExp[]])[] = [
  ["gpu_utilization", [/^GPU use \(%\)$/]],
  [
    "gpu_power",
    [
      /^Current Socket Graphics Package Power \(W\)$/,
      /^Average Graphics Package Power \(W\)$/,
      /^Socket Power \(W\)$/,
    ],
  ],
  ["gpu_memory_total", [/^VRAM Total Memory \(B\)$/]],
  ["gpu_memory_used", [/^VRAM Total Used Memory \(B\)$/]],
  ["gpu_temperature", [/^Temperature \(Sensor edge\)/, /^Temperature \(Sensor junction\)/]],
  ["gpu_memory_temperature", [/^Temperature \(Sensor memory\)/]],
  ["gpu_clock_sm", [/^sclk clock speed/]],
  ["gpu_clock_memory", [/^mclk clock speed/]],
];

/** Undefined when it is no such document: `{ card0: { "GPU use (%)": "37", ... }, system: ... }`. */
export function readRocmSmi(text: string): readonly AmdDevice[] | undefined {
  const document = jsonIn(text);
  if (typeof document !== "object" || document === null) return undefined;
  return Object.entries(document).flatMap(([card, fields]) => {
    const index = /^card(\d+)$/.exec(card)?.[1];
    if (index === undefined || typeof fields !== "object" || fields === null) return [];
    const entries = Object.entries(fields as Json);
    const values: Partial<Record<SeriesName, number>> = {};
    for (const [series, keys] of ROCM_SMI_KEYS) {
      const value = keys.map((key) => numberOf(entries, key)).find((one) => one !== undefined);
      if (value !== undefined) values[series] = value;
    }
    const name = entries.find(([key]) => /^card series$/i.test(key))?.[1];
    return [
      {
        index: Number(index),
        ...(typeof name === "string" && { name }),
        values: withRatio(values),
      },
    ];
  });
}

/** Values are texts: "37", "(1500Mhz)", "N/A". */
function numberOf(
  entries: readonly (readonly [string, unknown])[],
  key: RegExp,
): number | undefined {
  const value = entries.find(([name]) => key.test(name))?.[1];
  if (typeof value === "number") return value;
  const digits = typeof value === "string" ? /-?\d+(\.\d+)?/.exec(value)?.[0] : undefined;
  return digits === undefined ? undefined : Number(digits);
}

function withRatio(values: Partial<Record<SeriesName, number>>): AmdDevice["values"] {
  const { gpu_memory_used: used, gpu_memory_total: total } = values;
  if (used === undefined || total === undefined || total === 0) return values;
  return { ...values, gpu_memory_used_ratio: used / total };
}

/** Warnings may stand before the document. */
function jsonIn(text: string): unknown {
  for (let at = text.search(/[[{]/); at >= 0; at = nextBegin(text, at)) {
    try {
      return JSON.parse(text.slice(at)) as unknown;
    } catch {
      // A bracket in a warning: the document begins further down.
    }
  }
  return undefined;
}

/** The next line that begins a document. */
function nextBegin(text: string, at: number): number {
  const found = text.slice(at).search(/\n\s*[[{]/);
  return found < 0 ? -1 : at + found + 1;
}

function fieldOf(from: unknown, name: string): unknown {
  if (typeof from !== "object" || from === null) return undefined;
  return Object.hasOwn(from, name) ? (from as Json)[name] : undefined;
}
