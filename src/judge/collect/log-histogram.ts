/**
 * A small histogram for pictures: values in ms within 0.8 %, a few ns to add one. The bucket is the
 * top of the value's 32-bit float: sign, exponent and 7 bits of mantissa, which grow together with
 * the value (IEEE 754).
 */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Buckets below 2^-10 ms are one. */
const LOWEST = bucketOf(2 ** -10);
const BUCKETS = bucketOf(2 ** 25) - LOWEST + 1;

function bucketOf(value: number): number {
  float[0] = value;
  return (bits[0] ?? 0) >>> 16;
}

export class LogHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #max = 0;

  get max(): number {
    return this.#max;
  }

  /** @param value ms, from 0 */
  add(value: number, times: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.max(0, bucketOf(Math.max(0, value)) - LOWEST));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + times;
    this.#count += times;
    this.#max = Math.max(this.#max, value);
  }

  /** Adds the rows `from` up to `to` (exclusive) of two columns: values, and how often each. */
  addEach(
    values: Float64Array,
    times: Float64Array,
    { from, to }: { readonly from: number; readonly to: number },
  ): void {
    for (let i = from; i < to; i += 1) this.add(values[i] ?? NaN, times[i] ?? 0);
  }

  merge(other: LogHistogram): void {
    for (const [i, count] of other.#counts.entries())
      this.#counts[i] = (this.#counts[i] ?? 0) + count;
    this.#count += other.#count;
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Nearest rank, within 0.8 %; undefined without values. */
  percentile(p: number): number | undefined {
    const rank = Math.max(1, Math.ceil((p / 100) * this.#count));
    let seen = 0;
    for (const [i, count] of this.#counts.entries()) {
      seen += count;
      if (count > 0 && seen >= rank) return i === 0 ? 0 : Math.min(this.#max, middleOf(i));
    }
    return undefined;
  }
}

function middleOf(bucket: number): number {
  bits[0] = ((bucket + LOWEST) << 16) | 0x8000;
  return float[0] ?? 0;
}
