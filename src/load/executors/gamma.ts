/** Gamma-distributed variates, for bursty arrivals. */
import type { Random } from "../../core/random.ts";

/**
 * A gamma variate of this shape (above 0) and scale 1: mean and variance are `shape`.
 *
 * Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000); below
 * shape 1 their boost, gamma(shape + 1) · U^(1/shape).
 */
export function gammaVariate(random: Random, shape: number): number {
  if (shape < 1) {
    const boost = (1 - random.next()) ** (1 / shape);
    return gammaVariate(random, shape + 1) * boost;
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.next();
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
