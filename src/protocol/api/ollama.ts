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
import { noteFinish } from "../finish-reason.ts";
import { asCount, asObject, asText, objectIn, type JsonObject } from "../json.ts";
import { mergeBody } from "./merge-body.ts";
import { readDelta } from "./openai/delta.ts";
import { messagesOf, promptText } from "./prompt-text.ts";
import type { SseEvent } from "../sse.ts";

export const ollamaGenerate: Adapter = {
  name: "ollama-generate",
  templated: false,
  fixesLength: () => undefined,
  encode: (request, facts) =>
    postJson(
      "/api/generate",
      mergeBody({ prompt: promptText(request), ...settings(request, facts) }, request.body),
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
      mergeBody({ messages: messagesOf(request), ...settings(request, facts) }, request.body),
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
    const content = this.#content(line);
    if (line["done"] === true) this.#finish(line);
    return content;
  }

  #content(line: JsonObject): Content | undefined {
    const message = asObject(line["message"]);
    if (message !== undefined || typeof line["response"] === "string") this.answer.begun = true;
    if (message !== undefined) return readDelta(message, this.answer);
    const reasoning = addReasoning(this.answer, asText(line["thinking"]));
    return addText(this.answer, asText(line["response"])) ?? reasoning;
  }

  end(): void {
    const { answer } = this;
    if (!answer.done) answer.missing = 'no line with "done": true came';
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
    const reason = asText(line["done_reason"]);
    if (reason !== "") noteFinish(this.answer, reason);
    this.answer.done = this.answer.error === undefined;
  }
}

function milliseconds(nanoseconds: unknown): number | undefined {
  const count = asCount(nanoseconds);
  return count === undefined ? undefined : count / NS_PER_MS;
}
