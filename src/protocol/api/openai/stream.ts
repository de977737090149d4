/**
 * The chunks of OpenAI's chat and text completions, as llama.cpp, vLLM, SGLang, TensorRT-LLM and
 * others send them. Success is a finish reason, then `[DONE]` or the clean end of the body, and no
 * error event before it.
 */
import {
  addText,
  emptyAnswer,
  type Answer,
  type Content,
  type Interpreter,
} from "../../adapter.ts";
import { errorIn } from "../../failure.ts";
import { noteFinish, settleEnd } from "../../finish-reason.ts";
import { asArray, asCount, asObject, objectIn, type JsonObject } from "../../json.ts";
import { RepeatedChunk } from "../../repeated-chunk.ts";
import type { SseEvent } from "../../sse.ts";
import { noteTimings } from "../llama-timings.ts";
import { readChoice } from "./delta.ts";
import { ChoiceCounts } from "./usage.ts";

export class OpenAiStream implements Interpreter {
  readonly answer: Answer = emptyAnswer();
  /** Content came in an earlier event. */
  #hasContent = false;
  #marked = false;
  readonly #counts = new ChoiceCounts(this.answer);
  readonly #repeated = new RepeatedChunk();

  event({ name, data }: SseEvent): Content | undefined {
    if (data.startsWith("[DONE]")) {
      this.#marked = true;
      this.#settle();
      return undefined;
    }
    const text = name === undefined ? this.#repeated.textIn(data) : undefined;
    if (text !== undefined) return addText(this.answer, text);
    const chunk = objectIn(data);
    if (chunk === undefined) return undefined;
    const { length } = this.answer.text;
    const content = this.#chunk(chunk, name);
    if (content !== undefined) this.#hasContent = true;
    if (content === "answer" && name === undefined) {
      this.#repeated.learn(data, this.answer.text.slice(length), this.#onlyAdds);
    }
    return content;
  }

  /** Tried on a stream that has nothing yet. */
  readonly #onlyAdds = (data: string, text: string): boolean => {
    const other = new OpenAiStream();
    try {
      other.#chunk(objectIn(data) ?? {});
    } catch {
      return false; // the text of the first chunk was not where it seemed to be
    }
    const only = JSON.stringify({ ...emptyAnswer(), begun: true, text });
    return JSON.stringify(other.answer) === only && other.#counts.isOne;
  };

  whole(body: string): Content | undefined {
    const content = this.#chunk(objectIn(body) ?? {});
    this.#settle();
    return content;
  }

  end(): void {
    const { answer } = this;
    const some = answer.finish !== undefined && !answer.done;
    if (some && !this.#counts.areFinished) answer.missing = "some choices have no finish reason";
    else settleEnd(answer, "[DONE]", this.#marked);
  }

  #settle(): void {
    const { answer } = this;
    answer.done = answer.finish !== undefined && answer.error === undefined;
  }

  #chunk(chunk: JsonObject, name?: string): Content | undefined {
    const error = errorIn(chunk, name);
    if (error !== undefined) {
      this.answer.error ??= error;
      return undefined;
    }
    const choices = asArray(chunk["choices"]);
    let content: Content | undefined;
    for (const choice of choices) content = this.#choice(asObject(choice) ?? {}) ?? content;
    this.#counts.count(chunk, choices);
    noteTimings(chunk, this.answer);
    return content;
  }

  #choice(choice: JsonObject): Content | undefined {
    const { answer } = this;
    answer.begun = true;
    const content = readChoice(choice, answer, !this.#hasContent);
    const reason = choice["finish_reason"];
    const finished = typeof reason === "string" && reason !== "";
    if (finished) noteFinish(answer, reason);
    this.#counts.see(asCount(choice["index"]) ?? 0, finished);
    const ids = choice["token_ids"];
    if (Array.isArray(ids)) answer.tokens = (answer.tokens ?? 0) + ids.length;
    return content;
  }
}
