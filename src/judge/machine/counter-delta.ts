/**
 * How much a counter grew over windows of time. Readings never fall exactly on a window's edge: the
 * counter is interpolated to it, linearly between the reading before and the one after. A counter
 * that went back was restarted, and what it counted in between is not known.
 */
import { significant } from "../../core/units.ts";
import type { SampleSeries } from "../collect/samples.ts";
import type { Span } from "../collect/spans.ts";
import type { Told } from "./usage.ts";

export interface CounterDelta {
  /** Never negative. */
  readonly delta: number;
  /** Different values among the readings in the windows and those next to their edges. */
  readonly distinct: number;
  /** The longest stretch between two readings over which an edge was interpolated, ms. */
  readonly edgeGap: number;
}

/** A counter may be carried on beyond its first or last reading for so many usual intervals. */
const REACH = 1.5;

/** A little more than two reads that were forced at one edge lie apart. */
const LEAST_INTERVAL = 1;

/** @param restarts moments at which the source is known to have begun anew, ms */
export function counterDelta(
  { at, values }: Pick<SampleSeries, "at" | "values">,
  windows: readonly Span[],
  restarts: readonly number[] = [],
): Told<CounterDelta> {
  const curve: Curve = { times: at.view(), values: values.view() };
  if (curve.times.length < 2) return { absent: `read only ${counted(curve.times.length)}` };
  if (windows.length === 0) return { absent: "nothing was measured" };
  const reach = REACH * usualInterval(curve.times);
  const sum = { delta: 0, distinct: 0, edgeGap: 0 };
  for (const window of windows) {
    const part = deltaOf(curve, window, reach, restarts);
    if ("absent" in part) return part;
    sum.delta += part.delta;
    sum.distinct += part.distinct;
    sum.edgeGap = Math.max(sum.edgeGap, part.edgeGap);
  }
  return sum;
}

interface Curve {
  /** Ascending. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

function deltaOf(
  curve: Curve,
  { start, end }: Span,
  reach: number,
  restarts: readonly number[],
): Told<CounterDelta> {
  const { times, values } = curve;
  const [first = NaN, last = NaN] = [times[0], times.at(-1)];
  if (first - start > reach)
    return { absent: `first read ${seconds(first - start)} after the window began` };
  if (end - last > reach)
    return { absent: `not read in the last ${seconds(end - last)} of the window` };
  const from = segmentAt(times, start);
  const to = segmentAt(times, end);
  const fall = fallBetween(curve, from, to + 1);
  if (fall !== undefined) return { absent: fall };
  const began = restarts.find((moment) => moment > start && moment <= end);
  if (began !== undefined) return { absent: "what it counts was restarted meanwhile" };
  const delta = valueAt(curve, to, end) - valueAt(curve, from, start);
  return {
    delta: Math.max(0, delta),
    distinct: new Set(values.subarray(from, to + 2)).size,
    edgeGap: Math.max(lengthOf(times, from), lengthOf(times, to)),
  };
}

/** Index of the reading before `time`; that of the segment to be carried on outside of all. */
function segmentAt(times: Float64Array, time: number): number {
  let [low, high] = [0, times.length - 2];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((times[middle] ?? Infinity) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

function lengthOf(times: Float64Array, segment: number): number {
  return (times[segment + 1] ?? NaN) - (times[segment] ?? NaN);
}

function valueAt({ times, values }: Curve, segment: number, time: number): number {
  const length = lengthOf(times, segment);
  const before = values[segment] ?? NaN;
  if (length <= 0) return before;
  const grown = (values[segment + 1] ?? NaN) - before;
  return before + (grown * (time - (times[segment] ?? NaN))) / length;
}

/** Where a counter went back, in words; undefined when it did not. */
function fallBetween({ values }: Curve, from: number, to: number): string | undefined {
  for (let i = from; i < to; i += 1) {
    const [before = NaN, after = NaN] = [values[i], values[i + 1]];
    if (after < before)
      return `went back from ${figure(before)} to ${figure(after)}: what it counts was restarted`;
  }
  return undefined;
}

/** The median of the times between readings, ms: forced reads at the edges do not change it. */
export function usualInterval(times: Float64Array): number {
  const gaps = times.subarray(1).map((time, i) => time - (times[i] ?? NaN));
  const sorted = gaps.slice().sort();
  return Math.max(LEAST_INTERVAL, sorted[Math.floor(sorted.length / 2)] ?? LEAST_INTERVAL);
}

function counted(times: number): string {
  return times === 1 ? "once" : `${times} times`;
}

export function seconds(ms: number): string {
  return `${significant(ms / 1000, 3)} s`;
}

function figure(value: number): string {
  return significant(value, 6);
}
