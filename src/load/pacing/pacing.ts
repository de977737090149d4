/**
 * Precise waiting. Node's timers count whole milliseconds, so an I/O thread wakes up to 1 ms late;
 * a thread of its own can wait to some ten microseconds and ring for the I/O threads, which never
 * spin: a busy event loop would hide that it is saturated.
 *
 * The threads share one buffer: for each I/O thread a slot with the deadline that it waits for (ns
 * on the run's clock) and a bell that the pacing thread rings; and a bell of the pacing thread
 * itself, rung when there is a new deadline.
 */
import { Worker } from "node:worker_threads";
import type { Clock, ClockOrigin } from "../../core/clock.ts";

/** No deadline in this slot. */
export const NONE = 2n ** 62n;

export interface PacingMailbox {
  /** Next deadline of each I/O thread, ns. */
  readonly deadlines: BigInt64Array;
  /** Rung for each I/O thread when its deadline has come. */
  readonly wakeups: Int32Array;
  /** Rung for the pacing thread at 0; at 1 whether it is there: one of `PRESENCE`. */
  readonly pacer: Int32Array;
}

/** Only while the thread is there does anybody wait for its bell. */
export const PRESENCE = { starting: 0, pacing: 1, ended: 2 } as const;

/** Handed to the pacing thread when it is created. */
export interface PacingTask {
  readonly origin: ClockOrigin;
  readonly mailbox: PacingMailbox;
}

export interface Pacing {
  /** To be passed to the I/O threads; for `preciseClock`. */
  readonly mailbox: PacingMailbox;
  /** Ends the thread. Sleepers are then woken by their fallback timers. */
  stop(): Promise<void>;
}

/**
 * Starts a pacing thread for so many I/O threads.
 *
 * @param execArgv Node flags that let a thread run our entry file
 */
export function startPacing(
  origin: ClockOrigin,
  threads: number,
  execArgv: readonly string[],
): Pacing {
  const mailbox: PacingMailbox = {
    deadlines: new BigInt64Array(new SharedArrayBuffer(8 * threads)).fill(NONE),
    wakeups: new Int32Array(new SharedArrayBuffer(4 * threads)),
    pacer: new Int32Array(new SharedArrayBuffer(8)),
  };
  const suffix = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const entry = new URL(`./pacing-entry.${suffix}`, import.meta.url);
  const task: PacingTask = { origin, mailbox };
  const worker = new Worker(entry, { workerData: task, execArgv: [...execArgv] });
  worker.unref();
  // A thread that does not start, or dies, costs precision and nothing else.
  worker.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      Atomics.store(mailbox.pacer, 1, PRESENCE.ended);
      resolve();
    });
  });
  return {
    mailbox,
    stop() {
      Atomics.store(mailbox.pacer, 1, PRESENCE.ended);
      Atomics.add(mailbox.pacer, 0, 1);
      Atomics.notify(mailbox.pacer, 0);
      worker.ref();
      return ended;
    },
  };
}

/** ES2024, and in every Node we support. */
interface AsyncWaiting {
  waitAsync(array: Int32Array, index: number, value: number): { value: Promise<string> | string };
}

interface Sleeper {
  readonly deadline: number;
  readonly wake: () => void;
}

/** A plain timer stands behind every wait, so that nobody sleeps for ever; ms after the deadline. */
const FALLBACK = 5;

/**
 * A clock whose `sleepUntil` is woken by the pacing thread, for I/O thread `slot`; by a plain timer
 * as long as the thread is not there. For the few sleepers of the executors (one a scenario);
 * iterations sleep on the plain clock.
 */
export function preciseClock(clock: Clock, mailbox: PacingMailbox, slot: number): Clock {
  const line = new WaitingLine(clock, mailbox, slot);
  return {
    now: () => clock.now(),
    sleepUntil: (at, signal) =>
      Atomics.load(mailbox.pacer, 1) === PRESENCE.pacing
        ? line.sleepUntil(at, signal)
        : clock.sleepUntil(at, signal),
  };
}

class WaitingLine {
  readonly #clock: Clock;
  readonly #mailbox: PacingMailbox;
  readonly #slot: number;
  readonly #sleepers = new Set<Sleeper>();
  #listening = false;
  #fallback: NodeJS.Timeout | undefined;

  constructor(clock: Clock, mailbox: PacingMailbox, slot: number) {
    this.#clock = clock;
    this.#mailbox = mailbox;
    this.#slot = slot;
  }

  sleepUntil(deadline: number, signal?: AbortSignal): Promise<void> {
    if (deadline <= this.#clock.now() || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        if (this.#sleepers.size === 0) clearTimeout(this.#fallback);
        resolve();
      };
      const sleeper = { deadline, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", wake);
      this.#ask();
    });
  }

  /** Wakes all whose time has come, and asks for the next one. */
  readonly #serve = (): void => {
    const now = this.#clock.now();
    const due = [...this.#sleepers].filter(({ deadline }) => deadline <= now);
    for (const sleeper of due.sort((a, b) => a.deadline - b.deadline)) sleeper.wake();
    if (this.#sleepers.size > 0) this.#ask();
  };

  #ask(): void {
    let next = Infinity;
    for (const { deadline } of this.#sleepers) next = Math.min(next, deadline);
    const { deadlines, pacer } = this.#mailbox;
    this.#listen();
    Atomics.store(deadlines, this.#slot, BigInt(Math.ceil(next * 1e6)));
    Atomics.add(pacer, 0, 1);
    Atomics.notify(pacer, 0);
    clearTimeout(this.#fallback);
    const left = next - this.#clock.now() + FALLBACK;
    this.#fallback = setTimeout(this.#serve, Math.min(left, 2 ** 31 - 1));
  }

  #listen(): void {
    if (this.#listening) return;
    const { wakeups } = this.#mailbox;
    const rung = Atomics.load(wakeups, this.#slot);
    this.#listening = true;
    void Promise.resolve(
      (Atomics as unknown as AsyncWaiting).waitAsync(wakeups, this.#slot, rung).value,
    ).then(() => {
      this.#listening = false;
      this.#serve();
    });
  }
}
