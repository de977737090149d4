/**
 * How sure one run is of its own figures, from its windows. Requests of one moment are alike, so the
 * windows are the units: a share is a ratio of window sums (Cochran 1977, 6.4), neighbouring windows
 * that are alike still widen it (Newey and West 1987), and the spread of a quantile is that of the
 * share of values below it, carried over by the quantile function (Woodruff 1952).
 */
import { histogramQuantile, totalOf } from "./histogram-quantile.ts";
import { mergedHistogram, type Window, type WindowMetric, type Windows } from "./windows.ts";

export interface Spread {
  /** Standard error: of the logarithm for quantiles and throughput, of the value for shares. */
  readonly se: number;
  /** Number of independent values that would be as sure; at most their number. */
  readonly effective?: number;
}

/** Fewer windows than this say nothing of their spread. */
const LEAST_WINDOWS = 8;

/**
 * @param p 0 to 1
 * @returns undefined where the windows are too few, or all alike
 */
export function quantileSpread(
  windows: Windows,
  metric: WindowMetric,
  p: number,
): Spread | undefined {
  const merged = mergedHistogram([windows], metric);
  if (merged === undefined) return undefined;
  const parts = windows.windows.flatMap(({ histograms }) => histograms[metric] ?? []);
  const total = totalOf(merged);
  const belows = sharesBelow(parts, merged, p * total);
  const sizes = parts.map(totalOf);
  const seShare = ratioError(belows, sizes, p);
  if (seShare === undefined) return undefined;
  const rank = (share: number): number => Math.min(1 - 0.5 / total, Math.max(0.5 / total, share));
  const high = histogramQuantile(merged, rank(p + seShare));
  const low = histogramQuantile(merged, rank(p - seShare));
  if (high === undefined || low === undefined || low <= 0) return undefined;
  const effective = Math.min(total, (p * (1 - p)) / seShare ** 2);
  return { se: Math.log(high / low) / 2, effective };
}

/** Values of each window below the quantile; of its own bucket, the share that makes the sum fit. */
function sharesBelow(
  parts: readonly Uint32Array[],
  merged: Uint32Array,
  rank: number,
): readonly number[] {
  let bucket = 0;
  let below = 0;
  while (bucket < merged.length - 1 && below + (merged[bucket] ?? 0) < rank) {
    below += merged[bucket] ?? 0;
    bucket += 1;
  }
  const share = (rank - below) / Math.max(1, merged[bucket] ?? 0);
  return parts.map((part) => {
    let count = share * (part[bucket] ?? 0);
    for (let i = 0; i < bucket; i += 1) count += part[i] ?? 0;
    return count;
  });
}

/** Spread of a share of the requests: `failed` or `sloMet` over `ended`. */
export function shareSpread({ windows }: Windows, of: "failed" | "sloMet"): Spread | undefined {
  const ended = windows.map((window) => window.ended);
  const total = sum(ended);
  const had = windows.map((window) => window[of]);
  const share = sum(had) / total;
  const se = ratioError(had, ended, share);
  if (se === undefined) return undefined;
  return { se, effective: Math.min(total, (share * (1 - share)) / se ** 2) };
}

/** Spread of an amount per second, on the logarithm: `tokens`, `sloMet` or `ended` over time. */
export function paceSpread(
  { windows }: Windows,
  of: "tokens" | "sloMet" | "ended",
): Spread | undefined {
  const timed = windows.filter(({ ms }) => ms > 0);
  const amounts = timed.map((window: Window) => window[of]);
  const times = timed.map(({ ms }) => ms);
  const pace = sum(amounts) / sum(times);
  const se = ratioError(amounts, times, pace);
  return se === undefined ? undefined : { se: se / pace };
}

/** Standard error of sum(tops) / sum(bottoms), the windows in order of time. */
function ratioError(
  tops: readonly number[],
  bottoms: readonly number[],
  ratio: number,
): number | undefined {
  const count = tops.length;
  if (count < LEAST_WINDOWS) return undefined;
  const residuals = tops.map((top, i) => top - ratio * (bottoms[i] ?? 0));
  const own = dot(residuals, 0);
  // Newey and West (1994): so many neighbours, each weighted less than the one before.
  const lags = Math.floor(4 * (count / 100) ** (2 / 9));
  let shared = 0;
  for (let lag = 1; lag <= lags; lag += 1)
    shared += 2 * (1 - lag / (lags + 1)) * dot(residuals, lag);
  // Neighbours that happen to cancel out make nothing surer.
  const variance = (count / (count - 1)) * Math.max(own, own + shared);
  const se = Math.sqrt(variance) / sum(bottoms);
  return se > 0 && Number.isFinite(se) ? se : undefined;
}

function dot(values: readonly number[], lag: number): number {
  let result = 0;
  for (let i = lag; i < values.length; i += 1) result += (values[i] ?? 0) * (values[i - lag] ?? 0);
  return result;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
