/**
 * Every figure we take from NVML, and the ways to get it: the best first, the others for drivers
 * and devices that do not have it.
 */
import type { SeriesName } from "../../../core/telemetry.ts";
import { Counter } from "../counter.ts";
import { nvmlCodes } from "./nvml-codes.ts";
import type { DeviceAccess, Figure, Values, Way } from "./nvml-figure.ts";
import { nvmlFields, slowdownNumberings, type FieldValues } from "./nvml-fields.ts";
import { slowdownFigures } from "./nvml-slowdown.ts";
import type { NvmlFunctionName, NvmlParameter } from "./nvml-library.ts";

/** All fields that a device may be asked for, to find out which it has. */
export const candidateFields: readonly number[] = [
  ...Object.values(nvmlFields),
  ...slowdownNumberings.flatMap((first) => [first, first + 1, first + 2]),
];

const BYTES_UNKNOWN = 0xffff_ffff_ffff_ffffn;
const MW_PER_W = 1e3;

export function figuresOf(access: DeviceAccess): readonly Figure[] {
  return [
    ...powerFigures(access),
    ...slowdownFigures(access),
    utilizationFigure(access),
    ...clockFigures(access),
    throttleReasonsFigure(access),
    memoryFigure(access),
    ...temperatureFigures(access),
    powerLimitFigure(access),
    processesFigure(access),
  ];
}

function powerFigures(access: DeviceAccess): readonly Figure[] {
  const { fields } = access;
  const energy = new Counter(access.onRestart);
  const total = Buffer.alloc(8);
  const joules = (millijoules: bigint): number => energy.since(millijoules) / 1e3;
  return [
    {
      gives: ["gpu_power"],
      tier: "fast",
      ways: [
        fieldWay(fields, nvmlFields.powerInstant, "gpu_power", MW_PER_W),
        uintWay(access, "powerUsage", "gpu_power", MW_PER_W),
      ],
      fieldsOf: (way) => (way === 0 ? [nvmlFields.powerInstant] : []),
    },
    {
      gives: ["gpu_power_average"],
      tier: "fast",
      ways: [fieldWay(fields, nvmlFields.powerAverage, "gpu_power_average", MW_PER_W)],
      fieldsOf: () => [nvmlFields.powerAverage],
    },
    {
      gives: ["gpu_energy"],
      tier: "fast",
      ways: [
        (values) => {
          const code = fields.code(nvmlFields.energy);
          if (code === 0) values.gpu_energy = joules(fields.integer(nvmlFields.energy));
          return code;
        },
        (values) => {
          const code = call(access, "totalEnergy", access.handle, total);
          if (code === 0) values.gpu_energy = joules(total.readBigUInt64LE());
          return code;
        },
      ],
      fieldsOf: (way) => (way === 0 ? [nvmlFields.energy] : []),
    },
  ];
}

function utilizationFigure(access: DeviceAccess): Figure {
  const rates = Buffer.alloc(8);
  return {
    gives: ["gpu_utilization", "gpu_memory_busy"],
    tier: "fast",
    ways: [
      (values) => {
        const code = call(access, "utilization", access.handle, rates);
        if (code !== 0) return code;
        values.gpu_utilization = rates.readUInt32LE(0);
        values.gpu_memory_busy = rates.readUInt32LE(4) / 100;
        return code;
      },
    ],
  };
}

/** Of nvmlClockType_t: 1 SM, 2 memory. */
function clockFigures(access: DeviceAccess): readonly Figure[] {
  const figure = (type: number, series: SeriesName): Figure => {
    const mhz = Buffer.alloc(4);
    const way: Way = (values) => {
      const code = call(access, "clock", access.handle, type, mhz);
      if (code === 0) values[series] = mhz.readUInt32LE();
      return code;
    };
    return { gives: [series], tier: "fast", ways: [way] };
  };
  return [figure(1, "gpu_clock_sm"), figure(2, "gpu_clock_memory")];
}

function throttleReasonsFigure(access: DeviceAccess): Figure {
  const bits = Buffer.alloc(8);
  return {
    gives: ["gpu_throttle_reasons"],
    tier: "fast",
    ways: [
      (values) => {
        const code = call(access, "throttleReasons", access.handle, bits);
        if (code === 0) values.gpu_throttle_reasons = Number(bits.readBigUInt64LE());
        return code;
      },
    ],
  };
}

const MEMORY_V2 = 0x0200_0028;

