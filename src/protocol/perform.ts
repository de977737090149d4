/**
 * One request, from what the scenario asks to what is recorded of it: encode, exchange, interpret,
 * count, judge success by the protocol's own rule. HTTP 200 is not success.
 */
import type { FailureKind, Outcome, RequestRecord, TokenCount } from "../core/records.ts";
import type { LlmRequest, Reply } from "../core/request.ts";
import type { Adapter, Answer, ServerFacts } from "./adapter.ts";
import { exchange, type Exchange, type ExchangeOptions } from "./exchange.ts";
import { statusFailure } from "./failure.ts";
import { present } from "./json.ts";
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

/** Never rejects: a server that misbehaves is a finding. */
export async function performRequest(
  request: LlmRequest,
  { adapter, transport, facts }: Endpoint,
  options: ExchangeOptions,
): Promise<{ facts: RequestFacts; reply: Reply }> {
  const interpreter = adapter.interpret();
  const reader = new ContentReader(interpreter);
  const done = await exchange(transport, adapter.encode(request, facts), reader, options);
  finishReading(reader, done);
  const { answer } = interpreter;
  const outcome = outcomeOf(done, reader, answer);
  const recorded = factsOf(request, adapter.name, { done, reader, answer, outcome });
  return { facts: recorded, reply: replyOf(answer, recorded) };
}

/** Content that came before a break is content all the same. */
function finishReading(reader: ContentReader, done: Exchange): void {
  if (done.broken === undefined) return;
  try {
    reader.progress();
  } catch {
    // What broke the exchange already has its name; half an event more changes nothing.
  }
}

function outcomeOf(done: Exchange, reader: ContentReader, answer: Answer): Outcome {
  if (answer.error !== undefined) return { ok: false, ...answer.error };
  if (done.broken !== undefined) {
    return { ok: false, failure: done.broken.failure, message: done.broken.message };
  }
  const { status } = done;
  if (status === undefined) return failed("protocol_error", "the response ended without headers");
  if (status >= 300) return { ok: false, ...statusFailure(status, reader.errorBody) };
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

function factsOf(request: LlmRequest, api: string, performed: Performed): RequestFacts {
  const { done, reader, answer, outcome } = performed;
  const output = countOf("output", answer, reader.contentAt.length);
  const asked = present({ output: request.maxTokens, prompt: request.promptTokens });
  return present({
    api,
    sent: done.sent,
    connect: done.connect,
    headers: done.headers,
    firstContent: reader.contentAt[0],
    lastContent: reader.contentAt.at(-1),
    firstAnswer: reader.firstAnswer,
    ended: done.ended,
    contentGapsUs: reader.contentAt.length > 0 ? gapsUs(done.sent, reader.contentAt) : undefined,
    perEvent: reader.contentAt.length > 0 ? perEvent(output, reader, answer) : undefined,
    status: done.status,
    outcome,
    output,
    prompt: countOf("prompt", answer),
    cached: countOf("cached", answer),
    reasoning: countOf("reasoning", answer),
    asked: Object.keys(asked).length > 0 ? asked : undefined,
    server: Object.keys(answer.server).length > 0 ? answer.server : undefined,
    bytes: done.bytes,
    retryAfter: done.retryAfter,
    tags: request.tags,
  });
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
  events = 0,
): TokenCount | undefined {
  const usage = counts.usage?.[what];
  if (usage !== undefined) return { count: usage, source: "usage" };
  const timings = what === "reasoning" ? undefined : counts.timings?.[what];
  if (timings !== undefined) return { count: timings, source: "timings" };
  return events > 0 ? { count: events, source: "events" } : undefined;
}

/**
 * Events are not tokens; but when the server counts as many tokens as there were content events,
 * each carried one. An end-of-generation token is counted and carries no content.
 */
function perEvent(
  output: TokenCount | undefined,
  { contentAt }: ContentReader,
  { finish }: Answer,
): "token" | "chunk" {
  if (output === undefined || output.source === "events") return "chunk";
  const silent = output.count - contentAt.length;
  return silent === 0 || (silent === 1 && finish === "stop") ? "token" : "chunk";
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
