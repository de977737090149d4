/** Percentiles of sorted values, and the level that lasts. */
import { quantileSorted } from "simple-statistics";

/**
 * The p-th percentile by linear interpolation between the two nearest ranks: rank (p/100)·(n−1),
 * counted from 0. This is k6's convention (metrics/sink.go, TrendSink.P), NumPy's default, and
 * type 7 of Hyndman and Fan (1996).
 *
 * @param sorted ascending
 * @param p 0 to 100
 * @returns undefined when there are no values
 */
export function percentile(sorted: Float64Array, p: number): number | undefined {
  if (sorted.length === 0 || !(p >= 0 && p <= 100)) return undefined;
  // The library reads values by index alone, so that no copy of millions is made for its types.
  return quantileSorted(sorted as unknown as number[], p / 100);
}

/**
 * The largest value that at least `share` of the values, and at least `atLeast` of them, reach: what
 * was sustained, as against a single spike. For many values it is the (1−share) quantile; for few
 * ones a plain quantile would be the maximum.
 *
 * @param sorted ascending
 * @returns undefined below `atLeast` values
 */
export function sustainedLevel(
  sorted: Float64Array,
  share: number,
  atLeast: number,
): number | undefined {
  const reaching = Math.max(atLeast, Math.ceil(share * sorted.length));
  return reaching > sorted.length ? undefined : sorted[sorted.length - reaching];
}

/** How many of the values are at or below `limit`. */
export function countUpTo(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
