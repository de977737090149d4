/** Two groups by the order of their values, as rival rules compare them. */
import { normalCdf } from "../../src/stats/normal.ts";

/** Above so many values in both groups together the normal approximation is used. */
const EXACT_UP_TO = 50;

export interface RankTest {
  /** Pairs in which the value of `base` is the larger; ties count half. */
  readonly u: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * Mann and Whitney (1947). Exact up to 50 values, ties included: the distribution of the rank sum
 * over all ways to deal the values, counted by dynamic programming. Above, the normal approximation
 * with corrections for ties and continuity.
 */
export function mannWhitney(base: readonly number[], fresh: readonly number[]): RankTest {
  const doubled = doubledRanks([...base, ...fresh]);
  const sum = doubled.slice(0, base.length).reduce((total, rank) => total + rank, 0);
  const u = sum / 2 - (base.length * (base.length + 1)) / 2;
  const exact = doubled.length <= EXACT_UP_TO;
  const p = exact ? exactP(doubled, base.length, sum) : approximateP(doubled, base.length, u);
  return { u, p };
}

/** Twice the ranks, ties sharing their mean: whole numbers. */
function doubledRanks(values: readonly number[]): number[] {
  const request = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  for (let start = 0; start < request.length;) {
    let end = start + 1;
    while (end < request.length && values[request[end] ?? 0] === values[request[start] ?? 0])
      end += 1;
    for (const index of request.slice(start, end)) ranks[index] = start + 1 + end;
    start = end;
  }
  return ranks;
}

/** Both tails, at least as far from the middle as what was found. */
function exactP(doubled: readonly number[], n: number, found: number): number {
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  const ways = waysToSum(doubled, n);
  const middle = (total * n) / doubled.length;
  let [extreme, all] = [0, 0];
  ways.forEach((count, sum) => {
    all += count;
    if (Math.abs(sum - middle) >= Math.abs(found - middle) - 1e-9) extreme += count;
  });
  return Math.min(1, extreme / all);
}

/** In how many ways n of these numbers make each sum. */
function waysToSum(numbers: readonly number[], n: number): Float64Array {
  const most = [...numbers].sort((a, b) => b - a).slice(0, n);
  const width = most.reduce((sum, one) => sum + one, 0) + 1;
  const ways = Array.from({ length: n + 1 }, () => new Float64Array(width));
  (ways[0] ?? new Float64Array(1))[0] = 1;
  for (const number of numbers) {
    for (let k = n; k >= 1; k -= 1) addShifted(ways[k], ways[k - 1], number);
  }
  return ways[n] ?? new Float64Array(0);
}

function addShifted(to?: Float64Array, from?: Float64Array, shift = 0): void {
  if (to === undefined || from === undefined) return;
  for (let sum = to.length - 1; sum >= shift; sum -= 1) {
    to[sum] = (to[sum] ?? 0) + (from[sum - shift] ?? 0);
  }
}

/** Lehmann, Nonparametrics (1975), 1.4. */
function approximateP(doubled: readonly number[], n: number, u: number): number {
  const all = doubled.length;
  const m = all - n;
  const sizes = new Map<number, number>();
  for (const rank of doubled) sizes.set(rank, (sizes.get(rank) ?? 0) + 1);
  const ties = [...sizes.values()].reduce((sum, t) => sum + t ** 3 - t, 0);
  const variance = ((n * m) / 12) * (all + 1 - ties / (all * (all - 1)));
  if (variance === 0) return 1;
  const distance = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5);
  return Math.min(1, 2 * normalCdf(-distance / Math.sqrt(variance)));
}
