/** OpenAI chat completions (`POST /v1/chat/completions`), streamed. */
import type { LlmRequest } from "../../core/request.ts";
import {
  addReasoning,
  addText,
  postJson,
  type Adapter,
  type Answer,
  type Content,
  type ServerFacts,
} from "../adapter.ts";
import { asArray, asObject, asText, type JsonObject } from "../json.ts";
import { dialectFields, ignoreEosField, streamOptions } from "./openai-dialect.ts";
import { OpenAiStream } from "./openai-stream.ts";
import { messagesOf } from "./prompt-text.ts";

export const openaiChat: Adapter = {
  name: "chat",
  templated: true,
  fixesLength: ignoreEosField,
  encode: (request, facts) => postJson("/v1/chat/completions", chatBody(request, facts), facts),
  interpret: () => new OpenAiStream(readChoice),
};

function chatBody(request: LlmRequest, facts: ServerFacts): JsonObject {
  return {
    model: facts.model,
    messages: messagesOf(request),
    stream: true,
    stream_options: streamOptions(facts),
    max_tokens: request.maxTokens,
    temperature: request.temperature,
    seed: request.seed,
    stop: request.stop,
    ...dialectFields(request, facts),
    ...request.body,
  };
}

/** `reasoning_content` of llama.cpp, SGLang and older vLLM is `reasoning` elsewhere. */
function readChoice(choice: JsonObject, answer: Answer): Content | undefined {
  const delta = asObject(choice["delta"] ?? choice["message"]);
  if (delta === undefined) return undefined;
  const reasoning = asText(delta["reasoning_content"]) || asText(delta["reasoning"]);
  const before = addReasoning(answer, reasoning);
  const content = addText(answer, asText(delta["content"])) ?? before;
  return content ?? (asArray(delta["tool_calls"]).length > 0 ? "tool" : undefined);
}
