/** What failed, how often, when, and with which words. */
import type { FailureKind, RequestRecord } from "../../core/request-record.ts";
import { Column } from "../../stats/column.ts";
import { phaseKey } from "./phase-index.ts";
import type { Failures, FailureSummary } from "../outcome-summaries.ts";

/** Different messages kept for a kind; a server that puts an id in each must not fill the memory. */
const MESSAGES_KEPT = 200;
const MESSAGES_SHOWN = 3;

interface Kind {
  count: number;
  firstAt: number;
  readonly statuses: Map<string, number>;
  readonly messages: Map<string, number>;
}

export class FailureCollector {
  /** Of the measured phases. */
  readonly #kinds = new Map<FailureKind, Kind>();
  readonly #byPhase = new Map<string, Map<FailureKind, number>>();
  /** When failures of a kind ended; all phases. */
  readonly times = new Map<FailureKind, Column>();
  /** Requests that this client could not send, and why the first of them; all phases. */
  readonly own = { count: 0, example: "" };

  /** @param counts whether it enters the summary: measured, and not censored */
  add(record: RequestRecord, counts: boolean): void {
    const { outcome, ended, status } = record;
    if (outcome.ok) return;
    const times = this.times.get(outcome.failure) ?? new Column();
    times.push(ended);
    this.times.set(outcome.failure, times);
    if (outcome.failure === "client_resources") {
      if (this.own.count === 0) this.own.example = outcome.message;
      this.own.count += 1;
    }
    if (!counts) return;
    this.#countPhase(record, outcome.failure);
    const kind = this.#kind(outcome.failure, ended);
    kind.count += 1;
    kind.firstAt = Math.min(kind.firstAt, ended);
    if (status !== undefined) increment(kind.statuses, String(status));
    if (kind.messages.has(outcome.message) || kind.messages.size < MESSAGES_KEPT)
      increment(kind.messages, outcome.message);
  }

  #countPhase({ scenario, phase }: RequestRecord, kind: FailureKind): void {
    const key = phaseKey(scenario, phase);
    const counts = this.#byPhase.get(key) ?? new Map<FailureKind, number>();
    increment(counts, kind);
    this.#byPhase.set(key, counts);
  }

  /** Of a measured phase, most frequent first. */
  ofPhase(scenario: string, phase: string): readonly { kind: FailureKind; count: number }[] {
    return [...(this.#byPhase.get(phaseKey(scenario, phase)) ?? [])]
      .map(([kind, count]) => ({ kind, count }))
      .sort((a, b) => b.count - a.count);
  }

  #kind(name: FailureKind, at: number): Kind {
    const known = this.#kinds.get(name);
    if (known !== undefined) return known;
    const made = { count: 0, firstAt: at, statuses: new Map(), messages: new Map() };
    this.#kinds.set(name, made);
    return made;
  }

  /** @param ended requests of the measured phases that ended */
  summary(ended: number): Failures {
    const kinds = [...this.#kinds.entries()]
      .map(([kind, facts]) => kindSummary(kind, facts, ended))
      .sort((a, b) => b.count - a.count);
    const total = kinds.reduce((sum, { count }) => sum + count, 0);
    return { total, ...(ended > 0 && { share: total / ended }), kinds };
  }
}

function kindSummary(kind: FailureKind, facts: Kind, ended: number): FailureSummary {
  const messages = [...facts.messages.entries()]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MESSAGES_SHOWN)
    .map(([message, count]) => ({ message, count }));
  return {
    kind,
    count: facts.count,
    share: facts.count / ended,
    firstAt: facts.firstAt,
    statuses: Object.fromEntries(facts.statuses),
    messages,
  };
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
