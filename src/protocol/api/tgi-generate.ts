/**
 * Hugging Face TGI's own route (`POST /generate_stream`): one event a token. Success is an event
 * with the whole `generated_text`; there is no `[DONE]`.
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
} from "../adapter.ts";
import { errorIn } from "../failure.ts";
import { noteFinish } from "../finish-reason.ts";
import { asCount, asObject, asText, objectIn, type JsonObject } from "../json.ts";
import { mergeBody } from "./merge-body.ts";
import { promptText } from "./prompt-text.ts";
import type { SseEvent } from "../sse.ts";

export const tgiGenerate: Adapter = {
  name: "tgi",
  templated: false,
  fixesLength: () => undefined,
  encode: (request, facts) => postJson("/generate_stream", generateBody(request), facts),
  interpret: () => new TokenStream(),
};

function generateBody(request: LlmRequest): JsonObject {
  const { temperature } = request;
  const written = {
    inputs: promptText(request),
    parameters: {
      max_new_tokens: request.maxTokens,
      // A temperature of 0 is refused; greedy is not to sample at all.
      do_sample: temperature === undefined ? undefined : temperature > 0,
      temperature: temperature === 0 ? undefined : temperature,
      seed: request.seed,
      stop: request.stop,
      // Without it there are no counts and no finish reason.
      details: true,
    },
  };
  return mergeBody(written, request.body);
}

class TokenStream implements Interpreter {
  readonly answer: Answer = emptyAnswer();

  event({ name, data }: SseEvent): Content | undefined {
    if (data.startsWith("[DONE]")) return undefined;
    const event = objectIn(data);
    if (event === undefined) return undefined;
    const error = errorIn(event, name);
    if (error !== undefined) {
      this.answer.error ??= error;
      return undefined;
    }
    const token = asObject(event["token"]);
    const content = token === undefined ? undefined : this.#token(token);
    if (typeof event["generated_text"] === "string") this.#finish(event);
    return content;
  }

  end(): void {
    if (!this.answer.done) this.answer.missing = "no event with generated_text came";
  }

  whole(body: string): Content | undefined {
    const json = objectIn(body) ?? {};
    this.answer.error ??= errorIn(json);
    if (typeof json["generated_text"] !== "string") return undefined;
    this.#finish(json);
    return addText(this.answer, json["generated_text"]);
  }

  #token({ special, text }: JsonObject): Content | undefined {
    this.answer.begun = true;
    this.answer.tokens = (this.answer.tokens ?? 0) + 1;
    return special === true ? undefined : addText(this.answer, asText(text));
  }

  #finish(event: JsonObject): void {
    const details = asObject(event["details"]) ?? {};
    this.answer.counts.usage = present({
      output: asCount(details["generated_tokens"]),
      prompt: asCount(details["input_length"]),
    });
    const reason = details["finish_reason"];
    if (typeof reason === "string") noteFinish(this.answer, reason);
    this.answer.done = this.answer.error === undefined;
  }
}
