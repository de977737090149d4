/**
 * A device's own counter, counted from where we first saw it. Counters run since the driver was
 * loaded and may be beyond 2^53: the difference is taken while they are still exact.
 */
export class Counter {
  #first: bigint | undefined;
  #last: bigint | undefined;
  readonly #onRestart: () => void;

  /** `onRestart`: the value went back, because the driver was loaded again or the device reset. */
  constructor(onRestart: () => void) {
    this.#onRestart = onRestart;
  }

  /** What has been counted since the first call, in the counter's unit. */
  since(value: bigint): number {
    if (this.#last !== undefined && value < this.#last) {
      this.#onRestart();
      this.#first = value;
    }
    this.#first ??= value;
    this.#last = value;
    return Number(value - this.#first);
  }
}
