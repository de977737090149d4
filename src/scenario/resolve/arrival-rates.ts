/** How k6 writes rates: whole numbers per time unit; and how many VUs a rate needs. */
import { usageError } from "../../core/errors.ts";

/** Time units to express a rate in, seconds; the longest resolves 0.001 per second. */
const UNITS = [1, 10, 60, 100, 1000] as const;

export interface WrittenRates {
  readonly rates: readonly number[];
  /** k6's spelling: `10s`. */
  readonly timeUnit: string;
}

/**
 * Rates per second as whole numbers of the shortest common time unit that holds them all.
 *
 * @throws usage error for a rate that is not above 0
 */
export function writeRates(perSecond: readonly number[]): WrittenRates {
  const wrong = perSecond.find((rate) => !(rate > 0 && Number.isFinite(rate)));
  if (wrong !== undefined) {
    throw usageError(`${wrong} is not a rate`, "Give iterations per second, above 0.");
  }
  const whole = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-6;
  const unit = UNITS.find((seconds) => perSecond.every((rate) => whole(rate * seconds))) ?? 1000;
  return {
    rates: perSecond.map((rate) => Math.max(1, Math.round(rate * unit))),
    timeUnit: `${unit}s`,
  };
}

/** VUs are cheap, and connections are not capped below them; more than this no client carries. */
const MOST_VUS = 10_000;
const FEWEST_VUS = 100;
const MINUTE = 60_000;

/**
 * VUs for an open loop: a whole minute of the highest rate may be in flight (at least 100, at most
 * 10,000). A dropped iteration is then a finding about the server, not about a default.
 *
 * @param highest iterations per second
 */
export function vusForRate(highest: number): number {
  return Math.min(MOST_VUS, Math.max(FEWEST_VUS, Math.ceil(highest * 60)));
}

/**
 * The same for a trace: as many VUs as its busiest minute has arrivals.
 *
 * @param starts ascending, ms
 */
export function vusForStarts(starts: readonly number[]): number {
  let [first, most] = [0, 0];
  for (const [at, start] of starts.entries()) {
    while (start - (starts[first] ?? start) > MINUTE) first += 1;
    most = Math.max(most, at - first + 1);
  }
  return Math.min(MOST_VUS, Math.max(FEWEST_VUS, most));
}
