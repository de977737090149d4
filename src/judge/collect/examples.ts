/** Single requests worth a look: the slowest, and the first failures of each kind. */
import type { FailureKind, RequestRecord } from "../../core/request-record.ts";
import { isCensored } from "./request-values.ts";
import type { RequestExample } from "../series/series.ts";

const SLOWEST = 50;
const FAILED_OF_A_KIND = 10;
const MOST_GAPS = 2000;
const TIMELINE = new Set(["contentGapsUs", "contentTokens"]);

export class Examples {
  /** Slowest first. */
  #slowest: RequestExample[] = [];
  readonly #failed = new Map<FailureKind, RequestExample[]>();

  add(record: RequestRecord): void {
    const { firstAttempt = record } = record;
    const durationMs = record.ended - (firstAttempt.scheduled ?? firstAttempt.sent);
    if (!record.outcome.ok) {
      const kind = this.#failed.get(record.outcome.failure) ?? [];
      if (kind.length < FAILED_OF_A_KIND) kind.push(example(record, durationMs));
      this.#failed.set(record.outcome.failure, kind);
    }
    // How long a censored request would have taken is not known: it is no slow request.
    if (!isCensored(record)) this.#keepIfSlow(record, durationMs);
  }

  #keepIfSlow(record: RequestRecord, durationMs: number): void {
    const last = this.#slowest.at(-1);
    if (this.#slowest.length === SLOWEST && last !== undefined && durationMs <= last.durationMs)
      return;
    const slowest = [...this.#slowest, example(record, durationMs)];
    this.#slowest = slowest.sort((a, b) => b.durationMs - a.durationMs).slice(0, SLOWEST);
  }

  get slowest(): readonly RequestExample[] {
    return this.#slowest;
  }

  /** In order of time. */
  get failed(): readonly RequestExample[] {
    return [...this.#failed.values()].flat().sort((a, b) => a.record.ended - b.record.ended);
  }
}

function example(record: RequestRecord, durationMs: number): RequestExample {
  if ((record.contentGapsUs?.length ?? 0) <= MOST_GAPS) return { record, durationMs };
  const rest = Object.entries(record).filter(([key]) => !TIMELINE.has(key));
  return { record: Object.fromEntries(rest) as unknown as RequestRecord, durationMs };
}
