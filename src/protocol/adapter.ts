/**
 * What an API adds to the shared transport and parser: how a request is written, and what the
 * events of its answer mean. One file per API; protocol/apis.ts is the table of them.
 */
import type { FinishReason } from "../core/records.ts";
import type { LlmRequest } from "../core/request.ts";
import type { Failure } from "./failure.ts";
import type { HttpRequest } from "./transport.ts";
import type { SseEvent } from "./sse.ts";

/** What is known of the server when requests are written. */
export interface ServerFacts {
  /** Product name as found out (`llama.cpp`, `plimsoll`, `vllm`, ...); undefined when unknown. */
  readonly server: string | undefined;
  readonly model: string | undefined;
  /** Path prefix of the server's root, without a trailing slash. */
  readonly basePath: string;
  /** Authentication and what the user gave; never recorded. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Adapter {
  readonly name: string;
  encode(request: LlmRequest, facts: ServerFacts): HttpRequest;
  /** A fresh interpreter for one answer. */
  interpret(): Interpreter;
}

/** Reads the events of one answer. */
export interface Interpreter {
  /** Returns what kind of content the event carried, if any. */
  event(event: SseEvent): Content | undefined;
  /** A whole JSON body, from a server that did not stream. */
  whole(body: string): Content | undefined;
  readonly answer: Answer;
}

/** `answer` is what the user reads; reasoning and tool calls come before it. */
export type Content = "answer" | "reasoning" | "tool";

/** What an answer has come to so far. */
export interface Answer {
  text: string;
  reasoning: string;
  finish: FinishReason | undefined;
  /** The protocol's own sign of success has been seen. */
  done: boolean;
  error: Failure | undefined;
  counts: {
    /** From `usage`. */
    usage?: { output?: number; prompt?: number; cached?: number; reasoning?: number };
    /** From the server's `timings`. */
    timings?: { output?: number; prompt?: number; cached?: number };
  };
  server: { promptMs?: number; predictedMs?: number; queueMs?: number };
}

export function emptyAnswer(): Answer {
  return {
    text: "",
    reasoning: "",
    finish: undefined,
    done: false,
    error: undefined,
    counts: {},
    server: {},
  };
}
