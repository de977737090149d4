/**
 * What an API adds to the shared transport and parser: how a request is written, and what the
 * events of its answer mean. One file per API; protocol/apis.ts is the table of them.
 */
import type { AnswerNote, FinishReason } from "../core/request-record.ts";
import type { ApiName, LlmRequest } from "../core/request.ts";
import type { Failure } from "./failure.ts";
import type { Framing } from "./frames.ts";
import type { JsonObject } from "./json.ts";
import type { HttpRequest } from "./http1/request-text.ts";
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
  readonly name: ApiName;
  /** Prompts pass through the server's chat template, as those that were composed to a length. */
  readonly templated: boolean;
  /** @throws usage error for a request that this API cannot express */
  encode(request: LlmRequest, facts: ServerFacts): HttpRequest;
  /** A fresh interpreter for one answer to this request. */
  interpret(request: LlmRequest): Interpreter;
  /**
   * The field by which `ignoreEos` fixes the output's length. Undefined where the server cannot be
   * made to; `none` where there is no output to have a length.
   */
  fixesLength(facts: ServerFacts): string | undefined;
  /** The same for `cachePrompt: false`. Absent: no server of this API can be made to. */
  skipsCache?(facts: ServerFacts): string | undefined;
  /** Inputs, documents or samples in a request; only of APIs whose answer has no first token. */
  items?(request: LlmRequest): number;
}

/** Reads the events of one answer. Throws nothing but MalformedAnswer. */
export interface Interpreter {
  /** How events are told apart where the content type leaves it open. Default `sse`. */
  readonly framing?: Framing;
  /** Returns what kind of content the event carried, if any. */
  event(event: SseEvent): Content | undefined;
  /** A whole JSON body, from a server that did not stream. */
  whole(body: string): Content | undefined;
  /** The body came to its clean end, after the last event. */
  end?(): void;
  readonly answer: Answer;
}

/**
 * `answer` is what the user reads; reasoning and tool calls come before it. `result` is an answer
 * that has no output tokens: embeddings, ranks, tensors. `other`: content that we do not know.
 */
export type Content = "answer" | "reasoning" | "tool" | "result" | "other";

/** What an answer has come to so far. */
export interface Answer {
  text: string;
  reasoning: string;
  finish: FinishReason | undefined;
  /** Something came that answers of this API have; what fails then is an answer, not a web page. */
  begun: boolean;
  /** The protocol's own sign of success has been seen. */
  done: boolean;
  /** Which sign of a complete answer did not come; said where the body came to its clean end. */
  missing: string | undefined;
  notes: AnswerNote[];
  /** The reasoning is a summary: other tokens than those that were counted. */
  summarized: boolean;
  /** Answers in one, where there are more than one. */
  choices: number | undefined;
  error: Failure | undefined;
  /**
   * Output tokens that the events so far carried, where the protocol tells with each of them; those
   * that carried no content included.
   */
  tokens: number | undefined;
  counts: {
    /** The server's own final count: `usage`, or what the API has in its place. */
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
    begun: false,
    done: false,
    missing: undefined,
    notes: [],
    summarized: false,
    choices: undefined,
    error: undefined,
    tokens: undefined,
    counts: {},
    server: {},
  };
}

/** Adds a piece of the answer's text. */
export function addText(answer: Answer, text: string): Content | undefined {
  answer.text += text;
  return text === "" ? undefined : "answer";
}

/** Adds a piece of the reasoning before the answer. */
export function addReasoning(answer: Answer, text: string): Content | undefined {
  answer.reasoning += text;
  return text === "" ? undefined : "reasoning";
}

/** A POST of JSON to a path below the server's root; members that are undefined are left out. */
export function postJson(path: string, body: JsonObject, facts: ServerFacts): HttpRequest {
  return {
    method: "POST",
    path: `${facts.basePath}${path}`,
    headers: jsonHeaders(facts),
    body: JSON.stringify(body),
  };
}

/** The same object for each request of a server: what has been written of it need not be again. */
const known = new WeakMap<ServerFacts, HttpRequest["headers"]>();

function jsonHeaders(facts: ServerFacts): HttpRequest["headers"] {
  const before = known.get(facts);
  if (before !== undefined) return before;
  const headers = {
    "content-type": "application/json",
    accept: "text/event-stream, application/x-ndjson, application/json",
    ...facts.headers,
  };
  known.set(facts, headers);
  return headers;
}
