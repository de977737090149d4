/**
 * Reads one level of a search: which requests were good, whether the queue grew, when it became
 * steady. It is fed while the level is measured, and can be fed again from the level's `run.jsonl`:
 * the same lines say the same. Of a request it keeps no more than that takes.
 */
import type { FailureKind, RequestRecord } from "../../core/request-record.ts";
import type { IterationRecord, PhaseMark, RunLine } from "../../core/records.ts";
import type { Plan } from "../../scenario/plan.ts";
import { DRAIN } from "../collect/phase-index.ts";
import { isCensored } from "../collect/request-values.ts";
import { RequestView } from "../collect/request-view.ts";
import type { Span } from "../collect/spans.ts";
import { admissionOf } from "./admission.ts";
import type { LevelFacts } from "./level.ts";
import { isSaturated, type FlightReading } from "./saturation.ts";
import type { Served } from "./answer.ts";
import { settlingOf } from "./settling.ts";

/** The phase of a level that is judged; the one before it is its warm-up. */
export const LEVEL_PHASE = "level";

/** What the lines of a level say; what was asked for is `askedOf` its plan. */
export type LevelFindings = Omit<LevelFacts, keyof LevelAsked | "share">;

export interface LevelAsked {
  /** Iterations per second, or virtual users. */
  readonly load: number;
  /** ms. */
  readonly warmup: number;
}

/** @throws when the plan is not one of a level: a bug */
export function askedOf({ scenarios }: Plan): LevelAsked & { readonly by: "rate" | "concurrency" } {
  const [executor] = scenarios.map((scenario) => scenario.executor);
  if (executor === undefined || !("segments" in executor)) throw new Error("not a level's plan");
  const { segments } = executor;
  const load = segments.find(({ phase }) => phase === LEVEL_PHASE)?.from ?? 0;
  const warmup = segments
    .filter(({ measured }) => !measured)
    .reduce((sum, { duration }) => sum + duration, 0);
  return { load, warmup, by: executor.executor === "constant-vus" ? "concurrency" : "rate" };
}

/** One ended request. */
interface Ended {
  readonly due: number;
  readonly sent: number;
  readonly ended: number;
  readonly outcome: { readonly ok: boolean; readonly failure?: FailureKind };
  readonly retryAfter?: string;
  readonly good: boolean;
  readonly censored: boolean;
}

type Run = Pick<IterationRecord, "started" | "ended" | "outcome">;

export class LevelReader {
  readonly #plan: Plan;
  readonly #asked: ReturnType<typeof askedOf>;
  readonly #requests: Ended[] = [];
  readonly #iterations: Run[] = [];
  readonly #view = new RequestView();
  /** Of the level without its warm-up. */
  readonly #readings: FlightReading[] = [];
  /** The whole of it, warm-up included. */
  #traffic: Span | undefined;
  /** When its warm-up was over. */
  #begun: number | undefined;
  #saturated = false;

  /** @param plan of the level's run */
  constructor(plan: Plan) {
    this.#plan = plan;
    this.#asked = askedOf(plan);
  }

  /** Whether the queue grew without end, as far as the lines go. */
  get saturated(): boolean {
    return this.#saturated;
  }

  add(line: RunLine): void {
    if (line.type === "phase") this.#addMark(line);
    else if (line.type === "request" && line.phase === LEVEL_PHASE) this.#addRequest(line);
    else if (line.type === "iteration") {
      const { started, ended, outcome } = line;
      this.#iterations.push({ started, ended, outcome } as Run);
    } else if (line.type === "sample" && line.metric === "vus") this.#look(line.at, line.value);
  }

  /** After the last line. */
  finish(): LevelFindings {
    return {
      saturated: this.#saturated,
      good: this.#good(),
      admission: admissionOf(this.#requests),
      served: this.#served(),
      settled: this.#settled(),
      duration: this.#meanDuration(),
    };
  }

  #addMark({ name, start, end }: PhaseMark): void {
    if (name === DRAIN) return;
    if (name === LEVEL_PHASE) this.#begun = start;
    const { start: from, end: to } = this.#traffic ?? { start, end };
    this.#traffic = { start: Math.min(from, start), end: Math.max(to, end) };
  }

  #addRequest(record: RequestRecord): void {
    const { scheduled, sent, ended, outcome, retryAfter } = record;
    this.#requests.push({
      due: scheduled ?? sent,
      ...{ sent, ended },
      outcome: outcome.ok ? SUCCESS : { ok: false, failure: outcome.failure },
      ...(retryAfter !== undefined && { retryAfter }),
      good: outcome.ok && this.#view.of(record).met(this.#plan.slo).every(Boolean),
      censored: isCensored(record),
    });
  }

  /** A closed loop has no growing queue. */
  #look(at: number, inFlight: number): void {
    const { by, load } = this.#asked;
    if (by !== "rate" || this.#saturated || this.#begun === undefined || at < this.#begun) return;
    this.#readings.push({ at, inFlight });
    this.#saturated = isSaturated(this.#readings, load);
  }

  /**
   * In the order in which they were due. A request that the end of the level cut off is not judged,
   * unless the queue was growing: then it would have waited longer than any that came through.
   */
  #good(): readonly boolean[] {
    return this.#requests
      .filter(({ censored }) => this.#saturated || !censored)
      .sort((a, b) => a.due - b.due)
      .map(({ good }) => good);
  }

  #served(): Served | undefined {
    const { by, load } = this.#asked;
    const begun = this.#begun;
    if (by !== "rate" || begun === undefined) return undefined;
    const until = this.#saturated ? this.#readings.at(-1)?.at : this.#traffic?.end;
    return servedOf(this.#iterations, load, { from: begun, until: until ?? begun });
  }

  #settled(): number | undefined {
    const traffic = this.#traffic;
    if (traffic === undefined || this.#saturated) return undefined;
    // What was cut off was in flight until the end.
    const stays = this.#iterations.flatMap(({ started, ended = traffic.end }) =>
      started === undefined ? [] : [{ start: started, end: ended }],
    );
    return settlingOf(stays, traffic, this.#asked.by);
  }

  #meanDuration(): number | undefined {
    const whole = this.#requests.filter(({ outcome }) => outcome.ok);
    const sum = whole.reduce((total, { sent, ended }) => total + ended - sent, 0);
    return whole.length === 0 ? undefined : sum / whole.length;
  }
}

/** One for all: most requests succeed. */
const SUCCESS = { ok: true } as const;

/** What ended in a window of the run's clock, ms, whenever it was due, over what began in it. */
export function servedOf(
  iterations: readonly Run[],
  rate: number,
  { from, until }: { readonly from: number; readonly until: number },
): Served | undefined {
  const within = (at: number | undefined): boolean => at !== undefined && at >= from && at < until;
  const begun = iterations.filter(({ started }) => within(started)).length;
  // A script that throws has its answer all the same; only what we cut off has none.
  const ended = iterations.filter(
    (one) => one.outcome !== "interrupted" && within(one.ended),
  ).length;
  if (begun === 0 || until <= from) return undefined;
  return { perSecond: (rate * ended) / begun, seconds: (until - from) / 1000 };
}
