/** The regularised incomplete beta function: the mother of the t, F and binomial distributions. */
import { awayFromZero, deviance, stirlingError } from "./gamma.ts";

const MOST_TERMS = 100_000;

/**
 * I_x(a, b) for a, b > 0 and 0 ≤ x ≤ 1: the share below x of a beta variable. Lentz's continued
 * fraction (Numerical Recipes 6.4; DLMF 8.17.22) on the side where it converges fast.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  return tail(x, 1 - x, [a, b]);
}

/** The same with 1 − x given too, for where x is so near 1 that the difference matters. */
export function incompleteBetaOf(
  x: number,
  oneMinusX: number,
  shape: readonly [number, number],
): number {
  return tail(x, oneMinusX, shape);
}

/** x^a (1−x)^b / B(a, b), by Loader's saddle point: exact to rounding also for large a and b. */
export function betaKernel(x: number, y: number, [a, b]: readonly [number, number]): number {
  const n = a + b;
  const exponent =
    stirlingError(n) -
    stirlingError(a) -
    stirlingError(b) -
    deviance(a, n * x) -
    deviance(b, n * y);
  return Math.exp(exponent) * Math.sqrt((a * b) / (2 * Math.PI * n));
}

/**
 * The x at which I_x(a, b) = p, by bisection: it has no bad cases, and nothing here calls it often.
 */
export function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 200 && high - low > 1e-16 * high; step += 1) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function tail(x: number, y: number, [a, b]: readonly [number, number]): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const below = x < (a + 1) / (a + b + 2);
  if (below) return (betaKernel(x, y, [a, b]) / a) * fraction(x, a, b);
  return 1 - (betaKernel(x, y, [a, b]) / b) * fraction(y, b, a);
}

function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let h = d;
  const advance = (numerator: number): number => {
    d = 1 / awayFromZero(1 + numerator * d);
    c = awayFromZero(1 + numerator / c);
    h *= d * c;
    return d * c;
  };
  for (let m = 1; m < MOST_TERMS; m += 1) {
    const even = a + 2 * m;
    advance((m * (b - m) * x) / ((even - 1) * even));
    const change = advance((-(a + m) * (a + b + m) * x) / (even * (even + 1)));
    if (Math.abs(change - 1) < 3e-16) break;
  }
  return h;
}
