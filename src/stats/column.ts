/** A growing column of numbers: 8 bytes a value, no boxing. */
export class Column {
  #values = new Float64Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#reserve(this.#length * 2);
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** NaN where there is none. */
  at(index: number): number {
    return index < this.#length ? (this.#values[index] ?? NaN) : NaN;
  }

  append(values: Float64Array): void {
    const needed = this.#length + values.length;
    if (needed > this.#values.length) this.#reserve(Math.max(needed, this.#length * 2));
    this.#values.set(values, this.#length);
    this.#length = needed;
  }

  /** The values themselves, not a copy; valid until the next push. */
  view(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }

  #reserve(capacity: number): void {
    const grown = new Float64Array(capacity);
    grown.set(this.view());
    this.#values = grown;
  }
}
