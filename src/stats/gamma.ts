/** The gamma function's logarithm, and the regularised incomplete gamma functions. */

const LOG_SQRT_2PI = 0.9189385332046727;
const TOLERANCE = 1e-16;
const MOST_TERMS = 100_000;

/**
 * log Γ(x) for x > 0. Stirling's series from 15 up; below, Γ(x) = Γ(x+k) / (x(x+1)…(x+k−1)).
 * Source: Abramowitz and Stegun 6.1.41 and 6.1.16.
 */
export function logGamma(x: number): number {
  let shifted = x;
  let product = 1;
  while (shifted < 15) {
    product *= shifted;
    shifted += 1;
  }
  const stirling = (shifted - 0.5) * Math.log(shifted) - shifted + LOG_SQRT_2PI;
  return stirling + stirlingTail(shifted) - Math.log(product);
}

/**
 * What Stirling's formula lacks: log Γ(n+1) − [(n + ½) log n − n + ½ log 2π], n > 0.
 * Source: C. Loader, Fast and accurate computation of binomial probabilities (2000).
 */
export function stirlingError(n: number): number {
  if (n >= 15) return stirlingTail(n);
  return logGamma(n + 1) - (n + 0.5) * Math.log(n) + n - LOG_SQRT_2PI;
}

/** 1/(12x) − 1/(360x³) + …: below 1e-17 off at 15. */
function stirlingTail(x: number): number {
  const z = 1 / (x * x);
  const series =
    1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188 - (z * 691) / 360360))));
  return series / x;
}

/**
 * x log(x/m) + m − x, without the cancellation when x is near m: Loader's "deviance part".
 *
 * @param x above 0
 * @param m above 0
 */
export function deviance(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x;
  const v = (x - m) / (x + m);
  let sum = (x - m) * v;
  let term = 2 * x * v;
  for (let j = 1; j < 1000; j += 1) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return next;
    sum = next;
  }
  return sum;
}

/** P(a, x) = γ(a, x) / Γ(a): the share below x of a gamma variable of shape a > 0; x ≥ 0. */
export function gammaP(a: number, x: number): number {
  if (x <= 0) return 0;
  return x < a + 1 ? lowerSeries(a, x) : 1 - upperFraction(a, x);
}

/** Q(a, x) = 1 − P(a, x), accurate where it is small. */
export function gammaQ(a: number, x: number): number {
  if (x <= 0) return 1;
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x);
}

/** x^a e^(−x) / Γ(a+1), by Loader's saddle point: exact to rounding also for large a. */
function poissonTerm(a: number, x: number): number {
  return Math.exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt(2 * Math.PI * a);
}

/** Abramowitz and Stegun 6.5.29. */
function lowerSeries(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; n < MOST_TERMS && term > sum * TOLERANCE; n += 1) {
    term *= x / (a + n);
    sum += term;
  }
  return poissonTerm(a, x) * sum;
}

/** Legendre's continued fraction (6.5.31) by Lentz's method, as in Numerical Recipes 6.2. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < MOST_TERMS; i += 1) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / awayFromZero(an * d + b);
    c = awayFromZero(b + an / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < TOLERANCE * 4) break;
  }
  return poissonTerm(a, x) * a * h;
}

/** Lentz's method must not divide by 0. */
export function awayFromZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value;
}
