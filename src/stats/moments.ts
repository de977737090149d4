/**
 * Mean, median and variance of a few values, as simple-statistics has them; without enough values they are
 * NaN, where the library throws. For streams of many, see distribution.ts.
 */
import {
  mean as meanOf,
  median as medianOf,
  sampleVariance,
  sumNthPowerDeviations,
} from "simple-statistics";

/** NaN without values. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? NaN : meanOf(values);
}

/** NaN without values. */
export function median(values: readonly number[]): number {
  return values.length === 0 ? NaN : medianOf(values);
}

/** Sum of squared distances from the mean; 0 without values. */
export function squaresAround(values: readonly number[]): number {
  return values.length === 0 ? 0 : sumNthPowerDeviations(values, 2);
}

/** Sample variance (n − 1); NaN below 2 values. */
export function variance(values: readonly number[]): number {
  return values.length < 2 ? NaN : sampleVariance(values);
}
