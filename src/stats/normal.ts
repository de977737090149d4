/** The standard normal distribution. */
import { gammaQ } from "./gamma.ts";

/** P(Z ≤ z) = ½ Q(½, z²/2) for z < 0 (Abramowitz and Stegun 26.4.19): accurate in both tails. */
export function normalCdf(z: number): number {
  const smaller = gammaQ(0.5, (z * z) / 2) / 2;
  return z < 0 ? smaller : 1 - smaller;
}

export function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * The z at which P(Z ≤ z) = p: Abramowitz and Stegun 26.2.23, made exact by Halley's method.
 *
 * @param p 0 to 1; gives −∞ and ∞ at the ends
 */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p <= 0) return -Infinity;
  const t = Math.sqrt(-2 * Math.log(p));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  let z = above / below - t;
  for (let step = 0; step < 4; step += 1) {
    const error = (normalCdf(z) - p) / normalDensity(z);
    z -= error / (1 + (z * error) / 2);
  }
  return z;
}
