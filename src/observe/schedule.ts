/**
 * When a source is due: a grid of its own for each tier, the phase edges, and whenever somebody
 * asks. Pure: it is told the time.
 */
import type { Tier } from "./source.ts";

/** No source is read less often than this because it costs much, ms. */
const LONGEST_INTERVAL = 60_000;

interface Grid {
  readonly tier: Tier;
  interval: number;
  next: number;
}

export interface Due {
  readonly tiers: readonly Tier[];
  /** Ticks that have passed without a read. */
  readonly missed: number;
  /** A phase edge has come, or somebody asks. */
  readonly atEdge: boolean;
}

export class Schedule {
  readonly #grids: Grid[];
  /** Moments at which everything is read, in order. */
  #edges: number[] = [];

  /** @param intervals ms between readings; the first ones are due at `start` */
  constructor(tiers: readonly Tier[], intervals: Readonly<Record<Tier, number>>, start: number) {
    this.#grids = tiers.map((tier) => ({ tier, interval: intervals[tier], next: start }));
  }

  /** Everything is to be read at these moments too; those that have passed are due at once. */
  addEdges(moments: readonly number[]): void {
    this.#edges = [...this.#edges, ...moments].sort((a, b) => a - b);
  }

  /** The next moment at which something is due; Infinity for a source without tiers. */
  next(): number {
    const ticks = this.#grids.map(({ next }) => next);
    return Math.min(this.#edges[0] ?? Infinity, ...ticks);
  }

  /** What to read now. Whatever was due until now is then done with. */
  take(now: number): Due {
    const atEdge = this.#edges.some((edge) => edge <= now);
    this.#edges = this.#edges.filter((edge) => edge > now);
    let missed = 0;
    const due = this.#grids.filter((grid) => {
      const ticks = passed(grid, now);
      missed += Math.max(0, ticks - 1);
      return ticks > 0 || atEdge;
    });
    return { tiers: due.map(({ tier }) => tier), missed, atEdge };
  }

  intervalOf(tier: Tier): number {
    return this.#grids.find((grid) => grid.tier === tier)?.interval ?? Infinity;
  }

  /** Doubles the interval of a tier. Returns the new one, ms; undefined when it is long enough. */
  stretch(tier: Tier): number | undefined {
    const grid = this.#grids.find((one) => one.tier === tier);
    if (grid === undefined || grid.interval * 2 > LONGEST_INTERVAL) return undefined;
    grid.next += grid.interval;
    grid.interval *= 2;
    return grid.interval;
  }
}

/** Ticks until now, which are then done with: the grid keeps its place. */
function passed(grid: Grid, now: number): number {
  if (grid.next > now) return 0;
  const ticks = Math.floor((now - grid.next) / grid.interval) + 1;
  grid.next += ticks * grid.interval;
  return ticks;
}
