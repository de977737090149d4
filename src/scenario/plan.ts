/**
 * The plan: scenario + target + flags, fully resolved. Nobody edits it, and nothing in it is left to
 * a default: what is absent is switched off. Equal plans (by hash) do the same work, item by item.
 * It is stored in the run's header. Durations are ms, rates are per second.
 */
import type { MetricMapping } from "../core/metric-mapping.ts";
import type { FailureKind } from "../core/request-record.ts";

export const PLAN_SCHEMA = "plimsoll.plan/1";

export interface Plan {
  readonly schema: typeof PLAN_SCHEMA;
  /** File name without folder or extension: the name in reports and baselines. */
  readonly name: string;
  /** The scenario file, absolute. Not part of the plan hash; its content is. */
  readonly file: string;
  /** SHA-256 of the scenario file's bytes. */
  readonly fileHash: string;
  readonly seed: number;
  /** `peak` and every `-e KEY=VALUE`, as the scenario's options function received them. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly scenarios: readonly ScenarioPlan[];
  readonly slo: SloPlan;
  readonly thresholds: readonly ThresholdPlan[];
  readonly deadlines: Deadlines;
  readonly timeouts: ScriptTimeouts;
  /** In place of the lengths that the scenario gives its synthetic prompts. Absent: its own. */
  readonly lengths?: LengthsPlan;
  /** Every prompt shall be computed in full (`--no-prompt-cache`). Absent: as the server likes. */
  readonly cachePrompt?: false;
  /** Absent: a failed request is not tried again, unless it asks for that itself. */
  readonly retries?: RetryPlan;
  /** Absent: replies are not looked at. */
  readonly canaries?: CanaryPlan;
  /** Absent: the server's metrics are read by the names that Plimsoll knows. */
  readonly metrics?: MetricMapping;
}

/** Tokens, at least 1. */
export interface LengthsPlan {
  readonly promptTokens?: number;
  readonly outputTokens?: number;
}

/** One k6 scenario: who starts iterations, when, and of which function. */
export interface ScenarioPlan {
  readonly name: string;
  /** Exported function of the scenario file; `default` unless `exec` says otherwise. */
  readonly exec: string;
  /** ms after the start of the traffic. */
  readonly startTime: number;
  /** How long running iterations may go on after the last start. */
  readonly gracefulStop: number;
  readonly env: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly executor: ExecutorPlan;
}

export type ExecutorPlan =
  ArrivalPlan | TracePlan | VusPlan | SharedIterationsPlan | PerVuIterationsPlan;

/** Open loop: starts are set by a schedule. Stages of a constant rate are one segment. */
export interface ArrivalPlan {
  readonly executor: "constant-arrival-rate" | "ramping-arrival-rate";
  readonly arrival: ArrivalProcess;
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
  /** In order, back to back, from the scenario's startTime. */
  readonly segments: readonly RateSegment[];
}

export type ArrivalProcess =
  | { readonly kind: "constant" }
  | { readonly kind: "poisson" }
  /** Gamma-distributed gaps with this shape; 1 is Poisson, below is burstier (vLLM's burstiness). */
  | { readonly kind: "gamma"; readonly burstiness: number };

/** The rate goes linearly from `from` to `to` (iterations per second) over `duration`. */
export interface RateSegment {
  readonly phase: string;
  /** False for warm-up: kept in the file, excluded from metrics. */
  readonly measured: boolean;
  readonly duration: number;
  readonly from: number;
  readonly to: number;
}

/** Open loop: starts are those of a recorded trace, ms from the scenario's startTime. */
export interface TracePlan {
  readonly executor: "trace";
  readonly file: string;
  readonly fileHash: string;
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
  readonly phase: string;
  readonly duration: number;
  /** Ascending; the trace's own entries are read again by the workers. */
  readonly starts: readonly number[];
}

/** Closed loop: `constant-vus` is one segment. */
export interface VusPlan {
  readonly executor: "constant-vus" | "ramping-vus";
  readonly gracefulRampDown: number;
  readonly segments: readonly VusSegment[];
}

