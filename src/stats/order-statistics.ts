/** What ranks say of a quantile when the values are independent; feed effective numbers, not counts. */
import { incompleteBeta } from "./beta.ts";

/** P(X ≤ k) for X binomial of n and p: 1 − I_p(k+1, n−k). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : incompleteBeta(1 - p, n - k, k + 1);
}

export interface Ranks {
  /** Rank, from 1, of the value that bounds the quantile below; absent where none does. */
  readonly low?: number;
  readonly high?: number;
}

/**
 * Order statistics x₍l₎ and x₍u₎ that hold the p-quantile between them, with at most `alpha` beyond
 * each: the largest l with P(X ≤ l−1) ≤ α, the smallest u with P(X ≤ u−1) ≥ 1−α, X binomial (n, p).
 * Source: David and Nagaraja, Order Statistics (2003), 7.1.
 */
export function quantileRanks(n: number, p: number, alpha = 0.025): Ranks {
  const low = lastWhere(n, (rank) => binomialCdf(rank - 1, n, p) <= alpha);
  const short = lastWhere(n, (rank) => binomialCdf(rank - 1, n, p) < 1 - alpha);
  return { ...(low > 0 && { low }), ...(short < n && { high: short + 1 }) };
}

/** Fewest values whose largest is an upper bound of the p-quantile: 1 − pⁿ ≥ 1 − α. */
export function countForUpperBound(p: number, alpha = 0.05): number {
  return Math.ceil(Math.log(alpha) / Math.log(p) - 1e-12);
}

/**
 * MLPerf's early stopping: how many queries, with `over` of them above the limit, show at confidence
 * `confidence` that the share within the limit is at least p − d. The smallest h with
 * I_{p−d}(h, t+1) ≤ 1−c; n = h + t. Source: mlcommons/inference, loadgen/early_stopping.cc.
 */
export function mlperfQueries(
  over: number,
  p: number,
  { confidence = 0.99, tolerance = 0 }: { confidence?: number; tolerance?: number } = {},
): number {
  const enough = (h: number): boolean =>
    incompleteBeta(p - tolerance, h, over + 1) <= 1 - confidence;
  let high = 1;
  while (!enough(high)) high *= 2;
  let low = Math.floor(high / 2) + 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (enough(middle)) high = middle;
    else low = middle + 1;
  }
  return low + over;
}

/** The largest rank, 1 to n, for which `holds`; 0 when none. It holds for all smaller ones. */
function lastWhere(n: number, holds: (rank: number) => boolean): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
