/**
 * What a report draws: the run over time, its distributions, and single requests worth a look.
 * Made in the same pass as the summary (judge/summarize.ts); not stored, since it follows from
 * `run.jsonl`. Warm-up and drain are included here (shade them by `phases`), unlike in metrics.
 *
 * Times are ms since the run's clock origin: subtract `start` for the time into the traffic.
 * Columns are parallel arrays of `at`; null where there was nothing to measure.
 */
import type { MetricName } from "../../core/metrics.ts";
import type { FailureKind, RequestRecord } from "../../core/request-record.ts";
import type { RunEvent } from "../../core/records.ts";

export type Column = readonly (number | null)[];

export interface Series {
  readonly run: string;
  /** Start of the first phase (or of the first request, where no phase was written). */
  readonly start: number;
  readonly end: number;
  /**
   * Length of an interval, ms: 250 ms times a power of two; so long that there are at most 240
   * intervals, and, while there are more than 30, at least 8 requests in one on average.
   */
  readonly intervalMs: number;
  /** Start of each interval; regular, without gaps. */
  readonly at: readonly number[];
  readonly phases: readonly PhaseSpan[];
  readonly traffic: TrafficSeries;
  /** Percentiles over time of the requests that were *sent* in the interval (`itl`: received in it). */
  readonly bands: readonly Band[];
  /** Percentile curves of the measured phases, one a metric, on a common grid of p. */
  readonly curves: readonly Curve[];
  /** Distributions of the measured phases for bar charts. */
  readonly histograms: readonly Histogram[];
  /** One line a sampler series (gpu, host, server, our own health), at most 600 points each. */
  readonly telemetry: readonly TelemetrySeries[];
  /** After an overload: its end, and how long the waiting took to be within its limit again, ms. */
  readonly recovery?: { readonly from: number; readonly ms: number };
  readonly events: readonly Pick<RunEvent, "at" | "name" | "message">[];
  /** A scatter of requests: the slowest of every interval are always among them; at most 4,000. */
  readonly points: Points;
  /** The slowest, from schedule (from sent where there is none) to the end, slowest first; at most 50. */
  readonly slowest: readonly RequestExample[];
  /** The first failures of every kind (10 each), in order of time. */
  readonly failed: readonly RequestExample[];
}

export interface PhaseSpan {
  readonly scenario: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly measured: boolean;
}

export interface TrafficSeries {
  /** Planned iteration starts per second, all scenarios together; null where nothing was planned. */
  readonly targetRate: Column;
  /** Iteration starts per second that happened. */
  readonly achievedRate: Column;
  /** Requests that ended, per second, failures included. */
  readonly completedRate: Column;
  /** Requests in flight, time-weighted mean of the interval. */
  readonly inFlight: Column;
  readonly outputTokensPerSecond: Column;
  /** Iterations that were due but had no free VU, per interval. */
  readonly dropped: Column;
  /** Failed requests per interval by kind; only kinds that occurred. */
  readonly failures: readonly { readonly kind: FailureKind; readonly counts: Column }[];
  /** Our own lateness, the interval's largest, ms. */
  readonly dispatchLagMax: Column;
}

export interface Band {
  readonly metric: MetricName;
  readonly unit: "ms";
  readonly p50: Column;
  readonly p95: Column;
  readonly p99: Column;
  readonly max: Column;
}

export interface Curve {
  readonly metric: MetricName;
  readonly unit: "ms";
  /** Ascending, 0 to 100; denser towards the tail, and never beyond what the count supports. */
  readonly p: readonly number[];
  readonly values: readonly number[];
}

export interface Histogram {
  readonly metric: MetricName;
  readonly unit: "ms" | "tokens";
  /** Edges of the bins, one more than counts; equal steps on a logarithmic axis for times. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export interface TelemetrySeries {
  readonly metric: string;
  readonly source: string;
  readonly at: readonly number[];
  readonly values: readonly number[];
}

/** Parallel arrays: one entry a request. */
export interface Points {
  readonly sent: readonly number[];
  /** Sent minus scheduled, ms; null without a schedule. */
  readonly waited: Column;
  readonly ttft: Column;
  readonly e2e: Column;
  readonly ok: readonly boolean[];
}

/**
 * One request as its record has it, with the tokens' gaps, so that its timeline can be drawn; only
 * above 2,000 content events the gaps are left out.
 */
export interface RequestExample {
  readonly record: RequestRecord;
  /** From schedule (from sent where there is none) until the exchange was over, ms. */
  readonly durationMs: number;
}
