/** The noncentral t distribution: what t tests do when there is something to find. */
import { betaKernel, incompleteBetaOf } from "./beta.ts";
import { logGamma } from "./gamma.ts";
import { normalCdf } from "./normal.ts";

const MOST_TERMS = 10_000;

/**
 * P(T ≤ t) with `df` degrees of freedom and noncentrality δ. With x = t²/(ν+t²), for t ≥ 0:
 * Φ(−δ) + ½ Σⱼ [pⱼ I_x(j+½, ν/2) + qⱼ I_x(j+1, ν/2)], pⱼ = e^(−δ²/2) (δ²/2)ʲ / j!,
 * qⱼ = δ/√2 · e^(−δ²/2) (δ²/2)ʲ / Γ(j+3/2). Source: Lenth, AS 243 (1989). Fails for |δ| > 37,
 * where e^(−δ²/2) is no number any more; then the normal approximation is used.
 */
export function noncentralTCdf(t: number, df: number, delta: number): number {
  if (t < 0) return 1 - noncentralTCdf(-t, df, -delta);
  if (Math.abs(delta) > 37) return normalApproximation(t, df, delta);
  const sum = t === 0 ? 0 : poissonMixture(t, df, delta);
  return Math.min(1, Math.max(0, normalCdf(-delta) + sum / 2));
}

/** Abramowitz and Stegun 26.7.10. */
function normalApproximation(t: number, df: number, delta: number): number {
  return normalCdf((t * (1 - 1 / (4 * df)) - delta) / Math.sqrt(1 + (t * t) / (2 * df)));
}

/** I_x(a+1, b) = I_x(a, b) − x^a (1−x)^b / (a B(a, b)): no term needs its own integral. */
function poissonMixture(t: number, df: number, delta: number): number {
  const scale = df + t * t;
  const [x, y, b, half] = [(t * t) / scale, df / scale, df / 2, (delta * delta) / 2];
  let odd = incompleteBetaOf(x, y, [0.5, b]);
  let even = incompleteBetaOf(x, y, [1, b]);
  let oddStep = betaKernel(x, y, [0.5, b]) / 0.5;
  let evenStep = betaKernel(x, y, [1, b]);
  let p = Math.exp(-half);
  let q = (delta / Math.SQRT2) * Math.exp(-half - logGamma(1.5));
  let sum = 0;
  let left = 1;
  for (let j = 0; j < MOST_TERMS && left > 1e-14; j += 1) {
    sum += p * odd + q * even;
    left -= p;
    odd -= oddStep;
    even -= evenStep;
    oddStep *= (x * (j + 0.5 + b)) / (j + 1.5);
    evenStep *= (x * (j + 1 + b)) / (j + 2);
    p *= half / (j + 1);
    q *= half / (j + 1.5);
  }
  return sum;
}
