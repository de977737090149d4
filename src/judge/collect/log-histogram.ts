/** A small histogram for pictures: values in ms within 0.8 %, a few ns to add one. */
import { BUCKETS, bucketOf, middleOf } from "../../stats/log-buckets.ts";
import type { TokenGaps } from "./token-columns.ts";

export class LogHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #max = 0;

  get max(): number {
    return this.#max;
  }

  /** @param value ms, from 0 */
  add(value: number, times: number): void {
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + times;
    this.#count += times;
    this.#max = Math.max(this.#max, value);
  }

  /** Adds the rows `from` up to `to` (exclusive). */
  addEach(
    { gap, times, bucket }: TokenGaps,
    { from, to }: { readonly from: number; readonly to: number },
  ): void {
    // For every token of a run: no field and no array is made or written in the loop.
    const counts = this.#counts;
    let count = this.#count;
    let max = this.#max;
    for (let i = from; i < to; i += 1) {
      const into = bucket[i] ?? 0;
      const often = times[i] ?? 0;
      const value = gap[i] ?? 0;
      counts[into] = (counts[into] ?? 0) + often;
      count += often;
      if (value > max) max = value;
    }
    this.#count = count;
    this.#max = max;
  }

  merge(other: LogHistogram): void {
    other.#counts.forEach((count, i) => {
      this.#counts[i] = (this.#counts[i] ?? 0) + count;
    });
    this.#count += other.#count;
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Nearest rank, within 0.8 %; undefined without values. */
  percentile(p: number): number | undefined {
    const rank = Math.max(1, Math.ceil((p / 100) * this.#count));
    let seen = 0;
    for (let i = 0; i < BUCKETS; i += 1) {
      const count = this.#counts[i] ?? 0;
      seen += count;
      if (count > 0 && seen >= rank) return i === 0 ? 0 : Math.min(this.#max, middleOf(i));
    }
    return undefined;
  }
}
