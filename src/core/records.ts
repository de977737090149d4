/**
 * The lines of `run.jsonl`, the truth of a run: everything reported can be computed again from them.
 * One JSON object a line, told apart by `type`; append-only; a torn last line is tolerated; without
 * a footer the run was cut short. Times are ms since the run's clock origin (see core/clock.ts),
 * durations are ms, unless a name says otherwise. A value that was not measured is absent.
 */

import type { Fingerprint } from "./fingerprint.ts";
import type { ServerTimeName } from "./server-times.ts";

export const RUN_SCHEMA = "plimsoll.run/1";

export type RunLine =
  | RunHeader
  | TargetLine
  | PhaseMark
  | RequestRecord
  | IterationRecord
  | CanaryRecord
  | Sample
  | ReadingsLine
  | HistogramsLine
  | SourceLine
  | FingerprintLine
  | WarningLine
  | RunEvent
  | RunFooter;

/** The first line, written before anything is started. */
export interface RunHeader {
  readonly type: "header";
  readonly schema: typeof RUN_SCHEMA;
  /** The run's id and the name of its directory. */
  readonly run: string;
  readonly plimsoll: string;
  /** ISO 8601; also the wall time of the clock origin. */
  readonly startedAt: string;
  /** The resolved plan (scenario/plan.ts), as JSON. */
  readonly plan: unknown;
  /** SHA-256 of the plan: equal hashes mean the same work, item by item. */
  readonly planHash: string;
  /**
   * Which words the prompts are made of; no part of the plan, for lengths, arrivals and sampling do
   * not follow from it. Absent in runs of before there was one: their words follow from the seed.
   */
  readonly salt?: string;
  /** The command line as typed, secrets removed. */
  readonly command?: readonly string[];
  readonly environment: Environment;
  /** Present when the run is one of several of the same plan. */
  readonly repeat?: { readonly index: number; readonly of: number; readonly group: string };
  /** Limits of validity gates that were set for this run (`--validity`), by the gate's id. */
  readonly validityLimits?: Readonly<Record<string, ValidityLimits>>;
  /** Prices and devices with which energy and cost are accounted for (`--gpu-hour-price`, ...). */
  readonly accounting?: RunAccounting;
  /** How long the ready server was left alone right before the traffic, ms (`--idle-before`). */
  readonly idleBefore?: number;
}

/** What is not given is not accounted for. */
export interface RunAccounting {
  /** US dollars an hour and GPU. */
  readonly gpuHourPrice?: number;
  /** US dollars a kWh. */
  readonly energyPrice?: number;
  /** Power usage effectiveness of the site: energy paid for / energy of the devices; 1 without it. */
  readonly pue?: number;
  /** Indices of the GPUs that the server uses, where telemetry cannot tell. */
  readonly gpus?: readonly number[];
}

/** What is not given keeps its default. */
export type ValidityLimits = { readonly warn?: number; readonly invalid?: number } | "off";

/** The machine and program that measured. */
export interface Environment {
  readonly os: string;
  readonly arch: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly hostname: string;
  readonly node: string;
  readonly plimsoll: string;
  /** Latest self-calibration of this client (`plimsoll doctor`), if there was one. */
  readonly calibration?: unknown;
}

/** What the server says it is, once it is ready. */
export interface TargetLine {
  readonly type: "target";
  readonly at: number;
  readonly identity: TargetIdentity;
  /** Whether its address is one of the machine that measures; absent where that is not known. */
  readonly sameMachine?: boolean;
}

export interface TargetIdentity {
  readonly kind: "embedded" | "llama-server" | "remote";
  /** Without credentials. */
  readonly url: string;
  /** How it is reached, where not by its URL alone: `unix socket PATH`, `proxy HOST:PORT`. */
  readonly via?: string;
  /** Product name as found out: `llama.cpp`, `plimsoll`, `vllm`, ... */
  readonly server?: string;
  readonly build?: string;
  readonly model?: string;
  /** What is served under that name, where the server says: a path, or a name on a hub. */
  readonly modelRoot?: string;
  readonly slots?: number;
  /** Context tokens per slot. */
  readonly contextTokens?: number;
  /** Command line of an owned server, secrets removed. */
  readonly command?: readonly string[];
  readonly pid?: number;
  readonly modelFile?: { readonly path: string; readonly bytes: number };
  /** Spawn (or attach) to ready, ms. */
  readonly readyMs?: number;
}

