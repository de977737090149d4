/**
 * Many of a device's figures in one call: nvmlDeviceGetFieldValues with a buffer of our own.
 *
 * Layout of nvmlFieldValue_t, 40 bytes: field id at 0, scope at 4, time stamp (µs) at 8, latency at
 * 16, type of the value at 24, return code at 28, value at 32.
 */
import { nvmlCodes } from "./nvml-codes.ts";
import type { NvmlFunction } from "./nvml-library.ts";

/** Field ids of nvml.h. */
export const nvmlFields = {
  heldByPower: 74,
  heldByHeat: 75,
  memoryTemperature: 82,
  energy: 83,
  powerAverage: 185,
  powerInstant: 186,
} as const;

/**
 * Ids of the counters of software heat, hardware heat and power brake, in this order. The header of
 * API 13 numbers them from 269; drivers that answer `nvidia-smi` of release 580 still number them
 * from 251, and have settings of power smoothing where the new header has the counters. Nothing
 * tells which it is, but that the first of them is the same counter as `heldByHeat`.
 */
export const slowdownNumberings = [269, 251] as const;

const SIZE = 40;
const GPU_SCOPE = 0;

/** Of nvmlValueType_t. */
const types = { double: 0, uint: 1, ulong: 2, ull: 3, sll: 4, int: 5, ushort: 6 } as const;

/** The fields of one device, read together. */
export class FieldValues {
  readonly #read: NvmlFunction | undefined;
  readonly #device: bigint;
  #places = new Map<number, number>();
  #buffer = Buffer.alloc(0);
  #code: number = nvmlCodes.functionMissing;

  constructor(read: NvmlFunction | undefined, device: bigint, fields: readonly number[]) {
    this.#read = read;
    this.#device = device;
    this.choose(fields);
  }

  /** From now on reads these and no others. */
  choose(fields: readonly number[]): void {
    this.#buffer = Buffer.alloc(SIZE * fields.length);
    this.#places = new Map(fields.map((field, index) => [field, index * SIZE]));
    for (const [field, place] of this.#places) {
      this.#buffer.writeUInt32LE(field, place);
      this.#buffer.writeUInt32LE(GPU_SCOPE, place + 4);
    }
  }

  /** Reads all fields now; `code` and `value` then tell of this reading. */
  refresh(): void {
    if (this.#read === undefined || this.#places.size === 0) return;
    this.#code = this.#read(this.#device, this.#places.size, this.#buffer);
  }

  /** Return code of a field in the last reading; that of the whole call where it failed. */
  code(field: number): number {
    if (this.#code !== nvmlCodes.ok) return this.#code;
    const place = this.#places.get(field);
    return place === undefined ? nvmlCodes.unsupported : this.#buffer.readInt32LE(place + 28);
  }

  /** Value of a whole-number field in the last reading. Only after `code` was 0. */
  integer(field: number): bigint {
    const place = this.#places.get(field) ?? 0;
    const at = place + 32;
    switch (this.#buffer.readUInt32LE(place + 24)) {
      case types.double:
        return BigInt(Math.round(this.#buffer.readDoubleLE(at)));
      case types.uint:
        return BigInt(this.#buffer.readUInt32LE(at));
      case types.int:
        return BigInt(this.#buffer.readInt32LE(at));
      case types.ushort:
        return BigInt(this.#buffer.readUInt16LE(at));
      case types.sll:
        return this.#buffer.readBigInt64LE(at);
      default:
        return this.#buffer.readBigUInt64LE(at);
    }
  }
}
