/**
 * The slope of a line through noisy points, robust against up to 29 % of outliers: the median of
 * the slopes between all pairs (Theil 1950), with the distribution-free interval of Sen (1968,
 * "Estimates of the regression coefficient based on Kendall's tau", JASA 63:1379).
 */
import { percentile } from "./percentile.ts";

export interface Slope {
  /** Units of y per unit of x. */
  readonly value: number;
  /** The ends of its interval. */
  readonly low: number;
  readonly high: number;
  readonly points: number;
}

/** Standard normal quantile of 97.5 %: intervals hold 95 %. */
const Z = 1.959964;

/** Below this number of points the normal approximation of Kendall's statistic is poor. */
export const LEAST_POINTS = 10;

/**
 * Undefined below 10 points. Takes n²/2 steps: hand in some hundred points at most, means of
 * stretches where there are more.
 *
 * @param xs ascending
 */
export function theilSen(xs: readonly number[], ys: readonly number[]): Slope | undefined {
  const n = xs.length;
  if (n < LEAST_POINTS) return undefined;
  const slopes = pairSlopes(xs, ys);
  if (slopes.length === 0) return undefined;
  const value = percentile(slopes, 50);
  // Kendall's S has the variance n(n-1)(2n+5)/18; its quantiles say how many ranks to go out.
  const reach = Z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const low = slopes[Math.max(0, Math.floor((slopes.length - reach) / 2))];
  const high = slopes[Math.min(slopes.length - 1, Math.ceil((slopes.length + reach) / 2))];
  return value === undefined || low === undefined || high === undefined
    ? undefined
    : { value, low, high, points: n };
}

/** Ascending. */
function pairSlopes(xs: readonly number[], ys: readonly number[]): Float64Array {
  const slopes: number[] = [];
  for (let i = 0; i < xs.length; i += 1)
    for (let j = i + 1; j < xs.length; j += 1) {
      const run = (xs[j] ?? NaN) - (xs[i] ?? NaN);
      if (run > 0) slopes.push(((ys[j] ?? NaN) - (ys[i] ?? NaN)) / run);
    }
  return Float64Array.from(slopes).sort();
}
