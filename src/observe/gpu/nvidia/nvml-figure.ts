/** What a figure taken from NVML is made of. */
import type { SeriesName } from "../../../core/telemetry.ts";
import type { Tier } from "../../source.ts";
import type { FieldValues } from "./nvml-fields.ts";
import type { NvmlLibrary } from "./nvml-library.ts";
import type { ListProcesses } from "./nvml-processes.ts";

export type Values = Partial<Record<SeriesName, number>>;

/** Reads into `values`; returns NVML's code, and leaves `values` alone unless that is 0. */
export type Way = (values: Values) => number;

export interface Figure {
  readonly gives: readonly SeriesName[];
  readonly tier: Tier;
  readonly ways: readonly Way[];
  /** Field ids that the way of this index needs at every read. */
  readonly fieldsOf?: (way: number) => readonly number[];
}

/** What the figures of one device are read with. */
export interface DeviceAccess {
  readonly library: NvmlLibrary;
  readonly handle: bigint;
  readonly fields: FieldValues;
  readonly listProcesses: ListProcesses;
  /** A counter of the device has begun anew. */
  readonly onRestart: () => void;
}