/** nvmlMemory_v2_t tells the driver's own share apart; in the older structure `used` holds it. */
function memoryFigure(access: DeviceAccess): Figure {
  const v2 = Buffer.alloc(40);
  const v1 = Buffer.alloc(24);
  const put = (values: Values, total: number, used: number): void => {
    values.gpu_memory_total = total;
    values.gpu_memory_used = used;
    if (total > 0) values.gpu_memory_used_ratio = used / total;
  };
  return {
    gives: ["gpu_memory_total", "gpu_memory_used", "gpu_memory_used_ratio", "gpu_memory_reserved"],
    tier: "medium",
    ways: [
      (values) => {
        v2.writeUInt32LE(MEMORY_V2, 0);
        const code = call(access, "memoryV2", access.handle, v2);
        if (code !== 0) return code;
        const reserved = Number(v2.readBigUInt64LE(16));
        put(values, Number(v2.readBigUInt64LE(8)), Number(v2.readBigUInt64LE(32)) + reserved);
        values.gpu_memory_reserved = reserved;
        return code;
      },
      (values) => {
        const code = call(access, "memory", access.handle, v1);
        if (code !== 0) return code;
        put(values, Number(v1.readBigUInt64LE(0)), Number(v1.readBigUInt64LE(16)));
        return code;
      },
    ],
  };
}

const TEMPERATURE_V1 = 0x0100_000c;

function temperatureFigures(access: DeviceAccess): readonly Figure[] {
  const versioned = Buffer.alloc(12);
  const celsius = Buffer.alloc(4);
  const field = nvmlFields.memoryTemperature;
  return [
    {
      gives: ["gpu_temperature"],
      tier: "medium",
      ways: [
        (values) => {
          versioned.writeUInt32LE(TEMPERATURE_V1, 0);
          versioned.writeInt32LE(0, 4);
          const code = call(access, "temperatureV", access.handle, versioned);
          if (code === 0) values.gpu_temperature = versioned.readInt32LE(8);
          return code;
        },
        (values) => {
          const code = call(access, "temperature", access.handle, 0, celsius);
          if (code === 0) values.gpu_temperature = celsius.readUInt32LE();
          return code;
        },
      ],
    },
    {
      gives: ["gpu_memory_temperature"],
      tier: "fast", // comes with the other fields, at no call of its own
      ways: [fieldWay(access.fields, field, "gpu_memory_temperature", 1)],
      fieldsOf: () => [field],
    },
  ];
}

function powerLimitFigure(access: DeviceAccess): Figure {
  const way = uintWay(access, "powerLimit", "gpu_power_limit", MW_PER_W);
  return { gives: ["gpu_power_limit"], tier: "medium", ways: [way] };
}

/**
 * Memory of a process is unknown under Windows' own display driver model; which process is the
 * server's is unknown for a server elsewhere. Then there is a count, but nobody's memory.
 */
function processesFigure({ listProcesses }: DeviceAccess): Figure {
  return {
    gives: ["gpu_processes", "gpu_server_memory", "gpu_foreign_memory"],
    tier: "medium",
    ways: [
      (values) => {
        const { code, processes, isServers } = listProcesses();
        if (code !== 0) return code;
        values.gpu_processes = processes.length;
        if (isServers === undefined) return code;
        if (processes.some(({ bytes }) => bytes === BYTES_UNKNOWN)) return code;
        const sums = { servers: 0n, foreign: 0n };
        for (const { pid, bytes } of processes)
          sums[isServers(pid) ? "servers" : "foreign"] += bytes;
        values.gpu_server_memory = Number(sums.servers);
        values.gpu_foreign_memory = Number(sums.foreign);
        return code;
      },
    ],
  };
}

function call(
  { library }: DeviceAccess,
  name: NvmlFunctionName,
  ...parameters: readonly NvmlParameter[]
): number {
  return library.functions[name]?.(...parameters) ?? nvmlCodes.functionMissing;
}

function fieldWay(fields: FieldValues, field: number, series: SeriesName, per: number): Way {
  return (values) => {
    const code = fields.code(field);
    if (code === 0) values[series] = Number(fields.integer(field)) / per;
    return code;
  };
}

function uintWay(
  access: DeviceAccess,
  name: NvmlFunctionName,
  series: SeriesName,
  per: number,
): Way {
  const value = Buffer.alloc(4);
  return (values) => {
    const code = call(access, name, access.handle, value);
    if (code === 0) values[series] = value.readUInt32LE() / per;
    return code;
  };
}
