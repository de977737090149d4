/** Tests that may be looked at after every pair. Kept for comparison: with few pairs and a variance
 * that is itself estimated both exceed their level, hence the group-sequential t that gates. */

/** Mean difference of n pairs and the variance of one. */
export interface Observed {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

/**
 * Mixture likelihood ratio of "not 0" against "0", with a normal prior of standard deviation τ:
 * Λ = √(s²/(s²+nτ²)) exp[n²τ²d̄²/(2s²(s²+nτ²))]; reject at Λ ≥ 1/α. Source: Robbins (1970); Johari,
 * Koomen, Pekelis and Walsh (2017).
 */
export function mixtureRatio({ n, mean, variance }: Observed, tau: number): number {
  const spread = variance + n * tau * tau;
  const exponent = (n * tau * mean) ** 2 / (2 * variance * spread);
  return Math.sqrt(variance / spread) * Math.exp(exponent);
}

/**
 * Log likelihood ratio of "the margin" against "0": nM(2d̄−M)/(2s²); Wald's bounds at ±log((1−α)/α),
 * ±2.944 for 0.05.
 */
export function logLikelihoodRatio({ n, mean, variance }: Observed, margin: number): number {
  return (n * margin * (2 * mean - margin)) / (2 * variance);
}
