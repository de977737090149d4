/**
 * The t tests by which runs are compared. Each gives an estimate, its standard error and its degrees
 * of freedom; bounds and p-values follow from these three. On logarithms the estimate is the log of
 * a ratio.
 */
import { mean, squaresAround, variance } from "./moments.ts";
import { tQuantile, tUpper } from "./student-t.ts";

export interface TEstimate {
  /** The new side minus the old one. */
  readonly difference: number;
  /** Standard error of the difference; 0 where all values are the same. */
  readonly se: number;
  readonly df: number;
}

/** A variance that was estimated, and what it rests on. */
export interface Variance {
  readonly variance: number;
  readonly df: number;
}

/**
 * Welch (1947): se² = s₁²/n₁ + s₂²/n₂, ν = se⁴ / Σ (sᵢ²/nᵢ)²/(nᵢ−1) (Satterthwaite).
 *
 * @returns undefined below 2 values on either side
 */
export function welch(
  baseline: readonly number[],
  candidate: readonly number[],
): TEstimate | undefined {
  if (baseline.length < 2 || candidate.length < 2) return undefined;
  const parts = [baseline, candidate].map((side) => ({
    share: variance(side) / side.length,
    df: side.length - 1,
  }));
  const squared = parts.reduce((sum, { share }) => sum + share, 0);
  const below = parts.reduce((sum, { share, df }) => sum + share ** 2 / df, 0);
  return {
    difference: mean(candidate) - mean(baseline),
    se: Math.sqrt(squared),
    df: squared === 0 ? baseline.length + candidate.length - 2 : squared ** 2 / below,
  };
}

/**
 * Two groups of one variance: se² = s²(1/n₁ + 1/n₂) with the variance of both pooled, moderated by
 * a prior where there is one. With a single new value and no prior it is the prediction t:
 * t = (y − ȳ) / (s √(1 + 1/n)), ν = n − 1.
 *
 * @param prior variance known before, see `moderate`
 * @param least a variance that the pooled one is not allowed to fall below
 * @returns undefined where there is nothing to take a variance from
 */
export function pooledT(
  baseline: readonly number[],
  candidate: readonly number[],
  prior?: Variance,
  least = 0,
): TEstimate | undefined {
  const pooled = moderate(pooledVariance([baseline, candidate]), prior);
  if (pooled.df <= 0 || baseline.length === 0 || candidate.length === 0) return undefined;
  const s2 = Math.max(pooled.variance, least);
  return {
    difference: mean(candidate) - mean(baseline),
    se: Math.sqrt(s2 * (1 / baseline.length + 1 / candidate.length)),
    df: pooled.df,
  };
}

/**
 * One-sample t of the differences of pairs: d̄, s_d/√n, n − 1.
 *
 * @returns undefined below 2 pairs
 */
export function pairedT(differences: readonly number[]): TEstimate | undefined {
  if (differences.length < 2) return undefined;
  const n = differences.length;
  return {
    difference: mean(differences),
    se: Math.sqrt(variance(differences) / n),
    df: n - 1,
  };
}

/** Variance within several groups, with the degrees of freedom it has: 0 of neither without any. */
export function pooledVariance(groups: readonly (readonly number[])[]): Variance {
  const filled = groups.filter((group) => group.length > 0);
  const df = filled.reduce((sum, group) => sum + group.length - 1, 0);
  const squares = filled.reduce((sum, group) => sum + squaresAround(group), 0);
  return { variance: df === 0 ? 0 : squares / df, df };
}

/**
 * Moderated variance: s̃² = (d₀s₀² + νs²) / (d₀ + ν), with d₀ + ν degrees of freedom.
 * Source: Smyth, Linear models and empirical Bayes methods (2004), equation 4.
 */
export function moderate(own: Variance, prior?: Variance): Variance {
  if (prior === undefined) return own;
  const df = own.df + prior.df;
  if (df === 0) return own;
  return { variance: (own.df * own.variance + prior.df * prior.variance) / df, df };
}

/** Lower and upper one-sided bounds at level `alpha`; together a 1 − 2α interval. */
export function boundsOf(
  { difference, se, df }: TEstimate,
  alpha: number,
): { readonly low: number; readonly high: number } {
  const reach = se === 0 ? 0 : tQuantile(1 - alpha, df) * se;
  return { low: difference - reach, high: difference + reach };
}

/** One-sided p of "the difference is at most `limit`": small when it is larger. */
export function pAbove({ difference, se, df }: TEstimate, limit: number): number {
  if (se > 0) return tUpper((difference - limit) / se, df);
  return difference > limit ? 0 : 1;
}

/** One-sided p of "the difference is at least `limit`": small when it is smaller. */
export function pBelow({ difference, se, df }: TEstimate, limit: number): number {
  return pAbove({ difference: -difference, se, df }, -limit);
}
