/**
 * Explicit deadlines of a request. One timer a request, set for the earliest moment at which a
 * deadline could have passed; only then somebody looks whether content came.
 */
import type { Clock } from "../core/clock.ts";
import type { Failure } from "./failure.ts";

/** ms from `sent`, `nextContent` from the last content; 0 switches one off. */
export interface DeadlineLimits {
  readonly connect: number;
  readonly headers: number;
  readonly firstContent: number;
  readonly nextContent: number;
  readonly total: number;
}

/** When content came so far, ms on the clock. */
export interface Progress {
  readonly firstContent: number | undefined;
  readonly lastContent: number | undefined;
}

interface Watched {
  readonly sent: number;
  readonly headers: number | undefined;
  progress(): Progress;
  abort(why: Failure): void;
}

interface Deadline {
  readonly at: number;
  readonly failure: Failure["failure"];
  readonly message: string;
}

interface Watching {
  readonly clock: Clock;
  readonly deadlines: DeadlineLimits;
}

/** The longest that Node's timers can wait, ms. */
const LONGEST = 2 ** 31 - 1;

export class DeadlineWatch {
  readonly #watched: Watched;
  readonly #clock: Clock;
  readonly #limits: DeadlineLimits;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(watched: Watched, { clock, deadlines }: Watching) {
    this.#watched = watched;
    this.#clock = clock;
    this.#limits = deadlines;
  }

  start(): void {
    const { headers, firstContent, nextContent, total } = this.#limits;
    // Waits that are the same for every request share one list of Node's timers.
    this.#wait(Math.min(wait(headers), wait(firstContent), wait(nextContent), wait(total)));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    if (ms === Infinity || this.#stopped) return;
    this.#timer = setTimeout(this.#look, Math.min(LONGEST, Math.max(1, Math.ceil(ms))));
  }

  readonly #look = (): void => {
    const now = this.#clock.now();
    const next = this.#earliest();
    if (next !== undefined && next.at <= now) {
      this.#watched.abort({ failure: next.failure, message: next.message });
      return;
    }
    // Content may come and stop again while we wait for a later deadline, so look at least once
    // in every stretch of silence that is allowed.
    const left = next === undefined ? Infinity : next.at - now;
    this.#wait(Math.min(left, wait(this.#limits.nextContent)));
  };

  #earliest(): Deadline | undefined {
    const { headers, firstContent, nextContent, total } = this.#limits;
    const watched = this.#watched;
    const { sent } = watched;
    const progress = watched.progress();
    const all: Deadline[] = [];
    const add = (from: number, limit: number, failure: Failure["failure"], what: string): void => {
      if (limit > 0) all.push({ at: from + limit, failure, message: `${what} within ${limit} ms` });
    };
    add(sent, total, "timeout_total", "not finished");
    if (watched.headers === undefined) add(sent, headers, "timeout_headers", "no headers");
    if (progress.lastContent === undefined) {
      add(sent, firstContent, "timeout_first_content", "no content");
    } else add(progress.lastContent, nextContent, "stall", "no further content");
    return all.reduce<Deadline | undefined>(
      (best, one) => (best === undefined || one.at < best.at ? one : best),
      undefined,
    );
  }
}

function wait(limit: number): number {
  return limit > 0 ? limit : Infinity;
}
