/**
 * What `summary.json` holds: the numbers of one run, its validity and its verdict. Computed from
 * `run.jsonl` alone (judge/summarize.ts), so it can be made again at any time. The JSON Schema is
 * docs/schema/summary.schema.json; the formulas are in docs/metrics.md.
 *
 * Times are ms since the run's clock origin, durations ms, rates per second, unless a name says
 * otherwise. A value that was not measured is absent, never 0.
 */
import type { MetricName } from "../core/metrics.ts";
import type { Environment, RunFooter, TargetIdentity } from "../core/records.ts";
import type { ExitCode } from "../core/errors.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import type { MetricSummary, PhaseSummary, Rates, RecoverySummary } from "./metric-summaries.ts";
import type {
  CanarySummary,
  Census,
  CheckSummary,
  Failures,
  SloSummary,
  ThresholdResult,
} from "./outcome-summaries.ts";
import type {
  CounterSeriesSummary,
  SourceSummary,
  TelemetrySummary,
} from "./telemetry-summaries.ts";
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

export interface SummaryWarning {
  /** Stable identifier, e.g. `few_requests_for_p99`. */
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
  /** When it happened, where that is known. */
  readonly at?: number;
}
