/** Student's t distribution; `df` may be any positive number. */
import { betaKernel, incompleteBetaOf } from "./beta.ts";
import { normalQuantile } from "./normal.ts";

/** P(T ≤ t) = ½ I_{ν/(ν+t²)}(ν/2, ½) for t < 0 (Abramowitz and Stegun 26.7.1). */
export function tCdf(t: number, df: number): number {
  return t < 0 ? upperTail(-t, df) : 1 - upperTail(t, df);
}

/** P(T > t), accurate where it is small. */
export function tUpper(t: number, df: number): number {
  return t < 0 ? 1 - upperTail(-t, df) : upperTail(t, df);
}

/**
 * The t at which P(T ≤ t) = p, by Newton's method: on the tail itself near the middle, where it is
 * convex, and on log tail against log t further out, where it is concave; so both converge from any
 * start without a safeguard.
 *
 * @param p 0 to 1; gives −∞ and ∞ at the ends
 */
export function tQuantile(p: number, df: number): number {
  if (p < 0.5) return -quantileOfTail(p, df);
  return p === 0.5 ? 0 : quantileOfTail(1 - p, df);
}

function quantileOfTail(p: number, df: number): number {
  if (p <= 0) return Infinity;
  let t = p > 0.2 ? 0 : -normalQuantile(p);
  for (let step = 0; step < 100; step += 1) {
    const tail = upperTail(t, df);
    const density = tDensity(t, df);
    const next =
      p > 0.2
        ? t + (tail - p) / density
        : t * Math.exp((Math.log(tail / p) * tail) / (density * t));
    const moved = Math.abs(next - t);
    t = next;
    if (moved <= 1e-15 * t) break;
  }
  return t;
}

/** For t ≥ 0. Of x = ν/(ν+t²) and 1 − x both are given: either may be tiny. */
function upperTail(t: number, df: number): number {
  if (t === Infinity) return 0;
  const scale = df + t * t;
  return incompleteBetaOf(df / scale, (t * t) / scale, [df / 2, 0.5]) / 2;
}

/** Γ((ν+1)/2) / (√(νπ) Γ(ν/2)) · (1 + t²/ν)^(−(ν+1)/2), through the beta density of ν/(ν+t²). */
export function tDensity(t: number, df: number): number {
  if (t === 0) return tDensity(1e-8 * Math.sqrt(df), df);
  const scale = df + t * t;
  return betaKernel(df / scale, (t * t) / scale, [df / 2, 0.5]) / Math.abs(t);
}
