/** Everything that is counted and measured of one phase, or of several together. */
import type { MetricName } from "../../core/metrics.ts";
import type { CountSource, FailureKind, RequestRecord } from "../../core/request-record.ts";
import type { IterationRecord } from "../../core/records.ts";
import type { SloPlan } from "../../scenario/plan.ts";
import { Distribution } from "../../stats/distribution.ts";
import { isCensored, requestMetrics } from "./request-values.ts";
import type { RequestView } from "./request-view.ts";
import { contains, type Span } from "./spans.ts";
import type { IterationCensus, RequestCensus } from "../outcome-summaries.ts";
import { showsSpacing } from "./sent-tokens.ts";
import { tokensWithin } from "./token-columns.ts";

export interface CheckCounts {
  readonly passes: number;
  readonly fails: number;
}

type Counts<Keys extends string> = Record<Keys, number>;

const COUNTED = {
  output_tokens: "output",
  prompt_tokens: "prompt",
  cached_tokens: "cached",
  reasoning_tokens: "reasoning",
  hidden_tokens: "hidden",
} as const;
type CountedMetric = keyof typeof COUNTED;
const COUNTED_METRICS = Object.keys(COUNTED) as CountedMetric[];

/**
 * How an answer that had begun does not end by the server's doing. One that took longer than we
 * waited for is slow, not lost.
 */
const LOST: ReadonlySet<FailureKind> = new Set([
  ...(["connect_reset", "truncated", "stall"] as const),
  ...(["server_error", "protocol_error", "empty"] as const),
]);

export class Tally {
  readonly #slo: SloPlan;
  readonly trends = new Map<MetricName, Distribution>();
  readonly sources = new Map<CountedMetric, Map<CountSource, number>>();
  readonly requests: Counts<keyof RequestCensus> = {
    total: 0,
    ok: 0,
    failed: 0,
    censored: 0,
    resent: 0,
  };
  readonly iterations: Counts<Exclude<keyof IterationCensus, "unknown">> = {
    completed: 0,
    dropped: 0,
    interrupted: 0,
    failed: 0,
  };
  readonly checks = new Map<string, CheckCounts>();
  /**
   * Of requests with retries: last attempts, those of them that failed, attempts after the first, and
   * failed ones that were followed by another.
   */
  readonly attempts: Counts<"last" | "givenUp" | "again" | "superseded"> = {
    ...{ last: 0, givenUp: 0, again: 0 },
    superseded: 0,
  };
  /** Requests that the server said yes to, and those of them that it did not bring to an end. */
  readonly accepted: Counts<"all" | "lost"> = { all: 0, lost: 0 };
  /** Iterations that started while they should; see `startsInTime`. */
  started = 0;
  /** Requests that met every limit, and each limit. */
  sloMet = 0;
  readonly limitsMet: number[];
  /** Output tokens received inside the phase's own windows. */
  tokens = 0;
  /** Answered inside the phase's own windows: prompt tokens, and inputs, documents or samples. */
  readonly answered: Counts<"promptTokens" | "items"> = { promptTokens: 0, items: 0 };
  /** Requests of APIs whose answers have no first token. */
  whole = 0;
  /** Whether any gap in `itl` is between chunks. */
  chunked = false;
  /**
   * Successful answers; those that can show how their tokens were spaced, and those of them that came
   * in one burst; those with hidden reasoning, and those that are several in one.
   */
  readonly answers: Counts<"all" | "spaced" | "bunched" | "hidden" | "several"> = {
    ...{ all: 0, spaced: 0, bunched: 0 },
    ...{ hidden: 0, several: 0 },
  };

  constructor(slo: SloPlan) {
    this.#slo = slo;
    this.limitsMet = slo.limits.map(() => 0);
  }

  addRequest(view: RequestView): void {
    const { record, values } = view;
    this.#countRequest(record);
    for (const name of requestMetrics) {
      const value = values[name];
      if (value !== undefined) this.#trend(name).add(value);
    }
    this.#addMet(view);
    if (record.outcome.ok) this.#addTokens(view);
    this.#addAttempt(record);
    this.#addAccepted(record);
    this.#addChecks(record.checks);
  }

