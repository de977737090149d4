/**
 * What `summary.json` holds: the numbers of one run, its validity and its verdict. Computed from
 * `run.jsonl` alone (judge/summarize.ts), so it can be made again at any time. The JSON Schema is
 * docs/schema/summary.schema.json; the formulas are in docs/metrics.md.
 *
 * Times are ms since the run's clock origin, durations ms, rates per second, unless a name says
 * otherwise. A value that was not measured is absent, never 0.
 */
import type { Metric, MetricName } from "../core/metrics.ts";
import type {
  CountSource,
  Environment,
  FailureKind,
  RunFooter,
  SourceLine,
  TargetIdentity,
} from "../core/records.ts";
import type { ExitCode } from "../core/errors.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import type { SloMetric } from "../scenario/plan.ts";
import type { BatchSizes, ServerTime } from "./machine/own-account.ts";
import type { Usage } from "./machine/usage.ts";
import type { ServerCounts } from "./validity/server-count.ts";

export const SUMMARY_SCHEMA = "plimsoll.summary/1";

export interface Summary {
  readonly schema: typeof SUMMARY_SCHEMA;
  readonly run: RunFacts;
  readonly plan: PlanExcerpt;
  /** Absent when the target never became ready. */
  readonly target?: TargetIdentity;
  readonly environment: Environment;
  readonly verdict: Verdict;
  readonly validity: Validity;
  /**
   * Only metrics that have data, of the measured phases. Keys are the names of core/metrics.ts;
   * a reader looks a metric up by name and must cope with its absence.
   */
  readonly metrics: Readonly<Partial<Record<MetricName, MetricSummary>>>;
  /** The metrics a report leads with, most important first; all of them are in `metrics`. */
  readonly headline: readonly MetricName[];
  /** In order of start; warm-up and drain included, with `measured: false` and no metrics. */
  readonly phases: readonly PhaseSummary[];
  /** Absent without a phase `spike` or `peak2x`. */
  readonly recovery?: RecoverySummary;
  readonly rates: Rates;
  /** What became of every request and iteration, all phases and measured ones apart. */
  readonly census: Census;
  readonly slo: SloSummary;
  readonly thresholds: readonly ThresholdResult[];
  readonly failures: Failures;
  /** By name of the check, in order of first appearance; measured phases. */
  readonly checks: readonly CheckSummary[];
  /** Canary prompts and the texts that came back; the whole run. Absent without canary requests. */
  readonly canaries?: readonly CanarySummary[];
  /** Gauges of the samplers over the measured windows, by metric and then by source. */
  readonly telemetry: readonly TelemetrySummary[];
  /** Counters of the samplers: how much they grew over the measured windows. */
  readonly counters: readonly CounterSeriesSummary[];
  /** What the machines did over the measured windows, energy and cost among it. */
  readonly usage: Usage;
  /** What the server measured of itself over the measured windows, beside ours. */
  readonly serverTimes?: readonly ServerTime[];
  /** How many inferences the server executed together. Absent where it does not tell. */
  readonly batchSizes?: BatchSizes;
  /** What server and client counted of the same requests, all phases; absent without its metrics. */
  readonly serverCounts?: ServerCounts;
  /** Where telemetry came from, what it did not give and why, and what it cost. */
  readonly sources: readonly SourceSummary[];
  /** What the run was measured on (core/fingerprint.ts). */
  readonly fingerprint: Fingerprint;
  /** Everything the reader should know before trusting or quoting a number. */
  readonly warnings: readonly SummaryWarning[];
}

