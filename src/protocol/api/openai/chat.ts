/** OpenAI chat completions (`POST /v1/chat/completions`), streamed. */
import type { LlmRequest } from "../../../core/request.ts";
import { postJson, type Adapter, type ServerFacts } from "../../adapter.ts";
import type { JsonObject } from "../../json.ts";
import { mergeBody } from "../merge-body.ts";
import { coldField, dialectFields, ignoreEosField, streamOptions } from "./dialect.ts";
import { OpenAiStream } from "./stream.ts";
import { messagesOf } from "../prompt-text.ts";

export const openaiChat: Adapter = {
  name: "chat",
  templated: true,
  fixesLength: ignoreEosField,
  skipsCache: coldField,
  encode: (request, facts) => postJson("/v1/chat/completions", chatBody(request, facts), facts),
  interpret: () => new OpenAiStream(),
};

function chatBody(request: LlmRequest, facts: ServerFacts): JsonObject {
  const written = {
    model: facts.model,
    messages: messagesOf(request),
    stream: true,
    stream_options: streamOptions(facts),
    max_tokens: request.maxTokens,
    temperature: request.temperature,
    seed: request.seed,
    stop: request.stop,
    ...dialectFields(request, facts),
  };
  return mergeBody(written, request.body);
}
