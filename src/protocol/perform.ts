/**
 * One request, from what the scenario asks to what is recorded of it: encode, exchange, interpret,
 * count, judge success by the protocol's own rule. HTTP 200 is not success.
 */
import type { Outcome } from "../core/request-record.ts";
import type { LlmRequest, Reply } from "../core/request.ts";
import { present } from "../core/present.ts";
import type { Adapter, Answer, ServerFacts } from "./adapter.ts";
import { exchange, type ExchangeOptions } from "./exchange.ts";

import { notesOf, outcomeOf, type Exchanged } from "./outcome.ts";
import { ContentReader } from "./reader.ts";
import type { RequestFacts } from "./request-facts.ts";
import { contentFacts, tokenFacts } from "./token-facts.ts";
import type { Transport } from "./transport.ts";

export interface Endpoint {
  readonly adapter: Adapter;
  readonly transport: Transport;
  readonly facts: ServerFacts;
  /** Prompts were composed for this API, its chat template or none. Absent: for one with a template. */
  readonly composed?: boolean;
}

/**
 * Rejects only with the usage error of a request that the API cannot express; a server that
 * misbehaves is a finding.
 */
export async function performRequest(
  request: LlmRequest,
  endpoint: Endpoint,
  options: ExchangeOptions,
): Promise<{ facts: RequestFacts; reply: Reply }> {
  const { adapter, transport, facts } = endpoint;
  const encoded = adapter.encode(request, facts);
  const interpreter = adapter.interpret(request);
  const reader = new ContentReader(interpreter);
  const done = await exchange(transport, encoded, reader, options);
  const { answer } = interpreter;
  const exchanged = { api: adapter.name, done, reader, answer };
  const asked = {
    asked: askedOf(request, endpoint),
    items: adapter.items && (request.items ?? adapter.items(request)),
    tags: request.tags,
  };
  const recorded = factsOf(asked, { ...exchanged, outcome: outcomeOf(exchanged) });
  return { facts: recorded, reply: replyOf(answer, recorded) };
}

type Asked = { readonly [Key in "asked" | "items" | "tags"]: RequestFacts[Key] | undefined };

function factsOf(
  { asked, items, tags }: Asked,
  performed: Exchanged & { readonly outcome: Outcome },
): RequestFacts {
  const { api, done, reader, answer, outcome } = performed;
  return present({
    api,
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
    ...tokenFacts(reader, answer),
    choices: answer.choices,
    asked,
    items,
    server: Object.keys(answer.server).length > 0 ? answer.server : undefined,
    bytes: done.bytes,
    notes: notesOf(performed),
    resent: done.resent,
    retryAfter: done.retryAfter,
    tags,
  });
}

/** A prompt that was composed to a length has it behind the chat template that was reckoned with. */
function askedOf(request: LlmRequest, endpoint: Endpoint): RequestFacts["asked"] {
  const { adapter, facts } = endpoint;
  const composed = (endpoint.composed ?? adapter.templated) || request.messages.length === 0;
  const { maxTokens, ignoreEos } = request;
  const fixed = maxTokens !== undefined && ignoreEos === true;
  const asked = present({
    output: maxTokens,
    prompt: composed ? request.promptTokens : undefined,
    exact: fixed && fixesLength(adapter, facts) ? (true as const) : undefined,
    fresh: request.freshTokens,
  });
  return Object.keys(asked).length > 0 ? asked : undefined;
}

/** What a described service does is known to whoever described it. */
function fixesLength(adapter: Adapter, facts: ServerFacts): boolean {
  return adapter.name !== "http" && adapter.fixesLength(facts) !== undefined;
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
