/** Which cells cannot be told from the best one. */
import { tQuantile } from "../../stats/student-t.ts";

/**
 * One run of a cell says nothing of its noise: on quiet machines runs of the same differ by up to so
 * much (docs/statistics.md), so nothing closer is called better.
 */
const ASSUMED = 0.05;
/** Of all comparisons with the best together. */
const ALPHA = 0.05;

export interface AlikeMargin {
  /** Relative difference. */
  readonly margin: number;
  readonly from: "repeats" | "assumed";
}

/**
 * With repeats: t · s · √(2/n), s the relative standard deviation pooled over the cells, n the
 * repeats, t one-sided at 5 % shared among the comparisons with the best (Bonferroni): the least
 * significant difference, as in Hsu's multiple comparisons with the best (1981), conservative.
 *
 * @param samples of each cell that is compared, the objective of its runs
 */
export function alikeMargin(samples: readonly (readonly number[])[]): AlikeMargin {
  const repeated = samples.filter(({ length }) => length > 1);
  const df = repeated.reduce((sum, { length }) => sum + length - 1, 0);
  const least = Math.min(...repeated.map(({ length }) => length));
  if (df === 0 || repeated.length < samples.length) return { margin: ASSUMED, from: "assumed" };
  const squares = repeated.reduce((sum, values) => sum + relativeSquares(values), 0);
  const t = tQuantile(1 - ALPHA / Math.max(1, samples.length - 1), df);
  return { margin: t * Math.sqrt(squares / df) * Math.sqrt(2 / least), from: "repeats" };
}

function relativeSquares(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value / mean - 1) ** 2, 0);
}
