/** How long a level is measured: enough requests, and near the edge what is left of the time. */

export interface LevelNeed {
  readonly by: "rate" | "concurrency";
  readonly load: number;
  /** ms, as asked for. */
  readonly levelTime: number;
  /** Mean time of a request at the level before, ms; 0 where it is not known. */
  readonly duration: number;
  /**
   * Of the whole search, once one load held and another did not: what remains, ms and levels. Then
   * levels are near the edge, where more requests say more.
   */
  readonly left?: { readonly time: number; readonly levels: number };
}

/** Fewer requests than this say little about a share of 99 %. */
const ENOUGH_REQUESTS = 300;
const LONGEST_FACTOR = 3;
const LEAST_WARMUP = 2000;
const MOST_WARMUP = 15_000;

/** ms; warm-up is not measured. */
export function levelTimes({ by, load, levelTime, duration, left }: LevelNeed): {
  readonly warmup: number;
  readonly length: number;
} {
  // Until the first requests have left, the server is emptier than it will be.
  const warmup = Math.round(Math.min(MOST_WARMUP, Math.max(LEAST_WARMUP, 3 * duration)));
  // A closed loop makes as many requests as it can; an open one as many as it is told.
  const enough = by === "rate" ? (ENOUGH_REQUESTS / load) * 1000 : levelTime;
  const share = left === undefined ? 0 : left.time / Math.max(1, left.levels) - warmup;
  const wish = Math.max(levelTime, enough, share);
  return { warmup, length: Math.round(Math.min(LONGEST_FACTOR * levelTime, wish)) };
}
