/**
 * When a level became steady. It begins with an empty server, perhaps a cold one (caches, clocks,
 * compiled kernels), and until that is over its requests say nothing about a server that has carried
 * the load for long. How long it takes is the server's: each level is asked, and the next is warmed
 * up for as long.
 */
import { mean, squaresAround } from "../../stats/moments.ts";
import { percentile } from "../../stats/percentile.ts";
import type { Span } from "../collect/spans.ts";

/** What is less than this share of the mean is no difference. */
const SAME = 0.02;

/**
 * The truncation of MSER (White 1997, "An effective truncation heuristic for bias reduction in
 * simulation output", Simulation 69:323): what is cut off is so long that the standard error of the
 * mean of the rest, Σ(y−ȳ)²/(n−d)², is least. Never more than half, beyond which that error is a
 * matter of chance (Hoad, Robinson and Davies 2010, J. Simulation 4:240). Every value has a little
 * variance of its own: else a hair's breadth would be cut off a series without noise.
 *
 * @param series means of equal stretches, in order: the larger, the worse
 * @returns share of them to be cut off, 0 to 0.5
 */
export function truncation(series: readonly number[]): number {
  const n = series.length;
  const most = Math.floor(n / 2);
  const least = (SAME * mean(series.slice(most))) ** 2;
  let [sum, squares, smallest, best] = [0, 0, Infinity, 0];
  for (let d = n - 1; d >= 0; d -= 1) {
    const value = series[d] ?? 0;
    sum += value;
    squares += value * value;
    const count = n - d;
    const error = (squares - (sum * sum) / count + count * least) / (count * count);
    if (d <= most && error <= smallest) [smallest, best] = [error, d];
  }
  return isWorse(series.slice(0, best), series.slice(best)) ? best / n : 0;
}

/** By so many standard deviations of the rest's stretches. */
const DEVIATIONS = 2;

/**
 * Waves make stretches of a steady level differ from each other, and a beginning that is better than
 * the rest belongs to a queue that grows, which no warm-up ends.
 */
function isWorse(first: readonly number[], rest: readonly number[]): boolean {
  if (first.length === 0) return false;
  const deviation = Math.sqrt(squaresAround(rest) / rest.length);
  return mean(first) - mean(rest) > DEVIATIONS * deviation;
}

/** Of the whole level, warm-up included: long enough to smooth, short enough to tell a second. */
const STRETCHES = 20;

/**
 * After how long a level was as good as it stayed, ms from its start, warm-up included; at most half
 * of it.
 *
 * @param stays from the start of each request to its end
 * @param by what shows it: the number in flight in an open loop; in a closed one, where that is always
 *   the same, how many end
 */
export function settlingOf(
  stays: readonly Span[],
  { start, end }: Span,
  by: "rate" | "concurrency",
): number {
  const step = (end - start) / STRETCHES;
  const series = new Array<number>(STRETCHES).fill(0);
  for (const stay of stays)
    for (let i = 0; i < STRETCHES; i += 1) {
      const from = start + i * step;
      const shown =
        by === "rate"
          ? Math.max(0, Math.min(stay.end, from + step) - Math.max(stay.start, from)) / step
          : -Number(stay.end >= from && stay.end < from + step);
      series[i] = (series[i] ?? 0) + shown;
    }
  return truncation(series) * (end - start);
}

/** What levels took was told to a twentieth of a level. */
const SETTLING_FACTOR = 1.25;

/**
 * How long to warm up for, ms, after these levels; 0 where none has told yet. A level that a wave of
 * requests made look unsteady is outvoted, as long as such levels are few.
 */
export function warmupFor(levels: readonly { readonly settled?: number }[]): number {
  const told = levels.flatMap(({ settled }) => settled ?? []);
  return SETTLING_FACTOR * (percentile(Float64Array.from(told).sort(), 50) ?? 0);
}

/**
 * How much the counts of a level say, 0 to 1, whose warm-up turned out to be too short: those of the
 * first levels, in most cases. In proportion: a colder server is further from what it will be.
 *
 * @param needed ms, by `warmupFor`
 */
export function trustAfter(warmup: number, needed: number): number {
  return needed > warmup ? warmup / needed : 1;
}
