/**
 * Readings that cannot be. Drivers and exporters have values that stand for "blank" (DCGM: 2^47,
 * 2^63 - 16), counters that overflow and sensors that lie for a moment: a utilization of
 * 808334905 % is no reading, and one of them in a mean is enough to spoil it.
 */
import { findSeries, type SeriesName, type SeriesUnit } from "../core/telemetry.ts";

type Bounds = readonly [least: number, most: number];

/** Rounding may carry a full share a little over 1. */
const SHARE: Bounds = [0, 1.05];
const COUNT: Bounds = [0, Number.MAX_SAFE_INTEGER];

/** Wide: nothing that a machine of this decade could say is out of them. */
const OF_UNIT: Readonly<Record<SeriesUnit, Bounds>> = {
  ratio: SHARE,
  "%": [0, 105],
  bytes: [0, 2 ** 60],
  "bytes/s": [-(2 ** 50), 2 ** 50],
  W: [0, 20_000],
  J: [0, 1e15],
  "°C": [-60, 200],
  MHz: [0, 20_000],
  s: [0, 1e12],
  ms: [0, 1e15],
  tokens: COUNT,
  "tokens/s": COUNT,
  requests: COUNT,
  slots: COUNT,
  bits: COUNT,
  "1": COUNT,
};

/** Cores' worth of time, so as many as there are cores. */
const CORES: Bounds = [0, 100_000];

const OF_SERIES: Readonly<Partial<Record<SeriesName, Bounds>>> = {
  proc_cpu: CORES,
  server_cpu: CORES,
  // Of one device.
  gpu_memory_used: [0, 2 ** 45],
  gpu_memory_total: [0, 2 ** 45],
  gpu_memory_reserved: [0, 2 ** 45],
};

/** Whether a series can have this value; of a series that a server named itself, nobody knows. */
export function isPossible(name: string, value: number): boolean {
  const row = findSeries(name);
  if (row === undefined) return true;
  const [least, most] = OF_SERIES[name as SeriesName] ?? OF_UNIT[row.unit];
  return value >= least && value <= most;
}
