/** How many requests were under way at once. */
import type { RequestColumns } from "./request-columns.ts";
import { contains, lengthOf, overlap, type Span } from "./spans.ts";
import type { Rates } from "../metric-summaries.ts";

/** Sorted once, asked for every phase. */
export class Flights {
  readonly #sent: Float64Array;
  readonly #ended: Float64Array;
  #sorted: { readonly starts: Float64Array; readonly ends: Float64Array } | undefined;

  constructor(columns: RequestColumns) {
    this.#sent = columns.sent.view();
    this.#ended = columns.ended.view();
  }

  /**
   * Mean (time-weighted) and most requests in flight.
   *
   * @param windows disjoint, ms
   * @returns nothing without requests, or without time
   */
  during(windows: readonly Span[]): Pick<Rates, "inFlightMean" | "inFlightMax"> {
    const ms = lengthOf(windows);
    if (this.#sent.length === 0 || ms === 0) return {};
    let busy = 0;
    this.#sent.forEach((from, i) => {
      busy += overlap(windows, from, this.#ended[i] ?? from);
    });
    return { inFlightMean: busy / ms, inFlightMax: this.#most(windows) };
  }

  /** The largest number under way at any moment of the windows. */
  #most(windows: readonly Span[]): number {
    this.#sorted ??= { starts: this.#sent.slice().sort(), ends: this.#ended.slice().sort() };
    const { starts, ends } = this.#sorted;
    let most = 0;
    let over = 0;
    starts.forEach((at, i) => {
      while (over < ends.length && (ends[over] ?? Infinity) <= at) over += 1;
      // The number changes only at starts and ends; it can be largest at a start, or at a border.
      if (contains(windows, at)) most = Math.max(most, i + 1 - over);
    });
    return Math.max(most, ...windows.map(({ start }) => atMoment(starts, ends, start)));
  }
}

function atMoment(starts: Float64Array, ends: Float64Array, at: number): number {
  const before = starts.filter((start) => start <= at).length;
  return before - ends.filter((end) => end <= at).length;
}