export interface VusSegment {
  readonly phase: string;
  readonly measured: boolean;
  readonly duration: number;
  readonly from: number;
  readonly to: number;
}

export interface SharedIterationsPlan {
  readonly executor: "shared-iterations";
  readonly phase: string;
  readonly vus: number;
  readonly iterations: number;
  readonly maxDuration: number;
}

export interface PerVuIterationsPlan {
  readonly executor: "per-vu-iterations";
  readonly phase: string;
  readonly vus: number;
  /** Per VU. */
  readonly iterations: number;
  readonly maxDuration: number;
}

/** Limits for one request, ms; a request is good when it succeeded and meets all of them. */
export interface SloPlan {
  readonly limits: readonly { readonly metric: SloMetric; readonly limit: number }[];
}

export const sloMetrics = [
  "ttft",
  "ttft_scheduled",
  "tpot",
  "e2e",
  "e2e_scheduled",
  "headers",
] as const;
export type SloMetric = (typeof sloMetrics)[number];

/** One k6 threshold, parsed. The grammar is in scenario/thresholds.ts. */
export interface ThresholdPlan {
  /** As written: `ttft_scheduled`, `ttft{phase:recovery}`. */
  readonly key: string;
  readonly metric: string;
  /** All must match; empty means the whole (measured) run. */
  readonly selector: Readonly<Record<string, string>>;
  /** As written: `p(95)<2000`. */
  readonly source: string;
  readonly aggregation: Aggregation;
  readonly operator: "<" | "<=" | ">" | ">=" | "==" | "!=";
  readonly limit: number;
  readonly abortOnFail: boolean;
  readonly delayAbortEval: number;
  /** What a threshold over no data is. k6 passes it silently; we fail it unless told otherwise. */
  readonly noData: "fail" | "pass";
}

export type Aggregation =
  | { readonly kind: "percentile"; readonly p: number }
  | { readonly kind: "avg" | "min" | "max" | "med" | "count" | "rate" | "value" };

/** Explicit deadlines of every request, ms; 0 switches one off. */
export interface Deadlines {
  readonly connect: number;
  readonly headers: number;
  readonly firstContent: number;
  /** Longest silence between two content events. */
  readonly nextContent: number;
  readonly total: number;
}

/** How long the script's own parts may take, ms (k6's setupTimeout and teardownTimeout). */
export interface ScriptTimeouts {
  readonly setup: number;
  readonly teardown: number;
}

/** When a failed request is tried again, and after how long; times are ms. */
export interface RetryPlan {
  /** Attempts after the first. */
  readonly maxRetries: number;
  readonly on: readonly FailureKind[];
  /** Wait before the first retry; it doubles with each, up to `maxBackoff`. */
  readonly backoff: number;
  readonly maxBackoff: number;
  /** Longest `Retry-After` that is obeyed; 0: none is. */
  readonly maxRetryAfter: number;
}

/** How replies are looked at during the run. */
export interface CanaryPlan {
  /** Between two rounds of canary requests, ms. */
  readonly every: number;
  /** Asked in each round, one after the other. */
  readonly prompts: readonly CanaryPrompt[];
  /** What every reply of the scenario is checked for. */
  readonly replies: { readonly expect?: ExpectedText; readonly wellFormed: boolean };
}

export interface CanaryPrompt {
  readonly prompt: string;
  readonly system?: string;
  readonly maxTokens: number;
  readonly expect?: ExpectedText;
}

/** A text that must be in a reply, or a pattern that must match it. */
export type ExpectedText =
  { readonly text: string } | { readonly pattern: string; readonly flags: string };

/** Names of checks that begin so are reserved: a script's own check must not be mistaken for them. */
export const CANARY_PREFIX = "canary: ";
export const SAME_TEXT = "canary: same text";
export const EXPECTED_TEXT = "canary: expected text";
export const EXPECTED_REPLY = "canary: replies as expected";
export const WELL_FORMED = "canary: replies well formed";
