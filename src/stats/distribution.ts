/**
 * A distribution that is exact up to ten million values, and an HDR histogram with three
 * significant digits above; count, mean, standard deviation and extremes are exact in both.
 */
import { createCoarse, type Coarse } from "./coarse.ts";
import { Column } from "./column.ts";
import { countUpTo, percentile, sustainedLevel } from "./percentile.ts";

/** Columns of values, and how often each occurs. */
export interface TimedValues {
  readonly length: number;
  readonly gap: Float64Array;
  readonly times: Float64Array;
  /** Every one occurs once. */
  readonly once: boolean;
}

/** Most values that are kept one by one. */
export const EXACT_LIMIT = 10_000_000;

export class Distribution {
  readonly #limit: number;
  #exact: Column | undefined = new Column();
  #coarse: Coarse | undefined;
  #sorted = true;
  #count = 0;
  #mean = 0;
  #squares = 0;
  #min = Infinity;
  #max = -Infinity;

  /** @param limit values kept one by one before the histogram takes over; for tests */
  constructor(limit = EXACT_LIMIT) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  get method(): "exact" | "hdr" {
    return this.#coarse === undefined ? "exact" : "hdr";
  }

  /** Undefined without values; so are all below. */
  get mean(): number | undefined {
    return this.#count === 0 ? undefined : this.#mean;
  }

  /** Sample standard deviation (n − 1); undefined below 2 values. */
  get sd(): number | undefined {
    return this.#count < 2 ? undefined : Math.sqrt(this.#squares / (this.#count - 1));
  }

  get min(): number | undefined {
    return this.#count === 0 ? undefined : this.#min;
  }

  get max(): number | undefined {
    return this.#count === 0 ? undefined : this.#max;
  }

  get sum(): number {
    return this.#mean * this.#count;
  }

  /** Adds a value, several times if so asked. Values that are not finite are a caller's bug. */
  add(value: number, times = 1): void {
    if (times <= 0) return;
    // Welford (1962), written out: a run has hundreds of millions of gaps.
    const count = this.#count + times;
    const delta = value - this.#mean;
    this.#mean += (delta * times) / count;
    this.#squares += (delta * delta * this.#count * times) / count;
    this.#count = count;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (this.#exact !== undefined && this.#exact.length + times > this.#limit) this.#coarsen();
    if (this.#coarse !== undefined) this.#coarse.add(value, times);
    else for (let i = 0; i < times; i += 1) this.#exact?.push(value);
    this.#sorted = false;
  }

  /** Adds a column of values, each as often as the other column says. */
  addEach(values: TimedValues): void {
    const { gap, times, length, once } = values;
    if (once) this.#addOnce(gap, length);
    else for (let i = 0; i < length; i += 1) this.add(gap[i] ?? NaN, times[i] ?? 0);
  }

  /** As `add`, to the last bit; a run has hundreds of millions of gaps. */
  #addOnce(values: Float64Array, length: number): void {
    let count = this.#count;
    let mean = this.#mean;
    let squares = this.#squares;
    let min = this.#min;
    let max = this.#max;
    for (let i = 0; i < length; i += 1) {
      const value = values[i] ?? NaN;
      const next = count + 1;
      const delta = value - mean;
      mean += delta / next;
      squares += (delta * delta * count) / next;
      count = next;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    this.#count = count;
    this.#mean = mean;
    this.#squares = squares;
    this.#min = min;
    this.#max = max;
    if (this.#exact !== undefined && this.#exact.length + length > this.#limit) this.#coarsen();
    if (this.#coarse !== undefined) this.#coarse.addEach(values, length);
    else this.#exact?.append(values.subarray(0, length));
    this.#sorted = false;
  }

  /** Adds the values of another distribution, as if each had been added here. */
  merge(other: Distribution): void {
    if (other.#count === 0) return;
    this.#moments({
      count: other.#count,
      mean: other.#mean,
      squares: other.#squares,
      min: other.#min,
      max: other.#max,
    });
    if (this.count > this.#limit || other.#coarse !== undefined) this.#coarsen();
    this.#absorb(other);
    this.#sorted = false;
  }

  /** @param p 0 to 100 */
  percentile(p: number): number | undefined {
    if (this.#coarse === undefined) return percentile(this.#ascending(), p);
    return Math.min(this.#max, Math.max(this.#min, this.#coarse.percentile(p)));
  }

  /** See `sustainedLevel` in stats/percentile.ts. */
  sustained(share: number, atLeast: number): number | undefined {
    if (this.#coarse === undefined) return sustainedLevel(this.#ascending(), share, atLeast);
    return this.percentile(100 * (1 - share));
  }

  /** How many values are at or below `limit`. */
  countUpTo(limit: number): number {
    if (this.#coarse === undefined) return countUpTo(this.#ascending(), limit);
    if (limit >= this.#max) return this.#count;
    return limit < this.#min ? 0 : this.#coarse.countUpTo(limit);
  }

  #absorb(other: Distribution): void {
    if (this.#coarse === undefined) this.#exact?.append(other.#values());
    else if (other.#coarse !== undefined) this.#coarse.merge(other.#coarse);
    else addAll(this.#coarse, other.#values());
  }

  #values(): Float64Array {
    return this.#exact?.view() ?? new Float64Array();
  }

  /** Sorted in place: nobody needs the order of arrival. */
  #ascending(): Float64Array {
    const values = this.#values();
    if (!this.#sorted) values.sort();
    this.#sorted = true;
    return values;
  }

  #coarsen(): void {
    if (this.#exact === undefined) return;
    this.#coarse = createCoarse();
    addAll(this.#coarse, this.#values());
    this.#exact = undefined;
  }

  /** Chan, Golub and LeVeque (1979): mean and sum of squares of two samples together, stably. */
  #moments(other: Moments): void {
    const count = this.#count + other.count;
    const delta = other.mean - this.#mean;
    this.#mean += (delta * other.count) / count;
    this.#squares += other.squares + (delta * delta * this.#count * other.count) / count;
    this.#count = count;
    this.#min = Math.min(this.#min, other.min);
    this.#max = Math.max(this.#max, other.max);
  }
}

interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
  readonly min: number;
  readonly max: number;
}

function addAll(coarse: Coarse, values: Float64Array): void {
  coarse.addEach(values, values.length);
}
