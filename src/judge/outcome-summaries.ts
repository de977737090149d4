/** What a summary says of how requests and iterations ended, and of what was asked of them. */
import type { FailureKind } from "../core/request-record.ts";
import type { SloMetric } from "../scenario/plan.ts";

/** What became of everything. `measured` counts are those that enter the metrics. */
export interface Census {
  readonly requests: RequestCensus;
  readonly measuredRequests: RequestCensus;
  readonly iterations: IterationCensus;
  readonly measuredIterations: IterationCensus;
}

export interface RequestCensus {
  /** Records in the file. */
  readonly total: number;
  readonly ok: number;
  /** Failed, censored ones not included. */
  readonly failed: number;
  /** Cut off by the end of the run (kind `interrupted`): their length is unknown, only that it was longer. */
  readonly censored: number;
  /** Sent once more, since the server had closed the kept connection. Absent where none was. */
  readonly resent?: number;
}

export interface IterationCensus {
  readonly completed: number;
  readonly dropped: number;
  readonly interrupted: number;
  /** The script threw. */
  readonly failed: number;
  /**
   * Planned by the schedule, but without a line: in flight or still due when a run was cut short.
   * Absent for complete runs and closed loops.
   */
  readonly unknown?: number;
}

export interface SloSummary {
  /** Empty when the scenario has no SLO. */
  readonly limits: readonly SloLimitSummary[];
  /**
   * Requests judged: all of the measured phases; failed and censored ones meet nothing. Absent
   * without limits.
   */
  readonly requests?: number;
  readonly met?: number;
  /** met / requests. */
  readonly share?: number;
}

export interface SloLimitSummary {
  readonly metric: SloMetric;
  /** ms. */
  readonly limit: number;
  /** Share of all judged requests that met this limit (failed requests meet none). */
  readonly share?: number;
  /** p95 of the metric for comparison with the limit, ms. */
  readonly p95?: number;
}

export interface ThresholdResult {
  /** As written: `ttft{phase:recovery}`. */
  readonly key: string;
  readonly metric: string;
  readonly selector: Readonly<Record<string, string>>;
  /** As written: `p(95)<2000`. */
  readonly source: string;
  readonly operator: "<" | "<=" | ">" | ">=" | "==" | "!=";
  readonly limit: number;
  /** Absent when there was no data. */
  readonly value?: number;
  /** Of the limit and the value; absent for telemetry whose name does not say. */
  readonly unit?: string;
  /** How many values it rests on. */
  readonly count: number;
  readonly status: "passed" | "failed" | "no_data";
  /** Why there is no data, where that is known. */
  readonly absent?: string;
  /** What it means for the verdict: `no_data` is not ok unless the scenario says so. */
  readonly ok: boolean;
  readonly abortOnFail: boolean;
}

export interface Failures {
  /** Failed requests of the measured phases; censored ones are not among them (see `census`). */
  readonly total: number;
  /** total / requests that ended; absent without any. */
  readonly share?: number;
  /** Most frequent first. */
  readonly kinds: readonly FailureSummary[];
}

export interface FailureSummary {
  readonly kind: FailureKind;
  readonly count: number;
  /** Of the requests of the measured phases that ended. */
  readonly share: number;
  /** When the first one ended. */
  readonly firstAt: number;
  /** HTTP statuses seen with it, and how often. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The most frequent messages (up to 3); text from servers: show it as text. */
  readonly messages: readonly { readonly message: string; readonly count: number }[];
}

/** One canary prompt. Runs of equal prompts and models can be compared by the hashes. */
export interface CanarySummary {
  /** Ordinal among the plan's canary prompts, from 0. */
  readonly prompt: number;
  readonly asked: number;
  readonly failed: number;
  /** Different texts, in order of first appearance; more than one: the server's answers change. */
  readonly texts: readonly {
    /** SHA-256 of the text. */
    readonly hash: string;
    readonly count: number;
    readonly excerpt: string;
  }[];
  /** Replies with texts beyond the first 20 different ones. */
  readonly others?: number;
}

export interface CheckSummary {
  readonly name: string;
  readonly passes: number;
  readonly fails: number;
}
