/** Which cells cannot be told from the best one. */
import { tQuantile } from "../../stats/student-t.ts";

/**
 * One run of a cell says nothing of its noise. Taken for granted then: the standard deviation of a
 * run is 5 %, so two runs of the same differ by less than 1.645 · √2 · 5 % in 19 of 20 cases.
 */
const ASSUMED = Math.expm1(1.645 * Math.SQRT2 * 0.05);
/** Of all comparisons with the best together. */
const ALPHA = 0.05;

export interface AlikeMargin {
  /** Larger / smaller − 1, up to which two cells are not told apart. */
  readonly margin: number;
  readonly from: "repeats" | "assumed";
}

/**
 * With repeats: exp(t · s · √(2/n)) − 1, s the standard deviation of logarithms pooled over the
 * cells, n the fewest repeats, t one-sided at 5 % shared among the comparisons with the best
 * (Bonferroni). It is Hsu's comparison with the best (1981), conservative.
 *
 * @param samples of each cell that is compared, the objective of its runs
 */
export function alikeMargin(samples: readonly (readonly number[])[]): AlikeMargin {
  const logs = samples.map((values) => values.filter((value) => value > 0).map(Math.log));
  const least = Math.min(...logs.map(({ length }) => length));
  if (least < 2) return { margin: ASSUMED, from: "assumed" };
  const df = logs.reduce((sum, { length }) => sum + length - 1, 0);
  const squares = logs.reduce((sum, values) => sum + squaresOf(values), 0);
  const t = tQuantile(1 - ALPHA / Math.max(1, samples.length - 1), df);
  return {
    margin: Math.expm1(t * Math.sqrt(squares / df) * Math.sqrt(2 / least)),
    from: "repeats",
  };
}

function squaresOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

export function isAlike(a: number, b: number, { margin }: AlikeMargin): boolean {
  return Math.max(a, b) <= Math.min(a, b) * (1 + margin);
}
