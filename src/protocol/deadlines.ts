/**
 * Explicit deadlines of a request. One timer a request, set for the earliest moment at which a
 * deadline could have passed; only then the pending bytes are parsed to see whether content came.
 */
import type { Clock } from "../core/clock.ts";
import type { FailureKind } from "../core/records.ts";

/** ms from `sent`, `nextContent` from the last content; 0 switches one off. */
export interface DeadlineLimits {
  readonly connect: number;
  readonly headers: number;
  readonly firstContent: number;
  readonly nextContent: number;
  readonly total: number;
}

interface Watched {
  readonly clock: Clock;
  readonly limits: DeadlineLimits;
  readonly state: { readonly sent: number; readonly headers?: number };
  readonly reader: {
    progress(): { readonly firstContent?: number; readonly lastContent?: number };
  };
  readonly abort: (failure: FailureKind, message: string) => void;
}

interface Deadline {
  readonly at: number;
  readonly failure: FailureKind;
  readonly message: string;
}

/** Given as the reason, so that no error with a stack is made for each request: 15 µs. */
const OVER = "the exchange is over";

/** Starts watching; returns how to stop. */
export function watchDeadlines(watched: Watched): () => void {
  const stop = new AbortController();
  void watch(watched, stop.signal);
  return () => {
    stop.abort(OVER);
  };
}

async function watch(watched: Watched, signal: AbortSignal): Promise<void> {
  const { clock, limits } = watched;
  for (;;) {
    const next = earliest(watched);
    if (next !== undefined && next.at <= clock.now()) {
      watched.abort(next.failure, next.message);
      return;
    }
    // Content may come and stop again while we wait for a later deadline, so look at least once
    // in every stretch of silence that is allowed.
    const look = limits.nextContent > 0 ? clock.now() + limits.nextContent : Infinity;
    const wake = Math.min(next?.at ?? Infinity, look);
    if (wake === Infinity) return;
    await clock.sleepUntil(wake, signal);
    if (signal.aborted) return;
  }
}

function earliest({ limits, state, reader }: Watched): Deadline | undefined {
  const all: Deadline[] = [];
  const add = (from: number, limit: number, failure: FailureKind, what: string): void => {
    if (limit > 0) all.push({ at: from + limit, failure, message: `${what} within ${limit} ms` });
  };
  add(state.sent, limits.total, "timeout_total", "not finished");
  const { firstContent, lastContent } = reader.progress();
  if (state.headers === undefined) add(state.sent, limits.headers, "timeout_headers", "no headers");
  if (firstContent === undefined) {
    add(state.sent, limits.firstContent, "timeout_first_content", "no content");
  } else if (lastContent !== undefined) {
    add(lastContent, limits.nextContent, "stall", "no further content");
  }
  return all.reduce<Deadline | undefined>(
    (best, one) => (best === undefined || one.at < best.at ? one : best),
    undefined,
  );
}
