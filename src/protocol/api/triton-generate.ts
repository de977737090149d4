/**
 * Triton's generate extension (`POST /v2/models/M/generate` and `generate_stream`), with the fields
 * of TensorRT-LLM's ensemble. The stream has no sign of its end: success is the clean end of the
 * body, and no error event before it.
 */
import type { LlmRequest } from "../../core/request.ts";
import { present } from "../../core/present.ts";
import {
  emptyAnswer,
  postJson,
  type Adapter,
  type Answer,
  type Content,
  type Interpreter,
  type ServerFacts,
} from "../adapter.ts";
import { errorIn } from "../failure.ts";
import { GrowingText } from "./growing-text.ts";
import { asCount, asText, objectIn, type JsonObject } from "../json.ts";
import { promptText } from "./prompt-text.ts";
import type { SseEvent } from "../sse.ts";
import type { HttpRequest } from "../http1/request-text.ts";

export const tritonGenerate: Adapter = {
  name: "triton-generate",
  templated: false,
  fixesLength: () => "end_id",
  encode: (request, facts) => encode("generate", request, facts),
  interpret: (request) => new TritonAnswer(request),
};

export const tritonGenerateStream: Adapter = {
  name: "triton-generate-stream",
  templated: false,
  fixesLength: () => "end_id",
  encode: (request, facts) => encode("generate_stream", request, facts),
  interpret: (request) => new TritonAnswer(request),
};

/** What TensorRT-LLM's ready-made repositories call the model that takes text. */
const DEFAULT_MODEL = "ensemble";

/** TensorRT-LLM's word for "none": no token is the end. */
const NO_END_ID = -1;

/** Path of a model below the server's root. */
export function modelPath({ model = DEFAULT_MODEL }: ServerFacts, verb: string): string {
  return `/v2/models/${encodeURIComponent(model)}/${verb}`;
}

function encode(
  verb: "generate" | "generate_stream",
  request: LlmRequest,
  facts: ServerFacts,
): HttpRequest {
  const body = {
    text_input: promptText(request),
    max_tokens: request.maxTokens,
    stream: verb === "generate_stream",
    temperature: request.temperature,
    seed: request.seed,
    stop_words: request.stop,
    end_id: request.ignoreEos === true ? NO_END_ID : undefined,
    // What a model does not know, Triton takes for parameters and passes over.
    exclude_input_in_output: true,
    return_num_input_tokens: true,
    return_num_output_tokens: true,
    ...request.body,
  };
  return postJson(modelPath(facts, verb), body, facts);
}

class TritonAnswer implements Interpreter {
  readonly answer: Answer = emptyAnswer();
  readonly #text = new GrowingText(this.answer);
  readonly #limit: number | undefined;
  #lastCount: number | undefined;
  #sum: number | undefined;
  #prompt: number | undefined;

  constructor({ maxTokens }: LlmRequest) {
    this.#limit = maxTokens;
  }

  event({ name, data }: SseEvent): Content | undefined {
    const event = objectIn(data);
    return event === undefined ? undefined : this.#read(event, name);
  }

  whole(body: string): Content | undefined {
    const content = this.#read(objectIn(body) ?? {});
    this.end();
    return content;
  }

  end(): void {
    const output = this.#settle();
    this.answer.done = this.answer.error === undefined;
    // It does not say why it stopped; a count can tell.
    if (output !== undefined && output === this.#limit) this.answer.finish = "length";
  }

  #read(event: JsonObject, name?: string): Content | undefined {
    const error = errorIn(event, name);
    if (error !== undefined) {
      this.answer.error ??= error;
      return undefined;
    }
    if (typeof event["text_output"] === "string") this.answer.begun = true;
    this.#count(event);
    return this.#text.add(asText(event["text_output"])) ? "answer" : undefined;
  }

  #count(event: JsonObject): void {
    const output = asCount(event["num_output_tokens"]);
    if (output !== undefined) {
      this.#sum = (this.#sum ?? 0) + output;
      this.#lastCount = output;
    }
    this.#prompt = asCount(event["num_input_tokens"]) ?? this.#prompt;
  }

  /** Each event counts its own tokens, or with text that repeats itself, all so far. */
  #settle(): number | undefined {
    const output = this.#text.repeats ? this.#lastCount : this.#sum;
    this.answer.counts.usage = present({ output, prompt: this.#prompt });
    return output;
  }
}
