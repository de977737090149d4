/** How long a level is measured: enough requests, and near the edge what is left of the time. */

export interface LevelNeed {
  readonly by: "rate" | "concurrency";
  readonly load: number;
  /** ms, as asked for. */
  readonly levelTime: number;
  /** Mean time of a request at the level before, ms; 0 where it is not known. */
  readonly duration: number;
  /** What it took the levels before to become steady, ms (`warmupFor`). */
  readonly settling: number;
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
/** Mean request times until those that began with an empty server have left, and so many more. */
const GENERATIONS = 3;
/** Half of what a level may last. */
const MOST_WARMUP_FACTOR = LONGEST_FACTOR / 2;

/** ms; warm-up is not measured. */
export function levelTimes(need: LevelNeed): {
  readonly warmup: number;
  readonly length: number;
} {
  const { by, load, levelTime, left } = need;
  const warmup = warmupOf(need);
  // A closed loop makes as many requests as it can; an open one as many as it is told.
  const enough = by === "rate" ? (ENOUGH_REQUESTS / load) * 1000 : levelTime;
  const share = left === undefined ? 0 : left.time / Math.max(1, left.levels) - warmup;
  const wish = Math.max(levelTime, enough, share);
  return { warmup, length: Math.round(Math.min(LONGEST_FACTOR * levelTime, wish)) };
}

function warmupOf({ levelTime, duration, settling }: LevelNeed): number {
  const wish = Math.max(GENERATIONS * duration, settling);
  return Math.round(Math.max(LEAST_WARMUP, Math.min(MOST_WARMUP_FACTOR * levelTime, wish)));
}
