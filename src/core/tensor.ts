/** A named array of numbers or texts, as inference servers take and give them. */

/** Datatypes of KServe's protocol v2 -> bytes of one element; texts have their own length each. */
export const elementBytes = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP32: 4,
  FP64: 8,
  BYTES: undefined,
} as const;

export type Datatype = keyof typeof elementBytes;

/**
 * Never changed after it was made: what is written of it once, as JSON or in binary, is used for
 * every request that carries it.
 */
export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** Elements in row-major order. */
  readonly data: readonly (number | string | boolean)[] | ArrayLike<number>;
}
