/**
 * Whether requests pile up: a server that cannot carry the rate shows it within seconds in the
 * number of requests in flight, long before their times do (GuideLLM's over-saturation rule looks
 * at the same slope). Waiting longer would only make the queue longer.
 */
import { slopeOfLine } from "../../stats/line.ts";

export interface FlightReading {
  /** ms. */
  readonly at: number;
  readonly inFlight: number;
}

/** Of the arrivals, so much must be left undone to call it a growing queue. */
const UNDONE_SHARE = 0.1;
/**
 * And the queue must have grown by so many standard deviations of what chance alone does to it. It is
 * looked at again and again, so they must be many.
 */
const DEVIATIONS = 3.5;
/** And by so many requests: a few more are an accident at low rates. */
const LEAST_GROWTH = 10;
/** Time and readings below which nothing is said. */
const LEAST_MS = 4000;
const LEAST_READINGS = 12;

/**
 * Least-squares slope of the requests in flight: saturated when it grows by more than a tenth of
 * what arrives, and by more than chance. A server that just keeps up is a random walk: Poisson
 * arrivals and departures change the number in flight by √(2 · rate · time), and the least-squares
 * slope of a Brownian motion of variance v per second has the variance 6/5 · v / time.
 *
 * @param rate arrivals per second
 */
export function isSaturated(readings: readonly FlightReading[], rate: number): boolean {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined) return false;
  if (readings.length < LEAST_READINGS || last.at - first.at < LEAST_MS) return false;
  const seconds = (last.at - first.at) / 1000;
  const slope = slopeOfLine(readings.map(({ at, inFlight }) => [at / 1000, inFlight]));
  const chance = Math.sqrt((6 / 5) * 2 * rate * seconds);
  const least = Math.max(LEAST_GROWTH, DEVIATIONS * chance);
  return slope > UNDONE_SHARE * rate && slope * seconds > least;
}
