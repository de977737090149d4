/** How fast a counter grows between readings. */

/**
 * Below this window nothing is said, ms: the kernel counts CPU time in ticks of 10 ms, so over a
 * shorter one a share would be made of its rounding.
 */
const SHORTEST_WINDOW = 200;

/**
 * Takes a counter's value at a time (ms) and gives its growth since the value before, divided by
 * that of `per` (the time itself unless another counter is given). Undefined at first, over too
 * short a window (which then goes on growing), and where a counter went backwards.
 */
export function growth(): (at: number, count: number, per?: number) => number | undefined {
  let before: { readonly at: number; readonly count: number; readonly per: number } | undefined;
  return (at, count, per = at) => {
    if (before !== undefined && at - before.at < SHORTEST_WINDOW) return undefined;
    const share = before && ratio(count - before.count, per - before.per);
    before = { at, count, per };
    return share;
  };
}

/** Four decimals are finer than anything that is measured here. */
function ratio(part: number, whole: number): number | undefined {
  if (!(whole > 0) || part < 0) return undefined;
  return Math.round((part / whole) * 1e4) / 1e4;
}
