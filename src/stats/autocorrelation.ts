/** Values that follow each other are alike: how much. */
import { mean } from "./moments.ts";

/**
 * Autocovariance at a lag, divided by n, so that the estimates of all lags belong together.
 *
 * @param centered values minus their mean
 */
function autocovariance(centered: ArrayLike<number>, lag: number): number {
  let sum = 0;
  for (let i = lag; i < centered.length; i += 1) {
    sum += (centered[i] ?? NaN) * (centered[i - lag] ?? NaN);
  }
  return sum / centered.length;
}

/** Autocorrelation at lag 1; 0 where the values are all the same or fewer than 3. */
export function lagOne(values: readonly number[]): number {
  if (values.length < 3) return 0;
  const center = mean(values);
  const centered = values.map((value) => value - center);
  const whole = autocovariance(centered, 0);
  return whole === 0 ? 0 : autocovariance(centered, 1) / whole;
}
