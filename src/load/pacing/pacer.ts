import type { Clock } from "../../core/clock.ts";
import { nextTurn } from "./turn.ts";

/** Absolute deadlines, `begin` + each of `offsets` (ascending), ms on the clock. */
export interface Deadlines {
  readonly clock: Clock;
  readonly begin: number;
  readonly offsets: Float64Array;
  readonly signal: AbortSignal;
}

/** Starts are drained for so long at a time, ms; then I/O gets its turn, however late we are. */
const LONGEST_DRAIN = 20;

/**
 * Calls `due(i, deadline)` for every deadline, in order, never early. Whenever it wakes it drains
 * all that are due, so lateness is caught up at once and never carried over to the next deadline;
 * who is called finds its own lag as now minus deadline. Stops early when the signal is aborted.
 */
export async function pace(
  { clock, begin, offsets, signal }: Deadlines,
  due: (index: number, deadline: number) => void,
): Promise<void> {
  const deadlineOf = (index: number): number => begin + (offsets[index] ?? Infinity);
  const stopped = (): boolean => signal.aborted;
  let next = 0;
  while (next < offsets.length && !stopped()) {
    await clock.sleepUntil(deadlineOf(next), signal);
    const now = clock.now();
    while (deadlineOf(next) <= now && !stopped()) {
      due(next, deadlineOf(next));
      next += 1;
      if (clock.now() - now > LONGEST_DRAIN) break;
    }
    // When the next one is late already, the sleep above ends without letting any I/O happen.
    if (deadlineOf(next) <= clock.now()) await nextTurn();
  }
}
