/**
 * llama.cpp's own routes, streamed: `POST /completion` and `POST /infill`. Success is an event with
 * `stop: true`; there is no `[DONE]`.
 */
import type { LlmRequest } from "../../core/request.ts";
import { present } from "../../core/present.ts";
import {
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
import { noteTimings } from "./llama-timings.ts";
import { promptOf, promptText } from "./prompt-text.ts";
import type { SseEvent } from "../sse.ts";

export const llamaCompletion: Adapter = {
  name: "completion",
  templated: false,
  fixesLength: () => "ignore_eos",
  skipsCache: () => "cache_prompt",
  encode: (request, facts) =>
    postJson("/completion", { prompt: promptOf(request), ...settings(request, facts) }, facts),
  interpret: () => new NativeStream(),
};

export const llamaInfill: Adapter = {
  name: "infill",
  templated: false,
  fixesLength: () => "ignore_eos",
  skipsCache: () => "cache_prompt",
  encode: (request, facts) => {
    const gap = { input_prefix: promptText(request), input_suffix: request.suffix ?? "" };
    return postJson("/infill", { ...gap, ...settings(request, facts) }, facts);
  },
  interpret: () => new NativeStream(),
};

/** All that is read of the last event, which else repeats every setting and the prompt. */
const FINAL_FIELDS = [
  ...["content", "stop", "stop_type", "truncated"],
  ...["tokens_predicted", "tokens_evaluated", "timings"],
];

function settings(request: LlmRequest, facts: ServerFacts): JsonObject {
  return {
    model: facts.model,
    stream: true,
    n_predict: request.maxTokens,
    temperature: request.temperature,
    seed: request.seed,
    stop: request.stop,
    ignore_eos: request.ignoreEos === true ? true : undefined,
    cache_prompt: request.cachePrompt,
    response_fields: FINAL_FIELDS,
    ...request.body,
  };
}

class NativeStream implements Interpreter {
  readonly answer: Answer = emptyAnswer();
  #several = false;

  event({ name, data }: SseEvent): Content | undefined {
    const event = objectIn(data);
    // `null` comes first where there are several prompts: each has an end of its own.
    if (event === undefined && data.trim() === "null") this.#several = true;
    return event === undefined ? undefined : this.#read(event, name);
  }

  end(): void {
    const { answer } = this;
    if (this.#several && answer.finish !== undefined) answer.done = answer.error === undefined;
    if (!answer.done) answer.missing = 'no event with "stop": true came';
  }

  whole(body: string): Content | undefined {
    return this.#read(objectIn(body) ?? {});
  }

  #read(event: JsonObject, name?: string): Content | undefined {
    const error = errorIn(event, name);
    if (error !== undefined) {
      this.answer.error ??= error;
      return undefined;
    }
    const progress = asObject(event["prompt_progress"]) !== undefined;
    if (progress || typeof event["content"] === "string") this.answer.begun = true;
    if (progress) return undefined;
    // Not the ids in `tokens`: a character of several tokens comes with the id of its last one.
    this.answer.tokens = asCount(event["tokens_predicted"]) ?? this.answer.tokens;
    const content = addText(this.answer, asText(event["content"]));
    if (event["stop"] === true) this.#finish(event);
    return content;
  }

  #finish(event: JsonObject): void {
    noteTimings(event, this.answer);
    this.answer.counts.usage = present({
      output: asCount(event["tokens_predicted"]),
      prompt: asCount(event["tokens_evaluated"]),
    });
    // A full context is a limit too (`truncated`).
    const reason = event["stop_type"];
    if (typeof reason === "string") noteFinish(this.answer, reason);
    this.answer.done = this.answer.error === undefined && !this.#several;
  }
}
