/**
 * The distribution of very many values: an HDR histogram with three significant digits, in
 * thousandths of the unit (µs for ms).
 */
import { build, type Histogram } from "hdr-histogram-js";

const SCALE = 1000;

export interface Coarse {
  /** Values below 0 count as 0: a histogram has no place for them. */
  add(value: number, times?: number): void;
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
  return {
    histogram,
    add: (value, times = 1) => {
      histogram.recordValueWithCount(Math.max(0, Math.round(value * SCALE)), times);
    },
    merge: (other) => {
      histogram.add(other.histogram);
    },
    percentile: (p) => histogram.getValueAtPercentile(p) / SCALE,
    countUpTo: (limit) => countUpTo(histogram, limit),
  };
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
