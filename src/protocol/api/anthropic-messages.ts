/**
 * Anthropic messages (`POST /v1/messages`), streamed as named events. Success is a stop reason,
 * then `message_stop`; there is no `[DONE]`.
 */
import type { LlmRequest } from "../../core/request.ts";
import { present } from "../../core/present.ts";
import {
  addReasoning,
  addText,
  emptyAnswer,
  postJson,
  type Adapter,
  type Answer,
  type Content,
  type Interpreter,
  type ServerFacts,
} from "../adapter.ts";
import { errorIn } from "../failure.ts";
import { noteFinish, settleEnd } from "../finish-reason.ts";
import { asArray, asCount, asObject, asText, objectIn, type JsonObject } from "../json.ts";
import { isEmpty, noteUnknown } from "./openai/delta.ts";
import { saltField } from "./openai/dialect.ts";
import { messagesOf } from "./prompt-text.ts";
import type { SseEvent } from "../sse.ts";

/** Read, or no content: signatures, citations, and reasoning that is not to be read. */
const KNOWN_TYPES = new Set([
  ...["text", "thinking", "text_delta", "thinking_delta", "input_json_delta", "redacted_thinking"],
  ...["signature_delta", "citations_delta"],
]);

/** `max_tokens` is required. */
const DEFAULT_MAX_TOKENS = 1024;

/** Seen on vLLM 0.32; SGLang has no such API. */
const TAKES_SALT = new Set(["vllm"]);

export const anthropicMessages: Adapter = {
  name: "messages",
  templated: true,
  // llama.cpp takes over the fields that Anthropic knows, and no others.
  fixesLength: () => undefined,
  skipsCache: ({ server = "" }) => (TAKES_SALT.has(server) ? "cache_salt" : undefined),
  encode: (request, facts) => {
    const headers = { "anthropic-version": "2023-06-01", ...facts.headers };
    return postJson("/v1/messages", messageBody(request, facts), { ...facts, headers });
  },
  interpret: () => new MessageStream(),
};

function messageBody(request: LlmRequest, facts: ServerFacts): JsonObject {
  const messages = messagesOf(request);
  const system = messages.filter(({ role }) => role === "system").map(({ content }) => content);
  return {
    model: facts.model,
    system: system.length > 0 ? system.join("\n") : undefined,
    messages: messages.filter(({ role }) => role !== "system"),
    stream: true,
    max_tokens: request.maxTokens ?? DEFAULT_MAX_TOKENS,
    temperature: request.temperature,
    stop_sequences: request.stop,
    ...(TAKES_SALT.has(facts.server ?? "") && saltField(request, facts.server)),
    ...request.body,
  };
}

class MessageStream implements Interpreter {
  readonly answer: Answer = emptyAnswer();

  event({ name, data }: SseEvent): Content | undefined {
    const event = objectIn(data);
    if (event === undefined) return undefined;
    const error = errorIn(event, name);
    if (error !== undefined) {
      this.answer.error ??= error;
      return undefined;
    }
    return this.#read(asText(event["type"]), event);
  }

  #read(type: string, event: JsonObject): Content | undefined {
    switch (type) {
      case "message_start":
        this.answer.begun = true;
        this.#usage(asObject(event["message"]));
        return undefined;
      case "content_block_start":
        return this.#delta(asObject(event["content_block"]) ?? {});
      case "content_block_delta":
        return this.#delta(asObject(event["delta"]) ?? {});
      case "message_delta":
        this.#usage(event);
        this.#stopReason(asObject(event["delta"]));
        return undefined;
      case "message_stop":
        this.answer.done = this.answer.finish !== undefined && this.answer.error === undefined;
        return undefined;
      default:
        return undefined;
    }
  }

  end(): void {
    settleEnd(this.answer, "message_stop");
  }

  whole(body: string): Content | undefined {
    const message = objectIn(body) ?? {};
    this.answer.error ??= errorIn(message);
    let content: Content | undefined;
    for (const block of asArray(message["content"])) {
      content = this.#delta(asObject(block) ?? {}) ?? content;
    }
    this.#usage(message);
    this.#stopReason(message);
    this.answer.done = this.answer.finish !== undefined && this.answer.error === undefined;
    return content;
  }

  /** A delta of a stream, or a whole block of a body: both have the text in the same members. */
  #delta(delta: JsonObject): Content | undefined {
    const reasoning = addReasoning(this.answer, asText(delta["thinking"]));
    const text = addText(this.answer, asText(delta["text"]));
    const tool = asText(delta["partial_json"]) !== "" || delta["type"] === "tool_use";
    return text ?? reasoning ?? (tool ? "tool" : this.#other(delta));
  }

  /** Of a type that is not known: content, unless there is nothing in it. */
  #other({ type, ...rest }: JsonObject): Content | undefined {
    const kind = asText(type);
    if (KNOWN_TYPES.has(kind) || isEmpty(rest)) return undefined;
    return noteUnknown(this.answer, kind);
  }

  /** `input_tokens` leaves out what was read from the cache, and what was written to it. */
  #usage(carrier: JsonObject | undefined): void {
    const usage = asObject(carrier?.["usage"]);
    if (usage === undefined) return;
    const fresh = asCount(usage["input_tokens"]);
    const cached = asCount(usage["cache_read_input_tokens"]);
    const written = asCount(usage["cache_creation_input_tokens"]) ?? 0;
    this.answer.counts.usage = {
      ...this.answer.counts.usage,
      ...present({
        output: asCount(usage["output_tokens"]),
        prompt: fresh === undefined ? undefined : fresh + (cached ?? 0) + written,
        cached,
      }),
    };
  }

  #stopReason(carrier: JsonObject | undefined): void {
    const reason = carrier?.["stop_reason"];
    if (typeof reason === "string") noteFinish(this.answer, reason);
  }
}
