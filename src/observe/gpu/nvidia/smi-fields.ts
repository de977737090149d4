/**
 * The fields of `nvidia-smi --query-gpu` that we ask for, and what each is in the vocabulary's
 * units. With `nounits` memory is in MiB, power in W, shares in percent, held-back times in µs.
 */
import type { SeriesName } from "../../../core/telemetry.ts";

export interface SmiField {
  readonly series: SeriesName;
  /** Names of one property, newest first. */
  readonly names: readonly string[];
  /** How many of its unit make one of ours. */
  readonly per: number;
}

const MIB = 2 ** 20;

export const smiFields: readonly SmiField[] = [
  { series: "gpu_utilization", names: ["utilization.gpu"], per: 1 },
  { series: "gpu_memory_busy", names: ["utilization.memory"], per: 100 },
  { series: "gpu_memory_total", names: ["memory.total"], per: 1 / MIB },
  { series: "gpu_memory_reserved", names: ["memory.reserved"], per: 1 / MIB },
  { series: "gpu_memory_used", names: ["memory.used"], per: 1 / MIB },
  { series: "gpu_temperature", names: ["temperature.gpu"], per: 1 },
  { series: "gpu_memory_temperature", names: ["temperature.memory"], per: 1 },
  { series: "gpu_power", names: ["power.draw.instant", "power.draw"], per: 1 },
  { series: "gpu_power_average", names: ["power.draw.average"], per: 1 },
  { series: "gpu_power_limit", names: ["enforced.power.limit", "power.limit"], per: 1 },
  { series: "gpu_clock_sm", names: ["clocks.current.sm", "clocks.sm"], per: 1 },
  { series: "gpu_clock_memory", names: ["clocks.current.memory", "clocks.mem"], per: 1 },
  {
    series: "gpu_throttle_reasons",
    names: ["clocks_event_reasons.active", "clocks_throttle_reasons.active"],
    per: 1,
  },
  {
    series: "gpu_throttle_power",
    names: ["clocks_event_reasons_counters.sw_power_cap"],
    per: 1e6,
  },
  {
    series: "gpu_throttle_brake",
    names: ["clocks_event_reasons_counters.hw_power_brake_slowdown"],
    per: 1e6,
  },
];

/** Added up: time held back by heat, µs. */
export const smiHeatFields: readonly string[] = [
  "clocks_event_reasons_counters.sw_thermal_slowdown",
  "clocks_event_reasons_counters.hw_thermal_slowdown",
];

/** Asked for beside the figures. */
export const smiIdentity = ["timestamp", "index", "uuid", "name"] as const;

/** Asked for once, for the fingerprint. */
export const smiFacts = ["driver_version", "mig.mode.current"] as const;

/** The properties of `nvidia-smi --help-query-gpu`: quoted at the beginning of a line. */
export function knownFields(help: string): ReadonlySet<string> {
  const lines = help.split("\n").filter((line) => /^\s*"[^"]+"(\s+or\s+"[^"]+")*\s*$/.test(line));
  return new Set(lines.flatMap((line) => [...line.matchAll(/"([^"]+)"/g)].map((m) => m[1] ?? "")));
}

/** The fields to ask for, of those that this nvidia-smi knows. */
export function chooseFields(known: ReadonlySet<string>): readonly string[] {
  const figures = smiFields.flatMap(({ names }) => names.find((name) => known.has(name)) ?? []);
  const heat = smiHeatFields.filter((name) => known.has(name));
  return [...smiIdentity, ...figures, ...heat].filter((name) => known.has(name));
}

export type SmiRow = ReadonlyMap<string, string>;

/** One line of CSV by field; undefined for a line with another number of values. */
export function readRow(fields: readonly string[], line: string): SmiRow | undefined {
  const values = line.trim().split(/,\s?/);
  if (values.length !== fields.length) return undefined;
  return new Map(fields.map((field, index) => [field, (values[index] ?? "").trim()]));
}

/** A number, or why there is none: nvidia-smi's own words, `[Not Supported]`. */
export function readNumber(text: string): number | string {
  const value = /^(0x[0-9a-f]+|-?\d+(\.\d+)?)$/i.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value)) return value;
  return text === "" ? "empty" : text.replace(/^\[(.*)\]$/, "$1");
}

export interface SmiValues {
  readonly values: Partial<Record<SeriesName, number>>;
  readonly missing: Partial<Record<SeriesName, string>>;
}

/** A row in the vocabulary; what is not a number is missing, in nvidia-smi's words. */
export function valuesOf(row: SmiRow): SmiValues {
  const values: Partial<Record<SeriesName, number>> = {};
  const missing: Partial<Record<SeriesName, string>> = {};
  const put = (series: SeriesName, number: number | string, per: number): void => {
    if (typeof number === "number") values[series] = number / per;
    else missing[series] = number;
  };
  for (const { series, names, per } of smiFields) {
    const text = names.map((name) => row.get(name)).find((one) => one !== undefined);
    if (text === undefined) missing[series] = "this nvidia-smi has no such field";
    else put(series, readNumber(text), per);
  }
  put("gpu_throttle_thermal", heatOf(row), 1e6);
  const { gpu_memory_used: used, gpu_memory_reserved: reserved, gpu_memory_total: total } = values;
  if (used !== undefined) {
    // With a field of its own for what the driver keeps, `used` is without it.
    values.gpu_memory_used = used + (reserved ?? 0);
    if (total !== undefined && total > 0) {
      values.gpu_memory_used_ratio = values.gpu_memory_used / total;
    }
  }
  return { values, missing };
}

function heatOf(row: SmiRow): number | string {
  const numbers = smiHeatFields.flatMap((name) => {
    const text = row.get(name);
    return text === undefined ? [] : [readNumber(text)];
  });
  if (numbers.length === 0) return "this nvidia-smi has no such field";
  let sum = 0;
  for (const number of numbers) {
    if (typeof number === "string") return number;
    sum += number;
  }
  return sum;
}
