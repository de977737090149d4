/** Resampling of values that are alike when they are near each other. For display, not for gates. */
import type { Random } from "../core/random.ts";
import { autocovariance } from "./autocorrelation.ts";
import { mean } from "./moments.ts";

/**
 * Indices of one resample by the stationary bootstrap (Politis and Romano 1994): a new random block
 * begins with probability 1/L, else the next value follows, round the end to the start.
 *
 * @param length mean length of a block, at least 1; 1 is the plain bootstrap
 */
export function stationaryIndices(n: number, length: number, random: Random): Uint32Array {
  const picked = new Uint32Array(n);
  let at = 0;
  for (let i = 0; i < n; i += 1) {
    at = i === 0 || random.next() < 1 / length ? random.integer(n) : (at + 1) % n;
    picked[i] = at;
  }
  return picked;
}

export interface Resampling {
  /** Mean length of a block; 1. */
  readonly length?: number;
  /** Number of resamples; 1,000. */
  readonly times?: number;
  readonly random: Random;
}

/**
 * The estimate on each resample. For windows, the items are their histograms and the estimate merges
 * them and reads a quantile: no request is needed, and the dependence inside windows is kept.
 */
export function bootstrap<Item>(
  items: readonly Item[],
  estimate: (resample: readonly Item[]) => number,
  { length = 1, times = 1000, random }: Resampling,
): Float64Array {
  const estimates = new Float64Array(times);
  for (let b = 0; b < times; b += 1) {
    const resample: Item[] = [];
    for (const index of stationaryIndices(items.length, length, random)) {
      const item = items[index];
      if (item !== undefined) resample.push(item);
    }
    estimates[b] = estimate(resample);
  }
  return estimates;
}

/**
 * The best mean block length: L = (2g²/D)^⅓ n^⅓, g = Σ λ|k|R_k, D = 2(Σ λR_k)², with a flat-top
 * window λ over twice the last lag that matters. Sources: Politis and White (2004), corrected by
 * Patton, Politis and White (2009); as in Python's arch.
 *
 * @returns between 1 and min(3√n, n/3)
 */
export function blockLength(values: readonly number[]): number {
  const n = values.length;
  const center = mean(values);
  const centered = values.map((value) => value - center);
  const most = Math.min(3 * Math.sqrt(n), n / 3);
  const variance = autocovariance(centered, 0);
  if (n < 9 || variance === 0) return 1;
  const reach = lastLagThatMatters(centered, variance);
  let g = 0;
  let spectrum = variance;
  for (let k = 1; k <= reach; k += 1) {
    const lambda = k / reach <= 0.5 ? 1 : 2 * (1 - k / reach);
    const weighted = 2 * lambda * autocovariance(centered, k);
    g += k * weighted;
    spectrum += weighted;
  }
  const best = Math.cbrt((2 * g * g) / (2 * spectrum * spectrum)) * Math.cbrt(n);
  return Math.max(1, Math.min(most, best));
}

/** Twice the first lag after which a run of autocorrelations is within ±2√(log₁₀ n / n). */
function lastLagThatMatters(centered: readonly number[], variance: number): number {
  const n = centered.length;
  const run = Math.max(5, Math.floor(Math.log10(n)));
  const most = Math.min(n - 1, Math.ceil(Math.sqrt(n)) + run);
  const critical = 2 * Math.sqrt(Math.log10(n) / n);
  let quiet = 0;
  for (let lag = 1; lag <= most; lag += 1) {
    const small = Math.abs(autocovariance(centered, lag) / variance) < critical;
    quiet = small ? quiet + 1 : 0;
    if (quiet === run) return Math.min(most, 2 * Math.max(1, lag - run));
  }
  return most;
}
