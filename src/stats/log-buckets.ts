/**
 * Logarithmic buckets of values in ms: the top of the value's 32-bit float, sign, exponent and 7 bits
 * of mantissa, which grow together with the value (IEEE 754). A value read back lies within 0.8 % of
 * the one put in. Wide buckets, as files keep them, are two of them in one.
 */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
const DROPPED_BITS = 16;

/** Values below 2^-10 ms are one bucket; the last one ends at 2^25 ms. */
const LOWEST = topBits(2 ** -10);
export const BUCKETS = topBits(2 ** 25) - LOWEST + 1;
export const WIDE_BUCKETS = wideOf(BUCKETS - 1) + 1;

function topBits(value: number): number {
  float[0] = value;
  return (bits[0] ?? 0) >>> DROPPED_BITS;
}

/** @param value ms; below 0 counts as 0 */
export function bucketOf(value: number): number {
  return Math.min(BUCKETS - 1, Math.max(0, topBits(Math.max(0, value)) - LOWEST));
}

/** The wide bucket that a bucket is half of. */
export function wideOf(bucket: number): number {
  return bucket >> 1;
}

/** In the middle of a bucket, ms. */
export function middleOf(bucket: number): number {
  return valueAt(((bucket + LOWEST) << DROPPED_BITS) | (1 << (DROPPED_BITS - 1)));
}

/** Lower edge of a wide bucket, ms; the first begins at 0. */
export function wideEdge(wide: number): number {
  return wide <= 0 ? 0 : valueAt((2 * wide + LOWEST) << DROPPED_BITS);
}

function valueAt(pattern: number): number {
  bits[0] = pattern;
  return float[0] ?? 0;
}