  #countRequest(record: RequestRecord): void {
    this.requests.total += 1;
    if (record.outcome.ok) this.requests.ok += 1;
    else if (isCensored(record)) this.requests.censored += 1;
    else this.requests.failed += 1;
    if (record.resent === true) this.requests.resent += 1;
  }

  #addMet(view: RequestView): void {
    const met = view.met(this.#slo);
    if (met.every(Boolean) && view.record.outcome.ok) this.sloMet += 1;
    met.forEach((one, i) => {
      if (one) this.limitsMet[i] = (this.limitsMet[i] ?? 0) + 1;
    });
  }

  #addAttempt(record: RequestRecord): void {
    const { attempt, retryIn, outcome, items } = record;
    if (items !== undefined) this.whole += 1;
    if (attempt === undefined || isCensored(record)) return;
    if (attempt > 0) this.attempts.again += 1;
    if (retryIn !== undefined) {
      this.attempts.superseded += 1;
      return;
    }
    this.attempts.last += 1;
    if (!outcome.ok) this.attempts.givenUp += 1;
  }

  /** Accepted: a status of success came. */
  #addAccepted(record: RequestRecord): void {
    const { status, outcome } = record;
    if (status === undefined || status >= 300 || isCensored(record)) return;
    this.accepted.all += 1;
    if (!outcome.ok && LOST.has(outcome.failure)) this.accepted.lost += 1;
  }

  #addTokens({ record, bunched, gaps }: RequestView): void {
    if (record.perEvent === "chunk") this.chunked = true;
    this.answers.all += 1;
    if (showsSpacing(record)) this.answers.spaced += 1;
    if (bunched) this.answers.bunched += 1;
    if (record.hidden !== undefined) this.answers.hidden += 1;
    if (record.choices !== undefined) this.answers.several += 1;
    this.#trend("itl").addEach(gaps);
    for (const metric of COUNTED_METRICS) {
      const count = record[COUNTED[metric]];
      if (count !== undefined) this.#addSource(metric, count.source, 1);
    }
  }

  #addSource(metric: CountedMetric, source: CountSource, count: number): void {
    const sources = this.sources.get(metric) ?? new Map<CountSource, number>();
    sources.set(source, (sources.get(source) ?? 0) + count);
    this.sources.set(metric, sources);
  }

  /** Adds the tokens of a request of the same scenario that arrived inside these windows. */
  receive({ record, arrivals }: RequestView, windows: readonly Span[]): void {
    if (!windows.some(({ start, end }) => record.sent < end && record.ended >= start)) return;
    this.#answer(record, windows);
    this.tokens += tokensWithin(arrivals, windows);
  }

  /** What a request carried counts when it is answered. */
  #answer({ outcome, ended, prompt, items }: RequestRecord, windows: readonly Span[]): void {
    if (!outcome.ok || !contains(windows, ended)) return;
    this.answered.promptTokens += prompt?.count ?? 0;
    this.answered.items += items ?? 0;
  }

  /** @param inTime whether it started while its phase lasted */
  addIteration(record: IterationRecord, inTime: boolean): void {
    this.iterations[record.outcome] += 1;
    if (inTime) this.started += 1;
    if (
      record.outcome === "completed" &&
      record.started !== undefined &&
      record.ended !== undefined
    )
      this.#trend("iteration_duration").add(record.ended - record.started);
    this.#addChecks(record.checks);
  }

  #addChecks(checks: IterationRecord["checks"]): void {
    if (checks === undefined) return;
    for (const [name, held] of Object.entries(checks)) addCheck(this.checks, name, held);
  }

  /**
   * Adds what another tally holds.
   *
   * @param only leave out all other trends: they are large, and a threshold needs one
   */
  merge(other: Tally, only?: string): void {
    for (const [name, values] of other.trends)
      if (name === (only ?? name)) this.#trend(name).merge(values);
    addCounts(this.requests, other.requests);
    addCounts(this.iterations, other.iterations);
    addCounts(this.attempts, other.attempts);
    addCounts(this.accepted, other.accepted);
    addCounts(this.answers, other.answers);
    mergeChecks(this.checks, other.checks);
    this.#mergeSources(other);
    for (const [i, met] of other.limitsMet.entries())
      this.limitsMet[i] = (this.limitsMet[i] ?? 0) + met;
    this.started += other.started;
    this.sloMet += other.sloMet;
    this.tokens += other.tokens;
    this.whole += other.whole;
    addCounts(this.answered, other.answered);
    this.chunked ||= other.chunked;
  }

  #mergeSources(other: Tally): void {
    for (const [metric, sources] of other.sources)
      for (const [source, count] of sources) this.#addSource(metric, source, count);
  }

  #trend(name: MetricName): Distribution {
    const known = this.trends.get(name);
    if (known !== undefined) return known;
    const made = new Distribution();
    this.trends.set(name, made);
    return made;
  }
}

export function addCheck(checks: Map<string, CheckCounts>, name: string, held: boolean): void {
  const { passes, fails } = checks.get(name) ?? { passes: 0, fails: 0 };
  checks.set(name, { passes: passes + (held ? 1 : 0), fails: fails + (held ? 0 : 1) });
}

export function mergeChecks(
  to: Map<string, CheckCounts>,
  from: ReadonlyMap<string, CheckCounts>,
): void {
  for (const [name, { passes, fails }] of from) {
    const known = to.get(name) ?? { passes: 0, fails: 0 };
    to.set(name, { passes: known.passes + passes, fails: known.fails + fails });
  }
}

function addCounts<Keys extends string>(to: Counts<Keys>, from: Counts<Keys>): void {
  for (const key of Object.keys(from) as Keys[]) to[key] += from[key];
}

/** Most answers came in one burst: what is between their tokens was not measured. */
export function hasNoSpacing({ answers: { spaced, bunched } }: Tally): boolean {
  return bunched > spaced / 2;
}

/** Requests that ended: all but the censored ones. */
export function endedRequests({ requests }: Tally): number {
  return requests.ok + requests.failed;
}

/** Iterations that left a line, whatever became of them. */
export function knownIterations({ iterations }: Tally): number {
  return Object.values(iterations).reduce((sum, count) => sum + count, 0);
}

/**
 * Whether an iteration started before its phase was over. A start may be late by a hundredth of
 * the phase (at least 50 ms): lateness has a gate of its own, and the last start of a short phase
 * must not count as missing because of a millisecond.
 */
export function startsInTime(record: IterationRecord, spans: readonly Span[]): boolean {
  const { started } = record;
  if (started === undefined) return false;
  return spans.some(
    ({ start, end }) => started >= start && started <= end + Math.max(50, (end - start) / 100),
  );
}
