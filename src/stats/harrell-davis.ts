/**
 * The Harrell-Davis quantile (1982): a mean of all order statistics, weighted by how likely each is
 * the quantile: Q_p = Σ [I_{i/n}(a, b) − I_{(i−1)/n}(a, b)] x₍ᵢ₎ with a = p(n+1), b = (1−p)(n+1).
 * Smoother than a single order statistic; for values that are few.
 *
 * @param sorted ascending
 * @param p between 0 and 1, both excluded
 * @returns undefined without values
 */
import { incompleteBeta } from "./beta.ts";

export function harrellDavis(sorted: ArrayLike<number>, p: number): number | undefined {
  const n = sorted.length;
  if (n === 0) return undefined;
  const [a, b] = [p * (n + 1), (1 - p) * (n + 1)];
  let below = 0;
  let sum = 0;
  for (let i = 1; i <= n; i += 1) {
    const upTo = incompleteBeta(i / n, a, b);
    sum += (upTo - below) * (sorted[i - 1] ?? NaN);
    below = upTo;
  }
  return sum;
}

/**
 * The shift function (Doksum 1974): how much each quantile moved, fresh − base. Intervals need
 * several runs on each side; see the bootstrap.
 */
export function shiftFunction(
  base: ArrayLike<number>,
  fresh: ArrayLike<number>,
  ps: readonly number[],
): { readonly p: number; readonly shift: number }[] {
  return ps.flatMap((p) => {
    const [old, now] = [harrellDavis(base, p), harrellDavis(fresh, p)];
    return old === undefined || now === undefined ? [] : [{ p, shift: now - old }];
  });
}
