/** How long the clocks of a device were held back, by reason: counters in ns. */
import type { SeriesName } from "../../../core/telemetry.ts";
import { Counter } from "../counter.ts";
import { nvmlCodes } from "./nvml-codes.ts";
import { nvmlFields, slowdownNumberings, type FieldValues } from "./nvml-fields.ts";
import type { DeviceAccess, Figure, Way } from "./nvml-figure.ts";

const NS_PER_S = 1e9;

/** Time held back, by reason. Software and hardware heat are added: each has its own counter. */
export function slowdownFigures(access: DeviceAccess): readonly Figure[] {
  const { fields } = access;
  const { heldByPower, heldByHeat } = nvmlFields;
  const numberings = slowdownNumberings.map((first) => ({
    first,
    isThisDrivers: numberingCheck(fields, first),
  }));
  const thermal = numberings.map(({ first, isThisDrivers }): Way => {
    const counter = new Counter(access.onRestart);
    return (values) => {
      if (!isThisDrivers()) return nvmlCodes.unsupported;
      const code = fields.code(first) || fields.code(first + 1);
      if (code !== 0) return code;
      const ns = fields.integer(first) + fields.integer(first + 1);
      values.gpu_throttle_thermal = counter.since(ns) / NS_PER_S;
      return code;
    };
  });
  const brake = numberings.map(({ first, isThisDrivers }): Way => {
    const read = counterWay(access, first + 2, "gpu_throttle_brake");
    return (values) => (isThisDrivers() ? read(values) : nvmlCodes.unsupported);
  });
  const firstOf = (way: number): number | undefined => numberings[way]?.first;
  return [
    {
      gives: ["gpu_throttle_power"],
      tier: "fast",
      ways: [counterWay(access, heldByPower, "gpu_throttle_power")],
      fieldsOf: () => [heldByPower],
    },
    {
      gives: ["gpu_throttle_thermal"],
      tier: "fast",
      ways: [...thermal, counterWay(access, heldByHeat, "gpu_throttle_thermal")],
      fieldsOf: (way) => {
        const first = firstOf(way);
        return first === undefined ? [heldByHeat] : [first, first + 1];
      },
    },
    {
      gives: ["gpu_throttle_brake"],
      tier: "fast",
      ways: brake,
      fieldsOf: (way) => [(firstOf(way) ?? 0) + 2],
    },
  ];
}

/** Looks once, at the first reading, in which all candidate fields are: later ones have fewer. */
function numberingCheck(fields: FieldValues, first: number): () => boolean {
  let known: boolean | undefined;
  return () => {
    known ??=
      [nvmlFields.heldByHeat, first, first + 1, first + 2].every((id) => fields.code(id) === 0) &&
      fields.integer(first) === fields.integer(nvmlFields.heldByHeat);
    return known;
  };
}

/** A field that counts ns. */
function counterWay({ fields, onRestart }: DeviceAccess, field: number, series: SeriesName): Way {
  const counter = new Counter(onRestart);
  return (values) => {
    const code = fields.code(field);
    if (code === 0) values[series] = counter.since(fields.integer(field)) / NS_PER_S;
    return code;
  };
}
