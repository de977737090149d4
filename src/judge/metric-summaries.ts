/** What a summary says of its metrics, for the whole run and for each phase. */
import type { Metric, MetricName } from "../core/metrics.ts";
import type { CountSource, FailureKind } from "../core/request-record.ts";
import type { Usage } from "./machine/usage.ts";

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
