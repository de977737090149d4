/**
 * The distribution of very many values: an HDR histogram with three significant digits, in
 * thousandths of the unit (µs for ms).
 */
import { build, type Histogram } from "hdr-histogram-js";

const SCALE = 1000;

export interface Coarse {
  /** Values below 0 count as 0: a histogram has no place for them. */
  add(value: number, times?: number): void;
  /** Adds the first `length` values of a column. */
  addEach(values: Float64Array, length: number): void;
  merge(other: Coarse): void;
  /** Nearest rank, to three significant digits. */
  percentile(p: number): number;
  /** How many values are at or below `limit`, give or take a bucket. */
  countUpTo(limit: number): number;
  readonly histogram: Histogram;
}

export function createCoarse(): Coarse {
  const histogram = build({
    numberOfSignificantValueDigits: 3,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3_600_000 * SCALE,
    autoResize: true,
    bitBucketSize: 64,
  });
  const waiting = new Float64Array(WAITING);
  /** The library finds a bucket in 50 ns; counting in front of it takes 5. */
  let isWaiting = false;
  const whole = (): Histogram => {
    if (!isWaiting) return histogram;
    waiting.forEach((count, index) => {
      if (count > 0) histogram.recordValueWithCount(lowestOf(index), count);
    });
    waiting.fill(0);
    isWaiting = false;
    return histogram;
  };
  const add = (value: number, times = 1): void => {
    const scaled = Math.max(0, Math.round(value * SCALE));
    if (scaled > LARGEST_INT) histogram.recordValueWithCount(scaled, times);
    else {
      const index = indexOf(scaled);
      waiting[index] = (waiting[index] ?? 0) + times;
      isWaiting = true;
    }
  };
  return {
    get histogram() {
      return whole();
    },
    add,
    addEach: (values, length) => {
      for (let i = 0; i < length; i += 1) add(values[i] ?? NaN);
    },
    merge: (other) => {
      histogram.add(other.histogram);
    },
    percentile: (p) => whole().getValueAtPercentile(p) / SCALE,
    countUpTo: (limit) => countUpTo(whole(), limit),
  };
}

/**
 * The buckets of an HDR histogram with three significant digits: 2,048 of width 1, then for each
 * doubling 1,024 that are twice as wide (HdrHistogram, "Histogram structure"). All values of a
 * bucket are the same to the library.
 */
const HALF_BITS = 10;
const HALF = 1 << HALF_BITS;
const LARGEST_INT = 2 ** 31 - 1;
const WAITING = (32 - HALF_BITS) * HALF;

function indexOf(value: number): number {
  const doublings = Math.max(0, 31 - HALF_BITS - Math.clz32(value));
  return doublings * HALF + (value >>> doublings);
}

/** The smallest value of a bucket. */
function lowestOf(index: number): number {
  if (index < 2 * HALF) return index;
  const doublings = (index >>> HALF_BITS) - 1;
  return (index - doublings * HALF) * 2 ** doublings;
}

/** `getPercentileAtOrBelowValue` does not exist in the library; its inverse is monotone in p. */
function countUpTo(histogram: Histogram, limit: number): number {
  let low = 0;
  let high = 100;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (histogram.getValueAtPercentile(middle) <= limit * SCALE) low = middle;
    else high = middle;
  }
  return Math.round((low / 100) * histogram.totalCount);
}
