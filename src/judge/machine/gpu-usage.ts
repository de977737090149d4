/** What one GPU did, and which GPUs are the server's. */
import type { SourceLine } from "../../core/telemetry-lines.ts";
import { present } from "../../core/present.ts";
import { energyOf, LEAST_SAMPLES } from "./energy.ts";
import { SourceReadings, sourcesWith, type Readings } from "./levels.ts";
import { throttleOf } from "./throttle.ts";
import { told, type GpuUsage, type Level, type Throttle } from "./usage.ts";

export interface GpuFacts {
  readonly sources: ReadonlyMap<string, SourceLine>;
  /** Indices of the server's GPUs, where somebody said them. */
  readonly chosen?: readonly number[] | undefined;
}

export interface GpusUsed {
  readonly gpus: readonly GpuUsage[];
  readonly selection: "matched" | "chosen" | "all";
}

export function gpusOf(readings: Readings, facts: GpuFacts): GpusUsed {
  const devices = devicesOf(readings, facts.sources);
  const { isCounted, selection } = select(devices, facts);
  const gpus = devices.map((device) => gpuUsage(device, facts, isCounted(device)));
  return { gpus, selection };
}

/** One source a device: where several tell of the same one (by UUID), that which tells most. */
function devicesOf(
  readings: Readings,
  lines: ReadonlyMap<string, SourceLine>,
): readonly SourceReadings[] {
  const best = new Map<string, { readonly device: SourceReadings; readonly worth: number }>();
  for (const source of sourcesWith(readings.samples, "gpu_")) {
    const device = new SourceReadings(source, readings);
    const key = lines.get(source)?.device?.uuid ?? source;
    const worth = worthOf(device);
    if (worth > (best.get(key)?.worth ?? -1)) best.set(key, { device, worth });
  }
  return [...best.values()].map(({ device }) => device);
}

/** Energy before anything else, then power; then the number of its readings. */
function worthOf(device: SourceReadings): number {
  const readings = (metric: "gpu_energy" | "gpu_power" | "gpu_utilization"): number =>
    device.series(metric)?.at.length ?? 0;
  const [energy, power] = [readings("gpu_energy"), readings("gpu_power")];
  return (energy > 0 ? 1e12 : 0) + (power > 0 ? 1e11 : 0) + power + readings("gpu_utilization");
}

interface Selection {
  readonly selection: GpusUsed["selection"];
  readonly isCounted: (device: SourceReadings) => boolean;
}

function select(devices: readonly SourceReadings[], { chosen, sources }: GpuFacts): Selection {
  if (chosen !== undefined) {
    const isCounted = ({ source }: SourceReadings): boolean =>
      chosen.includes(indexOf(source, sources.get(source)) ?? -1);
    return { selection: "chosen", isCounted };
  }
  if (devices.some((device) => device.level("gpu_server_memory") !== undefined)) {
    const isCounted = (device: SourceReadings): boolean =>
      (device.level("gpu_server_memory")?.max ?? 0) > 0;
    return { selection: "matched", isCounted };
  }
  return { selection: "all", isCounted: () => true };
}

/** As the source says, else the number its name ends with. */
function indexOf(source: string, line: SourceLine | undefined): number | undefined {
  const digits = /(\d+)$/.exec(source)?.[1];
  return line?.device?.index ?? (digits === undefined ? undefined : Number(digits));
}

const LEVELS = {
  utilization: "gpu_utilization",
  smActive: "gpu_sm_active",
  tensorActive: "gpu_tensor_active",
  dramActive: "gpu_dram_active",
  memoryBusy: "gpu_memory_busy",
  memoryUsed: "gpu_memory_used",
  memoryUsedRatio: "gpu_memory_used_ratio",
  foreignMemory: "gpu_foreign_memory",
  clockSm: "gpu_clock_sm",
  clockMemory: "gpu_clock_memory",
  temperature: "gpu_temperature",
  memoryTemperature: "gpu_memory_temperature",
} as const;

type Levels = { readonly [Name in keyof typeof LEVELS]?: Level };

function gpuUsage(device: SourceReadings, { sources }: GpuFacts, counted: boolean): GpuUsage {
  const { source, windows, restarts } = device;
  const about = sources.get(source)?.device;
  const levels = Object.fromEntries(
    Object.entries(LEVELS).flatMap(([name, metric]) => {
      const level = device.level(metric);
      return level === undefined ? [] : [[name, level]];
    }),
  ) as Levels;
  const energy = {
    counter: device.series("gpu_energy"),
    power: device.series("gpu_power"),
    average: device.series("gpu_power_average"),
    restarts,
  };
  return {
    ...present({ source, name: about?.name, uuid: about?.uuid, counted }),
    ...levels,
    ...present({
      memoryTotal: device.last("gpu_memory_total"),
      ...powerOf(device),
      powerLimit: device.last("gpu_power_limit"),
      throttle: throttle(device),
      energy: energyOf(energy, windows),
    }),
  };
}

/** Statistics of a few samples of power would look like a measurement. */
function powerOf(device: SourceReadings): Pick<GpuUsage, "power" | "powerSamples"> {
  const hasPower = (device.series("gpu_power") ?? device.series("gpu_power_average")) !== undefined;
  if (!hasPower) return {};
  const level = device.level("gpu_power") ?? device.level("gpu_power_average");
  const samples = level?.count ?? 0;
  const few = { absent: `only ${samples} samples; ${LEAST_SAMPLES} are needed` };
  return {
    power: level === undefined || samples < LEAST_SAMPLES ? few : level,
    powerSamples: samples,
  };
}

function throttle(device: SourceReadings): Throttle | undefined {
  const bits = device.series("gpu_throttle_reasons");
  const seen = bits && throttleOf(bits, device.windows);
  if (seen === undefined) return undefined;
  const counted = present({
    power: told(device.growth("gpu_throttle_power")),
    thermal: told(device.growth("gpu_throttle_thermal")),
    brake: told(device.growth("gpu_throttle_brake")),
  });
  return { ...seen, counted };
}
