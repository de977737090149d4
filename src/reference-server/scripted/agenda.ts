import type { Clock } from "../../core/clock.ts";

interface Entry {
  readonly at: number;
  readonly act: () => void;
}

/**
 * What is to be done when: a heap with one timer. Nothing is done early; whenever the timer fires,
 * all that is due is done, the earliest first.
 */
export class Agenda {
  readonly #clock: Clock;
  readonly #heap: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** At `at` (ms on the clock), or as soon after it as the timer allows. */
  add(at: number, act: () => void): void {
    const heap = this.#heap;
    let hole = heap.length;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.at <= at) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = { at, act };
    if (at < this.#timerAt) this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#heap[0];
    this.#timerAt = next?.at ?? Infinity;
    if (next === undefined) return;
    this.#timer = setTimeout(this.#drain, Math.max(0, next.at - this.#clock.now()));
  }

  readonly #drain = (): void => {
    // While we work, what is added waits for the timer that is armed at the end.
    this.#timerAt = -Infinity;
    for (let next = this.#heap[0]; next !== undefined; next = this.#heap[0]) {
      if (next.at > this.#clock.now()) break;
      this.#removeFirst();
      next.act();
    }
    this.#arm();
  };

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      let least = left;
      if (left !== undefined && right !== undefined && right.at < left.at) {
        least = right;
        child += 1;
      }
      if (least === undefined || least.at >= last.at) break;
      heap[hole] = least;
      hole = child;
    }
    heap[hole] = last;
  }
}
