/**
 * The lines of `run.jsonl`, the truth of a run: everything reported can be computed again from them.
 * One JSON object a line, told apart by `type`; append-only; a torn last line is tolerated; without
 * a footer the run was cut short. Times are ms since the run's clock origin (see core/clock.ts),
 * durations are ms, unless a name says otherwise. A value that was not measured is absent.
 */

import type { Fingerprint } from "./fingerprint.ts";
import type { Outcome, RequestRecord, TokenCount } from "./request-record.ts";
import type { HistogramsLine, ReadingsLine, Sample, SourceLine } from "./telemetry-lines.ts";

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
