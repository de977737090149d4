/**
 * Energy of a device over windows of time, by its counter and by integrating its power. Source of
 * the formulas and limits: telemetry 4.1 and 7 of the shared reference (the counter steps every
 * 100 ms or so; sensors see a quarter of the time and are good to about 5 %).
 */
import type { SampleSeries } from "../collect/samples.ts";
import { lengthOf, type Span } from "../collect/spans.ts";
import { present } from "../../core/present.ts";
import { counterDelta, seconds, usualInterval } from "./counter-delta.ts";
import { told, type Energy, type Measurement, type Told } from "./usage.ts";

/** Below this a window says nothing about energy, ms and samples. */
export const LEAST_LENGTH = 5000;
export const LEAST_SAMPLES = 10;
/** Counter and integral that differ by more than this contradict each other. */
export const DISAGREEMENT = 0.05;
/** Error of the sensor itself, relative. */
const SENSOR_ERROR = 0.05;
/** How often a sensor is refreshed at best, s. */
const REFRESH = 0.1;
/** Longest gap between samples of power over which one may integrate, in usual intervals. */
const LONGEST_GAP = 3;
/** An average over the second before describes the middle of that second, ms. */
const AVERAGE_LAG = 500;

export interface EnergySeries {
  /** J, cumulated. */
  readonly counter?: SampleSeries | undefined;
  /** W, instantaneous or averaged over a short time. */
  readonly power?: SampleSeries | undefined;
  /** W, averaged over the second before; used where there is no `power`. */
  readonly average?: SampleSeries | undefined;
  readonly restarts?: readonly number[];
}

/** Undefined when the device gives neither energy nor power. */
export function energyOf(series: EnergySeries, windows: readonly Span[]): Told<Energy> | undefined {
  const { counter, power, average } = series;
  if ((counter ?? power ?? average) === undefined) return undefined;
  const length = lengthOf(windows);
  if (length < LEAST_LENGTH)
    return { absent: `${seconds(length)} are too short: energy needs ${seconds(LEAST_LENGTH)}` };
  return bestOf(
    byCounter(counter, windows, series.restarts),
    byPower(power ?? average, windows, power === undefined ? AVERAGE_LAG : 0),
    length,
  );
}

/** The counter before the integral: it misses nothing between samples. @param length ms */
function bestOf(counted: Told<Found>, integrated: Told<Found>, length: number): Told<Energy> {
  const [first, second] = [told(counted), told(integrated)];
  const best = first ?? second;
  if (best === undefined) return { absent: whyNot(counted, integrated) };
  const watts = (best.joules / length) * 1000;
  return {
    joules: best.joules,
    watts,
    by: first === undefined ? "power" : "counter",
    error: energyError(best, watts),
    counter: publicPart(counted),
    integrated: publicPart(integrated),
    ...present({ disagreement: disagreementOf(first?.joules, second?.joules) }),
  };
}

interface Found extends Measurement {
  /** The longest stretch over which something was assumed rather than read, s. */
  readonly stretch: number;
}

function byCounter(
  counter: SampleSeries | undefined,
  windows: readonly Span[],
  restarts: readonly number[] | undefined,
): Told<Found> {
  if (counter === undefined) return { absent: "the device has no energy counter" };
  const found = counterDelta(counter, windows, restarts);
  if ("absent" in found) return found;
  const { delta, distinct, edgeGap } = found;
  const few = tooFew(distinct);
  return few ?? { joules: delta, samples: distinct, stretch: edgeGap / 1000 };
}

function byPower(
  power: SampleSeries | undefined,
  windows: readonly Span[],
  lag: number,
): Told<Found> {
  if (power === undefined) return { absent: "the device does not tell its power" };
  const found = integrate(power, windows, lag);
  return "absent" in found ? found : (tooFew(found.samples) ?? found);
}

function tooFew(samples: number): { readonly absent: string } | undefined {
  if (samples >= LEAST_SAMPLES) return undefined;
  return { absent: `only ${samples} distinct samples; ${LEAST_SAMPLES} are needed` };
}

/** Trapezoids between samples, cut at the windows' edges. @param lag subtracted from times, ms */
function integrate(power: SampleSeries, windows: readonly Span[], lag: number): Told<Found> {
  const times = power.at.view().map((time) => time - lag);
  const watts = power.values.view();
  const limit = LONGEST_GAP * usualInterval(times);
  const sum = { joules: 0, samples: 0, stretch: 0 };
  for (const window of windows) {
    const gap = addWindow(sum, { times, watts }, window);
    if (gap > limit) {
      const places = `${seconds(gap)} without a sample of power`;
      return { absent: `${places}: more than ${LONGEST_GAP} usual intervals` };
    }
    sum.stretch = Math.max(sum.stretch, gap / 1000);
  }
  return sum;
}

interface PowerCurve {
  readonly times: Float64Array;
  readonly watts: Float64Array;
}

/** Adds the energy of a window; returns the longest gap that it rests on, ms. */
function addWindow(
  sum: { joules: number; samples: number },
  curve: PowerCurve,
  { start, end }: Span,
): number {
  const { times, watts } = curve;
  let longest = 0;
  for (let i = 0; i + 1 < times.length; i += 1) {
    const [from = NaN, to = NaN] = [times[i], times[i + 1]];
    const [a, b] = [Math.max(from, start), Math.min(to, end)];
    if (from >= start && from < end) sum.samples += 1;
    if (b <= a) continue;
    longest = Math.max(longest, to - from);
    const [low = NaN, high = NaN] = [watts[i], watts[i + 1]];
    const middle = low + ((high - low) * ((a + b) / 2 - from)) / (to - from);
    sum.joules += (middle * (b - a)) / 1000;
  }
  return Math.max(longest, addEnds(sum, curve, { start, end }));
}

/** Before the first and after the last sample power is taken as it was there. */
function addEnds(
  sum: { joules: number; samples: number },
  curve: PowerCurve,
  window: Span,
): number {
  const { times, watts } = curve;
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return Infinity;
  const before = Math.max(0, Math.min(first, window.end) - window.start);
  const after = Math.max(0, window.end - Math.max(last, window.start));
  if (last >= window.start && last < window.end) sum.samples += 1;
  sum.joules += (before * (watts[0] ?? NaN) + after * (watts.at(-1) ?? NaN)) / 1000;
  return Math.max(before, after);
}

/**
 * Relative error of an energy, ±: √(0.05² + (h·P·√2/E)²). The first part is the sensor's, the second
 * the two edges', each known to h: 0.1 s where samples are as dense as the sensor, and the longest
 * stretch between two samples where they are not.
 */
export function energyError({ joules, stretch }: Omit<Found, "samples">, watts: number): number {
  const edge = joules === 0 ? 0 : (Math.max(REFRESH, stretch) * watts * Math.SQRT2) / joules;
  return Math.hypot(SENSOR_ERROR, edge);
}

function disagreementOf(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  const larger = Math.max(a, b);
  return larger === 0 ? 0 : Math.abs(a - b) / larger;
}

function publicPart(found: Told<Found>): Told<Measurement> {
  return "absent" in found ? found : { joules: found.joules, samples: found.samples };
}

function whyNot(counted: Told<unknown>, integrated: Told<unknown>): string {
  const reasons = [counted, integrated].flatMap((one) =>
    typeof one === "object" && one !== null && "absent" in one ? [String(one.absent)] : [],
  );
  return [...new Set(reasons)].join("; ");
}
