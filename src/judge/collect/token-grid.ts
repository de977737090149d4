/**
 * Output tokens and the gaps between them, over time: too many to keep one by one. The grid's
 * interval doubles whenever the run outgrows it.
 */
import { LogHistogram } from "./log-histogram.ts";
import type { RequestView } from "./request-view.ts";

const FIRST_INTERVAL = 250;
export const MOST_INTERVALS = 240;

interface Cell {
  tokens: number;
  gaps: LogHistogram | undefined;
}

export class TokenGrid {
  readonly start: number;
  #interval = FIRST_INTERVAL;
  #cells: Cell[] = [];

  constructor(start: number) {
    this.start = start;
  }

  get intervalMs(): number {
    return this.#interval;
  }

  /** Tokens of any request count; gaps only of successful ones, as in `itl`. */
  add(view: RequestView): void {
    const { at, tokens, length, single } = view.arrivals;
    this.#eachStretch(at, length, (cell, from, to) => {
      if (single) cell.tokens += to - from;
      else for (let i = from; i < to; i += 1) cell.tokens += tokens[i] ?? 0;
    });
    if (!view.record.outcome.ok) return;
    const { gaps } = view;
    this.#eachStretch(gaps.at, gaps.length, (cell, from, to) => {
      cell.gaps ??= new LogHistogram();
      cell.gaps.addEach(gaps, { from, to });
    });
  }

  /** Neighbours mostly lie in the same cell: it is looked up once for all of them. */
  #eachStretch(
    at: Float64Array,
    length: number,
    visit: (cell: Cell, from: number, to: number) => void,
  ): void {
    let from = 0;
    while (from < length) {
      const cell = this.#cell(at[from] ?? NaN);
      const end = this.start + (this.#indexOf(at[from] ?? NaN) + 1) * this.#interval;
      let to = from + 1;
      while (to < length && (at[to] ?? NaN) < end) to += 1;
      visit(cell, from, to);
      from = to;
    }
  }

  /** Makes sure that the grid reaches this far; what is later than the run is not drawn. */
  reach(at: number): void {
    while (at - this.start >= this.#interval * MOST_INTERVALS) this.coarsen();
  }

  tokens(interval: number): number {
    return this.#cells[interval]?.tokens ?? 0;
  }

  gaps(interval: number): LogHistogram | undefined {
    return this.#cells[interval]?.gaps;
  }

  /** Doubles the interval. */
  coarsen(): void {
    this.#interval *= 2;
    const cells: Cell[] = [];
    for (const [i, cell] of this.#cells.entries()) {
      const into = cells[i >> 1];
      if (into === undefined) cells.push(cell);
      else {
        into.tokens += cell.tokens;
        if (into.gaps === undefined) into.gaps = cell.gaps;
        else if (cell.gaps !== undefined) into.gaps.merge(cell.gaps);
      }
    }
    this.#cells = cells;
  }

  #cell(at: number): Cell {
    this.reach(at);
    const index = this.#indexOf(at);
    for (let i = this.#cells.length; i <= index; i += 1) this.#cells.push(emptyCell());
    return this.#cells[index] ?? emptyCell();
  }

  #indexOf(at: number): number {
    return Math.max(0, Math.floor((at - this.start) / this.#interval));
  }
}

function emptyCell(): Cell {
  return { tokens: 0, gaps: undefined };
}