/** A named part of the traffic. Written when traffic starts; `drain` when it ends. */
export interface PhaseMark {
  readonly type: "phase";
  readonly scenario: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** False for warm-up and drain: kept in the file, excluded from metrics. */
  readonly measured: boolean;
  /** Planned iteration starts per second at the start and the end of the phase (open loop). */
  readonly targetRate?: readonly [number, number];
  /** Iterations planned to start in the phase (open loop): the schedule's own count. */
  readonly planned?: number;
}

/** Who counted the tokens, best first (DESIGN 4). */
export type CountSource = "usage" | "timings" | "token-ids" | "tokenizer" | "events";

export interface TokenCount {
  readonly count: number;
  readonly source: CountSource;
}

/** Every failed request has exactly one kind. */
export const failureKinds = [
  "connect_refused",
  "connect_reset",
  "connect_dns",
  "connect_tls",
  "connect_proxy",
  "client_resources",
  "http_status",
  "overloaded",
  "context_overflow",
  "auth",
  "timeout_connect",
  "timeout_headers",
  "timeout_first_content",
  "stall",
  "timeout_total",
  "truncated",
  "server_error",
  "protocol_error",
  "empty",
  "no_answer",
  "interrupted",
  "abandoned",
] as const;

export type FailureKind = (typeof failureKinds)[number];

/** How one request ended. */
export type Outcome =
  | { readonly ok: true; readonly finish: FinishReason }
  | { readonly ok: false; readonly failure: FailureKind; readonly message: string };

/** `unknown`: the server does not say why it stopped. `other`: it says something else. */
export const finishReasons = ["length", "stop", "tool_calls", "other", "unknown"] as const;

export type FinishReason = (typeof finishReasons)[number];

/** What a reader should know of an answer that is complete all the same. */
export type AnswerNote =
  /** The finish reason came and the body ended, but not the protocol's mark of the end. */
  | { readonly code: "no_end_marker" }
  /** The answer was complete, but its body did not end: it stayed open, or broke off. */
  | { readonly code: "no_body_end" }
  /** Taken for content, under a name that is not known. */
  | { readonly code: "unknown_content"; readonly member: string }
  /** The limit ended it before the answer itself began. */
  | { readonly code: "only_reasoning" };