export interface RunFacts {
  /** The run's id and the name of its directory. */
  readonly id: string;
  /** Name of the scenario file, without folder or extension. */
  readonly name: string;
  readonly plimsoll: string;
  /** ISO 8601; the wall time of the clock origin. */
  readonly startedAt: string;
  /** Clock origin to the last line of the run, ms. */
  readonly durationMs: number;
  /** First measured phase's start, and the total length of the measured windows (overlaps once). */
  readonly measured: { readonly start: number; readonly end: number; readonly ms: number };
  /** False when there is no footer (cut short), or when the footer says anything but completed. */
  readonly complete: boolean;
  /** The footer's reason; `cut_short` without a footer. */
  readonly end: RunFooter["reason"] | "cut_short";
  readonly endMessage?: string;
  /** Whether starts were set by a schedule, by completions, or both in different scenarios. */
  readonly loop: "open" | "closed" | "mixed";
  readonly planHash: string;
  /** Which words the prompts were made of (`--salt`); absent in runs of before there was one. */
  readonly salt?: string;
  readonly repeat?: { readonly index: number; readonly of: number; readonly group: string };
  /** True when the last line was torn (the run was killed while writing). */
  readonly torn: boolean;
}

/** The parts of the plan a reader needs; the whole plan is in run.jsonl. */
export interface PlanExcerpt {
  readonly file: string;
  readonly fileHash: string;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly scenarios: readonly ScenarioExcerpt[];
}

export interface ScenarioExcerpt {
  readonly name: string;
  readonly executor: string;
  /** Open loop only: `constant`, `poisson`, `gamma(0.5)`, `trace`. */
  readonly arrival?: string;
  /** One line for people: `5/s for 2m 00s`, `4 VUs for 30.0 s`. */
  readonly traffic: string;
}

export interface Verdict {
  readonly status:
    | "passed"
    | "failed"
    | "invalid"
    | "target_failed"
    | "interrupted"
    | "script_failed"
    | "write_failed";
  /** The exit code a `run` of this ends with. */
  readonly exitCode: ExitCode;
  /** Why, one sentence each; empty when passed. */
  readonly reasons: readonly string[];
}

/** Whether the measurement can be trusted; decided before any verdict. */
export interface Validity {
  /** `invalid` when any gate is, `suspect` when any gate warns, else `valid`. */
  readonly status: "valid" | "suspect" | "invalid";
  /** Every gate, also those that passed or could not be measured. */
  readonly gates: readonly BaselineCheck[];
}

export interface BaselineCheck {
  /** Stable identifier, e.g. `dispatch_lag`. */
  readonly id: string;
  /** What was looked at, for people: `dispatch lag, p99`. */
  readonly title: string;
  /** `not_measured`: no data, or not enough for this gate to speak; `detail` says which. */
  readonly status: "ok" | "warn" | "invalid" | "not_measured";
  /** Absent when not measured. */
  readonly value?: number;
  readonly unit: "ms" | "ratio" | "requests" | "tokens" | "bytes" | "samples" | "processes";
  /** Whether values above or below the limits are bad. */
  readonly bad: "above" | "below";
  readonly limits: { readonly warn?: number; readonly invalid?: number };
  /** Why the gate exists: what a bad value does to the numbers. */
  readonly reason: string;
  /** What to do about it. */
  readonly advice: string;
  /** What exactly was found: `worker-0: 0.93 in 12 of 30 windows`. */
  readonly detail?: string;
}

export type MetricSummary = TrendSummary | RateSummary | CounterSummary | GaugeSummary;

interface MetricFacts {
  readonly unit: Metric["unit"];
  readonly better: Metric["better"];
  /** One line for people, from core/metrics.ts. */
  readonly title: string;
}

/** A distribution. Always has data: a metric without any is not in the summary. */
export interface TrendSummary extends MetricFacts, Distribution {
  readonly kind: "trend";
  /** `itl` only: gaps between tokens, or between chunks of unknown token count. */
  readonly per?: "token" | "chunk";
  /** Token counts only: how many requests each way of counting contributed. */
  readonly sources?: Readonly<Partial<Record<CountSource, number>>>;
  /** Token counts only: their sum over requests. */
  readonly sum?: number;
}

export interface Distribution {
  readonly count: number;
  readonly mean: number;
  /** Sample standard deviation; absent below 2 values. */
  readonly sd?: number;
  readonly min: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** How percentiles were made: `hdr` has 3 significant digits and is used above 10 million values. */
  readonly method: "exact" | "hdr";
}

