/**
 * Whether requests pile up: a server that cannot carry the rate shows it within seconds in the
 * number of requests in flight, long before their times do (GuideLLM's over-saturation rule looks
 * at the same slope). Waiting longer would only make the queue longer.
 */

export interface FlightReading {
  /** ms. */
  readonly at: number;
  readonly inFlight: number;
}

/** Of the arrivals, so much must be left undone to call it a growing queue. */
const UNDONE_SHARE = 0.1;
/** The slope must stand out of its own noise by so many standard errors. */
const T = 5;
/** And the queue must have grown by so many requests: a few more are an accident at low rates. */
const LEAST_GROWTH = 10;
/** And by so many times the root of those at work: a busy server's number goes up and down by that. */
const SWAY = 6;
/** Time and readings below which nothing is said. */
const LEAST_MS = 4000;
const LEAST_READINGS = 12;

/**
 * Least-squares slope of the requests in flight: saturated when it grows by more than a tenth of
 * what arrives.
 *
 * @param rate arrivals per second
 */
export function isSaturated(readings: readonly FlightReading[], rate: number): boolean {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined) return false;
  if (readings.length < LEAST_READINGS || last.at - first.at < LEAST_MS) return false;
  const { slope, error } = line(readings);
  // Neighbouring readings are alike: the error of independent ones is too small by about this.
  const growth = (slope * (last.at - first.at)) / 1000;
  const least = Math.max(LEAST_GROWTH, SWAY * Math.sqrt(fewest(readings)));
  return slope > UNDONE_SHARE * rate && slope > T * error && growth > least;
}

function fewest(readings: readonly FlightReading[]): number {
  return Math.min(...readings.map(({ inFlight }) => inFlight));
}

/** Per second. */
function line(readings: readonly FlightReading[]): { slope: number; error: number } {
  const n = readings.length;
  const mean = (of: (reading: FlightReading) => number): number =>
    readings.reduce((sum, reading) => sum + of(reading), 0) / n;
  const [x, y] = [mean(({ at }) => at / 1000), mean(({ inFlight }) => inFlight)];
  let [xx, xy] = [0, 0];
  for (const { at, inFlight } of readings) {
    xx += (at / 1000 - x) ** 2;
    xy += (at / 1000 - x) * (inFlight - y);
  }
  const slope = xy / xx;
  const rest = readings.reduce(
    (sum, { at, inFlight }) => sum + (inFlight - y - slope * (at / 1000 - x)) ** 2,
    0,
  );
  return { slope, error: Math.sqrt(rest / (n - 2) / xx) };
}
