/** Mean and variance of a few values. For streams of many, see distribution.ts. */

/** NaN without values. */
export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Sum of squared distances from the mean, in two passes. */
export function squaresAround(values: readonly number[]): number {
  const center = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - center) ** 2;
  return sum;
}

/** Sample variance (n − 1); NaN below 2 values. */
export function variance(values: readonly number[]): number {
  return values.length < 2 ? NaN : squaresAround(values) / (values.length - 1);
}
