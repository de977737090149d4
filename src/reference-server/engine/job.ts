/**
 * What a request asks of the engine, and what the engine reports back. A request makes one job for
 * each prompt and each of its `n` completions; a job occupies one slot.
 */

import type { ApiError } from "../api/api-error.ts";

/** How tokens are chosen and when to stop. Defaults are llama-server's. */
export interface Settings {
  /** -1: until the context is full. */
  readonly maxTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  /** Absent: a random one. */
  readonly seed: number | undefined;
  readonly repeatLastN: number;
  readonly repeatPenalty: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** Added to a token's logit; -Infinity bans it. */
  readonly logitBias: readonly (readonly [token: number, bias: number])[];
  readonly ignoreEos: boolean;
  readonly stop: readonly string[];
  readonly cachePrompt: boolean;
  readonly stream: boolean;
  readonly timingsPerToken: boolean;
  readonly returnProgress: boolean;
  readonly returnTokens: boolean;
}

export interface Job {
  readonly id: number;
  /** Which of the request's completions this is. */
  readonly index: number;
  readonly prompt: readonly number[];
  readonly settings: Settings;
  /** The slot asked for; -1, or a slot that does not exist, is any. */
  readonly slot: number;
  readonly listener: JobListener;
}

/** Called between decodes, never during one; a listener must not throw. */
export interface JobListener {
  /** A slot took the job. */
  started(): void;
  progressed(progress: Progress, timings: Timings): void;
  token(event: TokenEvent): void;
  finished(finish: Finish): void;
  /** The job ends here; nothing else is reported. */
  failed(error: ApiError): void;
}

export interface TokenEvent {
  readonly token: number;
  /** Empty while a character is incomplete or a stop string may be under way. */
  readonly text: string;
  /** Tokens generated so far, this one included. */
  readonly generated: number;
  readonly timings: Timings | undefined;
}

export interface Progress {
  readonly total: number;
  readonly cache: number;
  readonly processed: number;
  readonly timeMs: number;
}

export type StopReason =
  { readonly type: "none" | "eos" | "limit" } | { readonly type: "word"; readonly word: string };

export interface Finish {
  readonly slot: number;
  readonly stop: StopReason;
  /** Everything generated, without the stop string. */
  readonly text: string;
  readonly tokens: readonly number[];
  readonly generated: number;
  /** The context was full. */
  readonly truncated: boolean;
  readonly hasNewLine: boolean;
  /** Tokens in the slot's context now. */
  readonly inContext: number;
  readonly timings: Timings;
}

/** Durations in ms. A slot's time starts when it takes the job: queueing is not in it. */
export interface Timings {
  readonly cached: number;
  readonly processed: number;
  readonly promptMs: number;
  readonly generated: number;
  readonly generationMs: number;
}
