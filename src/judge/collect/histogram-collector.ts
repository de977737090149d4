/** The server's own histograms over time, as columns: one a bucket, so that each is a counter. */
import type { HistogramsLine, HistogramState } from "../../core/telemetry-lines.ts";
import type { ServerTimeName } from "../../core/server-times.ts";
import { Column } from "../../stats/column.ts";

/** A counter over time, as a sampler's series has it. */
export interface CountedSeries {
  readonly at: Column;
  readonly values: Column;
}

export interface HistogramSeries {
  /** Upper bounds of the buckets, ascending; the last one has none. */
  readonly upTo: readonly number[];
  /** Values in and below each bucket. */
  readonly buckets: readonly CountedSeries[];
  readonly sum: CountedSeries;
}

export class HistogramCollector {
  readonly #series = new Map<ServerTimeName, Growing>();

  add({ at, histograms }: HistogramsLine): void {
    for (const [name, state] of Object.entries(histograms) as [ServerTimeName, HistogramState][]) {
      const known = this.#series.get(name) ?? new Growing();
      this.#series.set(name, known);
      known.add(at, state);
    }
  }

  all(): ReadonlyMap<ServerTimeName, HistogramSeries> {
    return new Map([...this.#series].map(([name, growing]) => [name, growing.series()]));
  }
}

/** Lines of one histogram. A bound that a later line brings had no values of its own before. */
class Growing {
  readonly #lines: { readonly at: number; readonly state: HistogramState }[] = [];

  add(at: number, state: HistogramState): void {
    this.#lines.push({ at, state });
  }

  series(): HistogramSeries {
    const bounds = new Set(this.#lines.flatMap(({ state }) => state.upTo));
    const upTo = [...bounds].sort((a, b) => a - b);
    return {
      upTo,
      buckets: [...upTo, Infinity].map((bound) => this.#column((state) => countUpTo(state, bound))),
      sum: this.#column(({ sum }) => sum),
    };
  }

  #column(of: (state: HistogramState) => number): CountedSeries {
    const series = { at: new Column(), values: new Column() };
    for (const { at, state } of this.#lines) {
      series.at.push(at);
      series.values.push(of(state));
    }
    return series;
  }
}

function countUpTo({ upTo, counts }: HistogramState, bound: number): number {
  if (bound === Infinity) return counts.at(-1) ?? 0;
  const place = upTo.findLastIndex((own) => own <= bound);
  return place < 0 ? 0 : (counts[place] ?? 0);
}
