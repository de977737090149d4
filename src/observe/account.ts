/** What reading one source costs, and what came of it. */
import type { SourceAccount } from "../core/telemetry-lines.ts";

/** Of so many latest reads the durations are kept. */
const KEPT = 1024;
/** So many reads in a row decide whether a source costs too much; their median does. */
const JUDGED = 5;
/** The share of its interval that a read may cost. */
export const DEAR = 0.02;

export class AccountCollector {
  readonly #started: number;
  readonly #durations: number[] = [];
  readonly #recent: number[] = [];
  #reads = 0;
  #errors = 0;
  #missed = 0;
  #cost = 0;
  #stretchedTo: number | undefined;
  #lastError: string | undefined;

  constructor(started: number) {
    this.#started = started;
  }

  /**
   * @param duration from the call to the answer, ms
   * @param cost the part of it in which this thread worked, ms
   */
  addRead(duration: number, cost: number): void {
    this.#durations[this.#reads % KEPT] = duration;
    this.#reads += 1;
    this.#cost += cost;
    this.#recent.push(cost);
    if (this.#recent.length > JUDGED) this.#recent.shift();
  }

  addMissed(count: number): void {
    this.#missed += count;
  }

  addError(message: string): void {
    this.#errors += 1;
    this.#lastError = message;
  }

  /** Whether the latest reads cost too much for this interval; one slow read proves nothing. */
  isDear(interval: number): boolean {
    if (this.#recent.length < JUDGED) return false;
    return rank(this.#recent, 0.5) > DEAR * interval;
  }

  /** The reads before are no measure of what comes. */
  stretched(interval: number): void {
    this.#stretchedTo = interval;
    this.#recent.length = 0;
  }

  result(now: number, stale: number): SourceAccount {
    const span = now - this.#started;
    return {
      reads: this.#reads,
      errors: this.#errors,
      missed: this.#missed,
      callP50: rounded(rank(this.#durations, 0.5)),
      callP99: rounded(rank(this.#durations, 0.99)),
      duty: span > 0 ? rounded(Math.min(1, this.#cost / span)) : 0,
      stale,
      ...(this.#stretchedTo !== undefined && { stretchedTo: this.#stretchedTo }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }
}

/** Nearest rank. 0 of nothing: then `reads` is 0 too. */
function rank(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
