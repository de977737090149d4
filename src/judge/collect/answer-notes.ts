/** What the answers of the measured phases said of themselves, counted. */
import type { AnswerNote, RequestRecord } from "../../core/request-record.ts";

export interface CountedNote {
  readonly note: AnswerNote;
  /** Answers that have it. */
  readonly count: number;
}

export class NoteCounts {
  readonly #counts = new Map<string, CountedNote>();

  add({ notes = [], outcome }: RequestRecord): void {
    if (!outcome.ok) return;
    for (const note of notes) {
      const key = JSON.stringify(note);
      this.#counts.set(key, { note, count: (this.#counts.get(key)?.count ?? 0) + 1 });
    }
  }

  /** Most frequent first. */
  all(): readonly CountedNote[] {
    return [...this.#counts.values()].sort((a, b) => b.count - a.count);
  }
}
