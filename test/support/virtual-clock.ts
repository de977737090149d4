import type { Clock } from "../../src/core/clock.ts";

/**
 * A clock that stands still until it is told to go on. It goes from one timer to the next, in the
 * order of their deadlines (and of their making, where those are equal), and lets everything that
 * a timer set off come to rest before it goes on; so a run on it is always the same.
 */
export class VirtualClock implements Clock {
  #now: number;
  #made = 0;
  readonly #timers = new Set<{ deadline: number; order: number; wake: () => void }>();

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleepUntil(deadline: number, signal?: AbortSignal): Promise<void> {
    if (deadline <= this.#now || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#timers.delete(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = { deadline, order: (this.#made += 1), wake };
      signal?.addEventListener("abort", wake);
      this.#timers.add(timer);
    });
  }

  /** How many sleep now. */
  get sleepers(): number {
    return this.#timers.size;
  }

  /** Lets the time jump, as when the event loop is blocked: late timers wake in order, at `to`. */
  async jumpTo(to: number): Promise<void> {
    this.#now = Math.max(this.#now, to);
    await this.advanceTo(to);
  }

  /** Goes on to `to`, through every timer that is due until then. */
  async advanceTo(to: number): Promise<void> {
    await settle();
    for (let timer = this.#earliest(); timer && timer.deadline <= to; timer = this.#earliest()) {
      this.#now = Math.max(this.#now, timer.deadline);
      timer.wake();
      await settle();
    }
    this.#now = Math.max(this.#now, to);
    await settle();
  }

  /** Goes on until the work is done. Throws when it cannot end because nothing is due any more. */
  async run<T>(work: Promise<T>): Promise<T> {
    const state = { done: false };
    const end = (): void => {
      state.done = true;
    };
    work.then(end, end);
    await settle();
    while (!state.done) {
      const timer = this.#earliest();
      if (timer === undefined) throw new Error(`stuck at ${this.#now} ms: nothing is due`);
      await this.advanceTo(timer.deadline);
    }
    return work;
  }

  #earliest(): { deadline: number; wake: () => void } | undefined {
    let first: { deadline: number; order: number; wake: () => void } | undefined;
    for (const timer of this.#timers) {
      const earlier =
        first === undefined ||
        timer.deadline < first.deadline ||
        (timer.deadline === first.deadline && timer.order < first.order);
      if (earlier) first = timer;
    }
    return first;
  }
}

/** Two turns of the event loop: all microtasks, also those of loops that yield one turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
