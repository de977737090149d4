/** When `ab` looks at its pairs: looking more often would find differences that are not there. */
import { LOOKS } from "../../judge/compare/types.ts";

/** As many as there are looks: more pairs would need looks at another level. */
export const MOST_PAIRS = 12;

/** Planned looks with at most so many pairs; the last one is always at the end. */
export function looksFor(mostPairs: number): readonly number[] {
  return [...new Set([...LOOKS.filter((look) => look < mostPairs), mostPairs])];
}

/** Sides of a pair in the order they are measured: AB, BA, AB, ... so that drift cancels out. */
export function orderOf(pair: number): readonly ["a", "b"] | readonly ["b", "a"] {
  return pair % 2 === 0 ? ["a", "b"] : ["b", "a"];
}
