/**
 * How fast a server's memory grows. Theil–Sen rather than least squares: memory grows in steps, and
 * one late allocation at an end would tilt a least-squares line and narrow its interval around the
 * wrong slope. Readings follow each other too closely to be independent, so means of equal
 * stretches are used, at most 60 of them.
 */
import { theilSen } from "../../stats/theil-sen.ts";
import type { SampleSeries } from "../collect/samples.ts";
import { contains, lengthOf, type Span } from "../collect/spans.ts";
import { seconds } from "./counter-delta.ts";
import type { RssSlope, Told } from "./usage.ts";

/** Below this what a server allocates for its first requests passes for a leak, ms. */
export const LEAST_SOAK = 60_000;
const STRETCHES = 60;
/** Fewer stretches than this have no usable interval. */
const LEAST_STRETCHES = 12;

/** Bytes a second, over the measured windows. */
export function rssSlope(series: SampleSeries, windows: readonly Span[]): Told<RssSlope> {
  const length = lengthOf(windows);
  if (length < LEAST_SOAK)
    return { absent: `${seconds(length)} are too short: a slope needs ${seconds(LEAST_SOAK)}` };
  const { xs, ys } = meansOf(series, windows);
  if (xs.length < LEAST_STRETCHES)
    return { absent: `memory was read in ${xs.length} of ${STRETCHES} stretches` };
  return theilSen(xs, ys) ?? { absent: "memory was read too rarely" };
}

/** Time in s, memory in bytes. */
function meansOf(
  { at, values }: SampleSeries,
  windows: readonly Span[],
): { readonly xs: number[]; readonly ys: number[] } {
  const start = windows[0]?.start ?? 0;
  const step = ((windows.at(-1)?.end ?? start) - start) / STRETCHES;
  const sums = Array.from({ length: STRETCHES }, () => ({ time: 0, value: 0, count: 0 }));
  const times = at.view();
  for (const [i, value] of values.view().entries()) {
    const time = times[i] ?? NaN;
    const sum = contains(windows, time) ? sums[Math.floor((time - start) / step)] : undefined;
    if (sum === undefined) continue;
    sum.time += time;
    sum.value += value;
    sum.count += 1;
  }
  const filled = sums.filter(({ count }) => count > 0);
  return {
    xs: filled.map(({ time, count }) => time / count / 1000),
    ys: filled.map(({ value, count }) => value / count),
  };
}
