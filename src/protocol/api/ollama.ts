/**
 * Ollama's own routes (`POST /api/generate`, `POST /api/chat`): one JSON object a line. Success is
 * `done: true`. Members that are zero are left out.
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
import { asArray, asCount, asObject, asText, objectIn, type JsonObject } from "../json.ts";
import { finishReason } from "./openai-stream.ts";
import { messagesOf, promptText } from "./prompt-text.ts";
import type { SseEvent } from "../sse.ts";

export const ollamaGenerate: Adapter = {
  name: "ollama-generate",
  templated: false,
  fixesLength: () => undefined,
  encode: (request, facts) =>
    postJson(
      "/api/generate",
      { prompt: promptText(request), ...settings(request, facts), ...request.body },
      facts,
    ),
  interpret: () => new OllamaStream(),
};

export const ollamaChat: Adapter = {
  name: "ollama-chat",
  templated: true,
  fixesLength: () => undefined,
  encode: (request, facts) =>
    postJson(
      "/api/chat",
      { messages: messagesOf(request), ...settings(request, facts), ...request.body },
      facts,
    ),
  interpret: () => new OllamaStream(),
};

function settings(request: LlmRequest, facts: ServerFacts): JsonObject {
  return {
    model: facts.model,
    stream: true,
    options: {
      num_predict: request.maxTokens,
      temperature: request.temperature,
      seed: request.seed,
      stop: request.stop,
    },
  };
}

const NS_PER_MS = 1e6;

class OllamaStream implements Interpreter {
  readonly framing = "ndjson";
  readonly answer: Answer = emptyAnswer();

  event({ name, data }: SseEvent): Content | undefined {
    const line = objectIn(data);
    if (line === undefined) return undefined;
    const error = errorIn(line, name);
    if (error !== undefined) {
      this.answer.error ??= error;
      return undefined;
    }
    const message = asObject(line["message"]) ?? line;
    const reasoning = addReasoning(this.answer, asText(message["thinking"]));
    const text = asText(message["content"]) || asText(line["response"]);
    const content = addText(this.answer, text) ?? reasoning;
    if (line["done"] === true) this.#finish(line);
    return content ?? (asArray(message["tool_calls"]).length > 0 ? "tool" : undefined);
  }

  whole(body: string): Content | undefined {
    return this.event({ name: undefined, data: body });
  }

  #finish(line: JsonObject): void {
    this.answer.counts.usage = present({
      output: asCount(line["eval_count"]),
      prompt: asCount(line["prompt_eval_count"]),
    });
    this.answer.server = present({
      promptMs: milliseconds(line["prompt_eval_duration"]),
      predictedMs: milliseconds(line["eval_duration"]),
    });
    this.answer.finish = finishReason(asText(line["done_reason"]));
    this.answer.done = this.answer.error === undefined;
  }
}

function milliseconds(nanoseconds: unknown): number | undefined {
  const count = asCount(nanoseconds);
  return count === undefined ? undefined : count / NS_PER_MS;
}
