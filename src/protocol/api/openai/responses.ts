/**
 * OpenAI responses (`POST /v1/responses`), streamed as named events. Success is
 * `response.completed` or `response.incomplete`; there is no `[DONE]`.
 */
import type { LlmRequest } from "../../../core/request.ts";
import { present } from "../../../core/present.ts";
import {
  addReasoning,
  addText,
  emptyAnswer,
  postJson,
  type Adapter,
  type Answer,
  type Content,
  type Interpreter,
} from "../../adapter.ts";
import { errorFailure, errorIn } from "../../failure.ts";
import { noteFinish } from "../../finish-reason.ts";
import { asArray, asCount, asObject, asText, objectIn, type JsonObject } from "../../json.ts";
import { noteTimings } from "../llama-timings.ts";
import { mergeBody } from "../merge-body.ts";
import { isEmpty, noteUnknown } from "./delta.ts";
import { coldField, dialectFields, ignoreEosField } from "./dialect.ts";
import { messagesOf } from "../prompt-text.ts";
import type { SseEvent } from "../../sse.ts";

export const openaiResponses: Adapter = {
  name: "responses",
  templated: true,
  fixesLength: ignoreEosField,
  skipsCache: coldField,
  encode: (request, facts) =>
    postJson(
      "/v1/responses",
      mergeBody(
        {
          model: facts.model,
          input: messagesOf(request),
          stream: true,
          max_output_tokens: request.maxTokens,
          temperature: request.temperature,
          // Neither is part of OpenAI's responses; llama.cpp and vLLM take what they know from chats.
          ...(ignoreEosField(facts) !== undefined && { seed: request.seed, stop: request.stop }),
          ...dialectFields(request, facts),
        },
        request.body,
      ),
      facts,
    ),
  interpret: (request) => new ResponseStream(request),
};

const LAST = new Set(
  ["completed", "incomplete", "failed", "cancelled"].map((end) => `response.${end}`),
);
const TOOL_DELTAS = /_call(_arguments|_input|_code)?\.delta$/;

class ResponseStream implements Interpreter {
  readonly answer: Answer = emptyAnswer();
  readonly #limit: number | undefined;

  constructor({ maxTokens }: LlmRequest) {
    this.#limit = maxTokens;
  }

  event({ name, data }: SseEvent): Content | undefined {
    if (data.startsWith("[DONE]")) return undefined;
    const event = objectIn(data);
    if (event === undefined) return undefined;
    const error = errorIn(event, name);
    if (error !== undefined) this.answer.error ??= error;
    const type = asText(event["type"]);
    if (type.startsWith("response.")) this.answer.begun = true;
    return this.#read(type, event);
  }

  #read(type: string, event: JsonObject): Content | undefined {
    const delta = asText(event["delta"]);
    switch (type) {
      case "response.output_text.delta":
      case "response.refusal.delta":
        return addText(this.answer, delta);
      case "response.reasoning_summary_text.delta":
        this.answer.summarized = true;
        return addReasoning(this.answer, delta);
      case "response.reasoning_text.delta":
        return addReasoning(this.answer, delta);
      default:
        return LAST.has(type) ? this.#last(event) : this.#other(type, event["delta"]);
    }
  }

  #other(type: string, delta: unknown): Content | undefined {
    if (!type.endsWith(".delta") || isEmpty(delta)) return undefined;
    if (TOOL_DELTAS.test(type)) return "tool";
    return /^response\.(output_)?audio\./.test(type) ? "answer" : noteUnknown(this.answer, type);
  }

  end(): void {
    const { answer } = this;
    if (!answer.done) answer.missing = "no response.completed and no response.incomplete came";
  }

  whole(body: string): Content | undefined {
    const response = objectIn(body) ?? {};
    this.answer.error ??= errorIn(response);
    const content = this.#output(response);
    noteTimings(response, this.answer);
    this.#finish(response);
    return content;
  }

  #item({ type, content }: JsonObject): Content | undefined {
    if (type === "function_call") return "tool";
    const text = asArray(content)
      .map((part) => asText(asObject(part)?.["text"]))
      .join("");
    return type === "reasoning" ? addReasoning(this.answer, text) : addText(this.answer, text);
  }

  /** A server that does not stream may have the whole output only here. */
  #last(event: JsonObject): Content | undefined {
    const response = asObject(event["response"]) ?? {};
    noteTimings(event, this.answer);
    const { text, reasoning } = this.answer;
    const content = text === "" && reasoning === "" ? this.#output(response) : undefined;
    this.#finish(response);
    return content;
  }

  #output(response: JsonObject): Content | undefined {
    let content: Content | undefined;
    for (const item of asArray(response["output"])) {
      content = this.#item(asObject(item) ?? {}) ?? content;
    }
    return content;
  }

  #finish(response: JsonObject): void {
    const usage = asObject(response["usage"]);
    if (usage !== undefined) this.answer.counts.usage = usageCounts(usage);
    const status = response["status"];
    if (status === "failed") this.answer.error ??= errorFailure(response);
    if (status === "cancelled") noteFinish(this.answer, status);
    this.answer.done =
      (status === "completed" || status === "incomplete") && this.answer.error === undefined;
    this.answer.finish = this.#finishReason(response);
  }

  /** llama.cpp says `completed` also of an answer that the limit has cut. */
  #finishReason(response: JsonObject): Answer["finish"] {
    const reason = asObject(response["incomplete_details"])?.["reason"];
    if (reason === "max_output_tokens") return "length";
    if (response["status"] === "incomplete") return "other";
    const output = this.answer.counts.usage?.output;
    return output !== undefined && output === this.#limit ? "length" : "stop";
  }
}

function usageCounts(usage: JsonObject): NonNullable<Answer["counts"]["usage"]> {
  return present({
    output: asCount(usage["output_tokens"]),
    prompt: asCount(usage["input_tokens"]),
    cached: asCount(asObject(usage["input_tokens_details"])?.["cached_tokens"]),
    reasoning: asCount(asObject(usage["output_tokens_details"])?.["reasoning_tokens"]),
  });
}