/** One request, written when it has ended. */
export interface RequestRecord {
  readonly type: "request";
  readonly scenario: string;
  /** The phase in which it was scheduled (open loop) or sent (closed loop). */
  readonly phase: string;
  /** Iteration number k: the work is a function of (seed, k). */
  readonly iteration: number;
  /** Ordinal of the request within its iteration, from 0; the same for all of its attempts. */
  readonly request: number;
  /**
   * Ordinal of the attempt, from 0; every attempt is a record of its own. Absent where the scenario
   * does not ask for retries.
   */
  readonly attempt?: number;
  /** Of the first attempt; on every attempt after it. */
  readonly firstAttempt?: { readonly sent: number; readonly scheduled?: number };
  /** The attempt failed and another one was due after this wait, ms. Absent on the last attempt. */
  readonly retryIn?: number;
  readonly vu: number;
  readonly worker: number;
  readonly api: string;
  /** When the schedule wanted it; absent in a closed loop and for later requests of an iteration. */
  readonly scheduled?: number;
  /** When we handed it to the network, before connecting. */
  readonly sent: number;
  /** TCP/TLS connect time, ms; absent on a reused connection. */
  readonly connect?: number;
  /** Response headers arrived. */
  readonly headers?: number;
  /** First and last event with non-empty content. */
  readonly firstContent?: number;
  readonly lastContent?: number;
  /** First content that is part of the answer itself, where reasoning or tool calls came before. */
  readonly firstAnswer?: number;
  /** The exchange was over, however it ended. */
  readonly ended: number;
  /** Gaps between content events in whole µs; the first counts from `sent`. */
  readonly contentGapsUs?: readonly number[];
  /**
   * Tokens carried by each content event. Absent when every event carried exactly one token, or
   * when that is unknown (then `perEvent` is "chunk").
   */
  readonly contentTokens?: readonly number[];
  /** Whether gaps are between tokens or between chunks of unknown token count. */
  readonly perEvent?: "token" | "chunk";
  readonly status?: number;
  readonly outcome: Outcome;
  readonly output?: TokenCount;
  readonly prompt?: TokenCount;
  readonly cached?: TokenCount;
  readonly reasoning?: TokenCount;
  /** Reasoning that was counted in `output`, and not sent. */
  readonly hidden?: TokenCount;
  /** Answers in one (`n`, several prompts), where there are more than one. */
  readonly choices?: number;
  /** What the request asked for, in tokens: output limit and length of the prompt. */
  readonly asked?: {
    readonly output?: number;
    readonly prompt?: number;
    /** How much of the prompt was made for this run, so that no server has seen it. */
    readonly fresh?: number;
    /** The server was told to generate neither less nor more. */
    readonly exact?: true;
  };
  /**
   * Inputs, documents or samples that the request carried. Only of answers that have no first token:
   * embeddings, ranks, tensors, predictions.
   */
  readonly items?: number;
  /** Times the server reported of itself, ms. */
  readonly server?: {
    readonly promptMs?: number;
    readonly predictedMs?: number;
    readonly queueMs?: number;
  };
  readonly bytes: number;
  readonly notes?: readonly AnswerNote[];
  /**
   * The server had closed the kept connection before the first byte of an answer, so the request was
   * sent again on a new one; `sent` is the first time.
   */
  readonly resent?: true;
  /** `Retry-After` of the response, as it came. */
  readonly retryAfter?: string;
  /** What the canaries found of the reply (`options.canaries`); by the name of the check. */
  readonly checks?: Readonly<Record<string, boolean>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * One canary request: a prompt that is asked now and then, at temperature 0, to see whether the same
 * text comes back. It is no request of the scenario and enters none of its metrics but `checks`.
 */
export interface CanaryRecord {
  readonly type: "canary";
  /** Ordinal of the prompt among the plan's canaries, from 0. */
  readonly prompt: number;
  readonly worker: number;
  readonly sent: number;
  readonly ended: number;
  readonly status?: number;
  readonly outcome: Outcome;
  /** SHA-256 of the reply's text (reasoning before it, a line feed between); only of successes. */
  readonly textHash?: string;
  /** The reply as far as it is worth showing: the first of a prompt, and those that differ from it. */
  readonly excerpt?: string;
  /** What the server worked on behalf of the canary. */
  readonly promptTokens?: TokenCount;
  readonly cachedTokens?: TokenCount;
  readonly outputTokens?: TokenCount;
  /** By the name of the check; absent where the request failed: there was nothing to look at. */
  readonly checks?: Readonly<Record<string, boolean>>;
}

/** One call of the scenario's function, or one that was due and never started. */
export interface IterationRecord {
  readonly type: "iteration";
  readonly scenario: string;
  readonly phase: string;
  readonly iteration: number;
  readonly vu?: number;
  readonly scheduled?: number;
  readonly started?: number;
  readonly ended?: number;
  /** `dropped`: no free VU when it was due; `interrupted`: cut off at the end; `failed`: the script threw. */
  readonly outcome: "completed" | "dropped" | "interrupted" | "failed";
  readonly checks?: Readonly<Record<string, boolean>>;
  readonly error?: string;
}

/** One reading of a sampler, over the window that ended at `at`. */
export interface Sample {
  readonly type: "sample";
  readonly at: number;
  /** Where it comes from: `worker-0`, `main`, `host`, `nvml:0`, `server`, ... */
  readonly source: string;
  readonly metric: string;
  readonly value: number;
}

/**
 * Readings of one source over a stretch of time, by column: what a sampler yields many times a
 * second is written once a second. The same as one sample for each value that is not null.
 */
export interface ReadingsLine {
  readonly type: "readings";
  /** As in a sample: `nvml:0`, `host`, `server`, ... */
  readonly source: string;
  /** Names of core/telemetry.ts, or a server's own with its prefix. */
  readonly metrics: readonly string[];
  /** One row a reading: its time, then one value a metric; null where it was not measured. */
  readonly rows: readonly (readonly (number | null)[])[];
}

/**
 * What a server has measured of itself since its start. Written at every phase edge, before and after
 * the traffic, and every ten seconds between; only differences of two lines mean something.
 */
export interface HistogramsLine {
  readonly type: "histograms";
  readonly at: number;
  readonly source: string;
  readonly histograms: ServerHistograms;
}

export type ServerHistograms = Readonly<Partial<Record<ServerTimeName, HistogramState>>>;

/** Times in ms. A server that keeps no more than a count and a sum has no bounds. */
export interface HistogramState {
  /** Upper bounds of the buckets, ascending; the last bucket, which has none, is not among them. */
  readonly upTo: readonly number[];
  /** Values at or below each bound, and behind them all values there are. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A source of telemetry: what it gives, what it does not and why, and what it cost. */
export interface SourceLine {
  readonly type: "source";
  readonly at: number;
  readonly source: string;
  /** What it is read with: `nvml`, `nvidia-smi`, `dcgm-exporter`, `proc`, `llama.cpp`, ... */
  readonly kind: string;
  /** False: it gives nothing here, and `reason` says why. */
  readonly available: boolean;
  readonly reason?: string;
  /** What one can do to get it. */
  readonly advice?: string;
  readonly gives?: readonly string[];
  /**
   * Of the series under the server's own names, those that its page types as counters; the others
   * are gauges. Absent where the page has no types: then the name tells.
   */
  readonly counters?: readonly string[];
  /** Series it could give elsewhere, and why not here. */
  readonly missing?: Readonly<Record<string, string>>;
  readonly device?: { readonly uuid?: string; readonly name?: string; readonly index?: number };
  /** Planned time between readings, ms. */
  readonly interval?: number;
  /** Its own account; written when sampling ends. */
  readonly account?: SourceAccount;
}

export interface SourceAccount {
  readonly reads: number;
  readonly errors: number;
  /** Readings due that were not taken, because the one before was still under way. */
  readonly missed: number;
  /** Time of one read, ms. */
  readonly callP50: number;
  readonly callP99: number;
  /** Share of the time spent reading, 0 to 1. */
  readonly duty: number;
  /** Readings that repeated the one before them with its own time stamp. */
  readonly stale: number;
  /** Values that cannot be (a utilization of 808334905 %), which were left out. Absent: none. */
  readonly impossible?: number;
  /** The interval at the end, ms, where it was stretched because reading cost too much. */
  readonly stretchedTo?: number;
  readonly lastError?: string;
}

/** What the run was measured on. A later line adds to an earlier one, field by field. */
export interface FingerprintLine {
  readonly type: "fingerprint";
  readonly at: number;
  readonly fields: Fingerprint;
}

export interface WarningLine {
  readonly type: "warning";
  readonly at: number;
  readonly code: string;
  readonly message: string;
}

/** Something that happened once: a server crash, an interrupt, a threshold abort. */
export interface RunEvent {
  readonly type: "event";
  readonly at: number;
  readonly name: "server_exit" | "interrupt" | "abort" | "script_error";
  readonly message: string;
  readonly exitCode?: number;
  readonly signal?: string;
}

export interface RunFooter {
  readonly type: "footer";
  readonly at: number;
  readonly reason:
    "completed" | "interrupted" | "target_failed" | "script_failed" | "write_failed" | "aborted";
  readonly message?: string;
}
