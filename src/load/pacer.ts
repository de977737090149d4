import type { Clock } from "../core/clock.ts";
import { nextTurn } from "./turn.ts";

/** Absolute deadlines, `begin` + each of `offsets` (ascending), ms on the clock. */
export interface Deadlines {
  readonly clock: Clock;
  readonly begin: number;
  readonly offsets: Float64Array;
  readonly signal: AbortSignal;
}

/**
 * Calls `due(i, deadline)` for every deadline, in order, never early. Whenever it wakes it drains
 * all that are due, so lateness is caught up at once and never carried over to the next deadline;
 * who is called finds its own lag as now minus deadline. Stops early when the signal is aborted.
 */
export async function pace(
  { clock, begin, offsets, signal }: Deadlines,
  due: (index: number, deadline: number) => void,
): Promise<void> {
  let next = 0;
  while (next < offsets.length) {
    await clock.sleepUntil(begin + (offsets[next] ?? 0), signal);
    const now = clock.now();
    for (; next < offsets.length; next += 1) {
      const deadline = begin + (offsets[next] ?? 0);
      if (deadline > now) break;
      if (signal.aborted) return;
      due(next, deadline);
    }
    if (signal.aborted) return;
    // When the next one is late already, the sleep above ends without letting any I/O happen.
    if (begin + (offsets[next] ?? Infinity) <= clock.now()) await nextTurn();
  }
}
