/**
 * One request, from what the scenario asks to what is recorded of it: encode, exchange, interpret,
 * count, judge success by the protocol's own rule. HTTP 200 is not success.
 */
import type { FailureKind, Outcome, RequestRecord, TokenCount } from "../core/records.ts";
import type { LlmRequest, Reply } from "../core/request.ts";
import { present } from "../core/present.ts";
import type { Adapter, Answer, ServerFacts } from "./adapter.ts";
import { exchange, type Exchange, type ExchangeOptions } from "./exchange.ts";
import { statusFailure } from "./failure.ts";
import { ContentReader } from "./reader.ts";
import type { Transport } from "./transport.ts";

/** The part of a request's record that does not depend on who asked. */
export type RequestFacts = Omit<
  RequestRecord,
  "type" | "scenario" | "phase" | "iteration" | "request" | "vu" | "worker" | "scheduled"
>;

export interface Endpoint {
  readonly adapter: Adapter;
  readonly transport: Transport;
  readonly facts: ServerFacts;
}

/**
 * Rejects only with the usage error of a request that the API cannot express; a server that
 * misbehaves is a finding.
 */
export async function performRequest(
  request: LlmRequest,
  { adapter, transport, facts }: Endpoint,
  options: ExchangeOptions,
): Promise<{ facts: RequestFacts; reply: Reply }> {
  const encoded = adapter.encode(request, facts);
  const interpreter = adapter.interpret(request);
  const reader = new ContentReader(interpreter);
  const done = await exchange(transport, encoded, reader, options);
  const { answer } = interpreter;
  const outcome = outcomeOf(done, reader, answer);
  const recorded = factsOf(request, adapter, { done, reader, answer, outcome });
  return { facts: recorded, reply: replyOf(answer, recorded) };
}

function outcomeOf(done: Exchange, reader: ContentReader, answer: Answer): Outcome {
  if (answer.error !== undefined) return { ok: false, ...answer.error };
  if (done.broken !== undefined) {
    return { ok: false, failure: done.broken.failure, message: done.broken.message };
  }
  const { status } = done;
  if (status === undefined) return failed("protocol_error", "the response ended without headers");
  if (status >= 300) {
    const response = { body: reader.errorBody, location: done.location };
    return { ok: false, ...statusFailure(status, response) };
  }
  if (!answer.done) return failed("truncated", "the stream ended before its end was announced");
  if (reader.contentAt.length === 0) return failed("empty", "the answer has no content");
  return { ok: true, finish: answer.finish ?? "other" };
}

function failed(failure: FailureKind, message: string): Outcome {
  return { ok: false, failure, message };
}

interface Performed {
  readonly done: Exchange;
  readonly reader: ContentReader;
  readonly answer: Answer;
  readonly outcome: Outcome;
}

function factsOf(request: LlmRequest, adapter: Adapter, performed: Performed): RequestFacts {
  const { done, reader, answer, outcome } = performed;
  return present({
    api: adapter.name,
    sent: done.sent,
    connect: done.connect,
    headers: done.headers,
    firstContent: reader.firstContent,
    lastContent: reader.lastContent,
    firstAnswer: reader.firstAnswer,
    ended: done.ended,
    ...contentFacts(done.sent, reader, answer),
    status: done.status,
    outcome,
    output: outputCount(reader, answer),
    prompt: countOf("prompt", answer),
    cached: countOf("cached", answer),
    reasoning: countOf("reasoning", answer),
    asked: askedOf(request, adapter),
    items: adapter.items && (request.items ?? adapter.items(request)),
    server: Object.keys(answer.server).length > 0 ? answer.server : undefined,
    bytes: done.bytes,
    retryAfter: done.retryAfter,
    tags: request.tags,
  });
}

/** A prompt that was composed to a length has it behind the chat template that was reckoned with. */
function askedOf(request: LlmRequest, adapter: Adapter): RequestFacts["asked"] {
  const exact = adapter.templated || request.messages.length === 0;
  const asked = present({
    output: request.maxTokens,
    prompt: exact ? request.promptTokens : undefined,
  });
  return Object.keys(asked).length > 0 ? asked : undefined;
}

function contentFacts(
  sent: number,
  reader: ContentReader,
  answer: Answer,
): Partial<Pick<RequestFacts, "contentGapsUs" | "contentTokens" | "perEvent">> {
  const { contentAt, contentTokens } = reader;
  if (contentAt.length === 0) return {};
  const contentGapsUs = gapsUs(sent, contentAt);
  if (contentTokens === undefined) {
    const perEvent = eventsAreTokens(outputCount(reader, answer), reader, answer);
    return { contentGapsUs, perEvent: perEvent ? "token" : "chunk" };
  }
  const single = contentTokens.every((tokens) => tokens === 1);
  return { contentGapsUs, perEvent: "token", ...(!single && { contentTokens }) };
}

/** Whole microseconds, rounded on the absolute scale so that errors do not add up. */
function gapsUs(sent: number, times: readonly number[]): number[] {
  let before = 0;
  return times.map((at) => {
    const now = Math.round((at - sent) * 1000);
    const gap = now - before;
    before = now;
    return gap;
  });
}

function countOf(
  what: "output" | "prompt" | "cached" | "reasoning",
  { counts }: Answer,
): TokenCount | undefined {
  const usage = counts.usage?.[what];
  if (usage !== undefined) return { count: usage, source: "usage" };
  const timings = what === "reasoning" ? undefined : counts.timings?.[what];
  return timings === undefined ? undefined : { count: timings, source: "timings" };
}

/** Results have no output tokens; else what nobody counted is at least as many as the events. */
function outputCount(reader: ContentReader, answer: Answer): TokenCount | undefined {
  const counted = countOf("output", answer);
  if (counted !== undefined) return counted;
  if (answer.tokens !== undefined) return { count: answer.tokens, source: "token-ids" };
  const events = reader.contentTokens === undefined ? reader.contentAt.length : 0;
  return events > 0 ? { count: events, source: "events" } : undefined;
}

/**
 * Events are not tokens; but when the server counts as many tokens as there were content events,
 * each carried one. An end-of-generation token is counted and carries no content.
 */
function eventsAreTokens(
  output: TokenCount | undefined,
  { contentAt }: ContentReader,
  { finish }: Answer,
): boolean {
  if (output === undefined || output.source === "events") return false;
  const silent = output.count - contentAt.length;
  return silent === 0 || (silent === 1 && finish === "stop");
}

function replyOf(answer: Answer, facts: RequestFacts): Reply {
  const { outcome, firstContent, lastContent, sent } = facts;
  return present({
    ok: outcome.ok,
    text: answer.text,
    reasoning: answer.reasoning,
    finish: outcome.ok ? outcome.finish : undefined,
    failure: outcome.ok ? undefined : outcome.failure,
    message: outcome.ok ? undefined : outcome.message,
    status: facts.status,
    output: facts.output,
    prompt: facts.prompt,
    ttft: firstContent === undefined ? undefined : firstContent - sent,
    e2e: lastContent === undefined ? undefined : lastContent - sent,
  });
}