export interface RateSummary extends MetricFacts {
  readonly kind: "rate";
  /** passes / count, 0 to 1. For `request_failed` a "pass" is a failed request, as in k6. */
  readonly rate: number;
  readonly passes: number;
  readonly count: number;
}

export interface CounterSummary extends MetricFacts {
  readonly kind: "counter";
  readonly count: number;
  /** Per second of the measured windows; absent when their length is 0. */
  readonly rate?: number;
}

export interface GaugeSummary extends MetricFacts {
  readonly kind: "gauge";
  readonly value: number;
  /** Where it was sampled more than once. */
  readonly min?: number;
  readonly max?: number;
}

/** One row a phase of a scenario. */
export interface PhaseSummary {
  readonly scenario: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** False for warm-up and drain: counts are given, metrics are not. */
  readonly measured: boolean;
  /** Planned iteration starts per second at its start and end (open loop). */
  readonly targetRate?: readonly [number, number];
  /** Iterations planned to start in it (open loop). */
  readonly planned?: number;
  /** Iteration starts per second that really happened. */
  readonly achievedRate?: number;
  readonly requests: number;
  readonly failed: number;
  readonly dropped: number;
  readonly interrupted: number;
  /** Failed requests by kind, most frequent first; measured phases only. */
  readonly failures?: readonly { readonly kind: FailureKind; readonly count: number }[];
  /** Mean requests in flight (time-weighted), and the largest; of the whole run's requests. */
  readonly inFlightMean?: number;
  readonly inFlightMax?: number;
  readonly metrics: Readonly<Partial<Record<MetricName, MetricSummary>>>;
  /** What the machines did meanwhile; measured phases only. */
  readonly usage?: Usage;
}

/** How the run came back from an overload; its phases are in `phases`. */
export interface RecoverySummary {
  /** `spike` or `peak2x`. */
  readonly phase: string;
  /** What the p95 of `ttft_scheduled` must come back to, ms; absent when nothing was asked. */
  readonly limit?: number;
  /** The metric `recovery_time`, ms. */
  readonly ms?: number;
  /** Why there is none. */
  readonly absent?: string;
}

/** Over the measured windows, per second. */
export interface Rates {
  /** Planned iteration starts (open loop). */
  readonly target?: number;
  /** Iteration starts that happened. */
  readonly achieved?: number;
  /** achieved / target, 0 to about 1. */
  readonly achievedShare?: number;
  /** Requests that ended, failures included. */
  readonly requests?: number;
  /** Requests that met every SLO limit; absent without an SLO. */
  readonly goodput?: number;
  /** Output tokens received inside the measured windows. */
  readonly outputTokens?: number;
  /** Prompt tokens of what was answered inside the measured windows. */
  readonly inputTokens?: number;
  /** Inputs, documents or samples answered inside them; absent without requests that carry them. */
  readonly items?: number;
  /** Prompt tokens of the requests of the measured windows. */
  readonly promptTokens?: number;
  /** Mean requests in flight (time-weighted), and the largest. */
  readonly inFlightMean?: number;
  readonly inFlightMax?: number;
}

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

export interface TelemetrySummary {
  readonly metric: string;
  readonly source: string;
  /** Absent for a series that a server named itself. */
  readonly unit?: string;
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  readonly last: number;
}

export interface CounterSeriesSummary {
  readonly metric: string;
  readonly source: string;
  readonly unit?: string;
  /** Readings in the whole run. */
  readonly count: number;
  /** Growth, interpolated to the exact edges of the windows; never negative. */
  readonly delta?: number;
  /** A second of the windows. */
  readonly rate?: number;
  /** Why the growth is not known: a restart, too few readings. */
  readonly absent?: string;
}

export type SourceSummary = Omit<SourceLine, "type" | "at">;

export interface SummaryWarning {
  /** Stable identifier, e.g. `few_requests_for_p99`. */
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
  /** When it happened, where that is known. */
  readonly at?: number;
}
