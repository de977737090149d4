/**
 * SGLang's own route (`POST /generate`), streamed. Success is a finish reason, then `[DONE]`. Text
 * and ids are those of the whole answer so far, unless the server was told to send them piecewise.
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
import { errorFailure, errorIn } from "../failure.ts";
import { noteFinish, settleEnd } from "../finish-reason.ts";
import { asArray, asCount, asObject, asText, objectIn, type JsonObject } from "../json.ts";
import { mergeBody } from "./merge-body.ts";
import { promptOf } from "./prompt-text.ts";
import type { SseEvent } from "../sse.ts";

export const sglangGenerate: Adapter = {
  name: "sglang-generate",
  templated: false,
  fixesLength: () => "sampling_params.ignore_eos",
  skipsCache: () => "cache_salt",
  encode: (request, facts) => postJson("/generate", generateBody(request), facts),
  interpret: () => new GenerateStream(),
};

function generateBody(request: LlmRequest): JsonObject {
  const prompt = promptOf(request);
  const written = {
    ...(typeof prompt === "string" ? { text: prompt } : { input_ids: prompt }),
    stream: true,
    sampling_params: {
      max_new_tokens: request.maxTokens,
      temperature: request.temperature,
      stop: request.stop,
      ignore_eos: request.ignoreEos === true ? true : undefined,
    },
    ...(request.cachePrompt === false && { cache_salt: crypto.randomUUID() }),
  };
  return mergeBody(written, request.body);
}

class GenerateStream implements Interpreter {
  readonly answer: Answer = emptyAnswer();
  #marked = false;

  event({ name, data }: SseEvent): Content | undefined {
    if (data.startsWith("[DONE]")) {
      this.#marked = true;
      this.#settle();
      return undefined;
    }
    const event = objectIn(data);
    return event === undefined ? undefined : this.#read(event, name);
  }

  whole(body: string): Content | undefined {
    const content = this.#read(objectIn(body) ?? {});
    this.#settle();
    return content;
  }

  end(): void {
    settleEnd(this.answer, "[DONE]", this.#marked);
  }

  #settle(): void {
    this.answer.done = this.answer.finish !== undefined && this.answer.error === undefined;
  }

  #read(event: JsonObject, name?: string): Content | undefined {
    const error = errorIn(event, name);
    if (error !== undefined) {
      this.answer.error ??= error;
      return undefined;
    }
    const meta = asObject(event["meta_info"]) ?? {};
    const completed = asCount(meta["completion_tokens"]);
    const content = this.#text(asText(event["text"]), event, completed);
    if (completed !== undefined) this.answer.tokens = completed;
    this.answer.counts.usage = present({
      output: completed,
      prompt: asCount(meta["prompt_tokens"]),
      cached: asCount(meta["cached_tokens"]),
    });
    this.#finish(meta["finish_reason"]);
    return content;
  }

  /** As many ids as tokens so far: then the text is the whole text so far, too. */
  #text(text: string, event: JsonObject, completed: number | undefined): Content | undefined {
    const ids = event["output_ids"];
    const before = this.answer.text;
    const cumulative =
      Array.isArray(ids) && completed !== undefined && completed > 0
        ? asArray(ids).length >= completed
        : text.startsWith(before);
    if (!cumulative) return addText(this.answer, text);
    // A character that was incomplete before (U+FFFD) may have changed the text's end.
    const grown = text !== before && text.length >= before.length;
    this.answer.text = text;
    return grown ? "answer" : undefined;
  }

  #finish(reason: unknown): void {
    const type = asObject(reason)?.["type"] ?? reason;
    if (typeof type !== "string") return;
    if (type === "abort") {
      this.answer.error ??= errorFailure({ error: asObject(reason) ?? type });
      return;
    }
    noteFinish(this.answer, type);
  }
}
