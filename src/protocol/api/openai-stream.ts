/**
 * The chunks of OpenAI's chat and text completions, as llama.cpp, vLLM, SGLang, TensorRT-LLM and
 * others send them. Success is a finish reason, then `[DONE]`, and no error event before it.
 */
import type { FinishReason } from "../../core/records.ts";
import { present } from "../../core/present.ts";
import { addText, emptyAnswer, type Answer, type Content, type Interpreter } from "../adapter.ts";
import { errorIn } from "../failure.ts";
import { asArray, asCount, asObject, objectIn, rowOf, type JsonObject } from "../json.ts";
import { noteTimings } from "./llama-timings.ts";
import { RepeatedChunk } from "../repeated-chunk.ts";
import type { SseEvent } from "../sse.ts";

/** Takes the content out of one of a chunk's choices. */
export type ReadChoice = (choice: JsonObject, answer: Answer) => Content | undefined;

export class OpenAiStream implements Interpreter {
  readonly answer: Answer = emptyAnswer();
  readonly #readChoice: ReadChoice;
  #finished = false;
  /** Several answers at once: what a chunk counts is of one of them. */
  #several = false;
  readonly #repeated = new RepeatedChunk();

  constructor(readChoice: ReadChoice) {
    this.#readChoice = readChoice;
  }

  event({ name, data }: SseEvent): Content | undefined {
    if (data.startsWith("[DONE]")) {
      this.answer.done = this.#finished && this.answer.error === undefined;
      return undefined;
    }
    const text = name === undefined ? this.#repeated.textIn(data) : undefined;
    if (text !== undefined) return addText(this.answer, text);
    const chunk = objectIn(data);
    if (chunk === undefined) return undefined;
    const { length } = this.answer.text;
    const content = this.#chunk(chunk, name);
    if (content === "answer" && name === undefined) {
      this.#repeated.learn(data, this.answer.text.slice(length), this.#onlyAdds);
    }
    return content;
  }

  /** Tried on a stream that has nothing yet. */
  readonly #onlyAdds = (data: string, text: string): boolean => {
    const other = new OpenAiStream(this.#readChoice);
    try {
      other.#chunk(objectIn(data) ?? {});
    } catch {
      return false; // the text of the first chunk was not where it seemed to be
    }
    const only = JSON.stringify({ ...emptyAnswer(), text });
    return JSON.stringify(other.answer) === only && !other.#finished && !other.#several;
  };

  whole(body: string): Content | undefined {
    const content = this.#chunk(objectIn(body) ?? {});
    this.answer.done = this.#finished && this.answer.error === undefined;
    return content;
  }

  #chunk(chunk: JsonObject, name?: string): Content | undefined {
    const error = errorIn(chunk, name);
    if (error !== undefined) {
      this.answer.error ??= error;
      return undefined;
    }
    const choices = asArray(chunk["choices"]);
    const finishedBefore = this.#finished;
    let content: Content | undefined;
    for (const choice of choices) content = this.#choice(asObject(choice) ?? {}) ?? content;
    this.#count(chunk, choices.length > 0 && !this.#finished);
    this.#usage(chunk, finishedBefore || this.#finished);
    noteTimings(chunk, this.answer);
    return content;
  }

  #choice(choice: JsonObject): Content | undefined {
    const content = this.#readChoice(choice, this.answer);
    if (typeof choice["finish_reason"] === "string") {
      this.#finished = true;
      this.answer.finish = finishReason(choice["finish_reason"]);
    }
    if (choice["index"] !== undefined && choice["index"] !== 0) this.#several = true;
    const ids = choice["token_ids"];
    if (Array.isArray(ids)) this.answer.tokens = (this.answer.tokens ?? 0) + ids.length;
    return content;
  }

  /** Chunks may carry the count so far: vLLM's continuous usage, llama.cpp's timings per token. */
  #count(chunk: JsonObject, underWay: boolean): void {
    const usage = asCount(asObject(chunk["usage"])?.["completion_tokens"]);
    const timings = asCount(asObject(chunk["timings"])?.["predicted_n"]);
    if (this.#several) this.answer.tokens = undefined;
    else if (usage !== undefined && (underWay || this.answer.tokens !== undefined))
      this.answer.tokens = usage;
    else if (timings !== undefined && (underWay || this.answer.tokens !== undefined))
      this.answer.tokens = timings;
  }

  #usage(chunk: JsonObject, final: boolean): void {
    const usage = asObject(chunk["usage"]);
    if (usage === undefined) return;
    const { usage: before } = this.answer.counts;
    const now = usageCounts(usage);
    // With n > 1, llama.cpp sends one usage for each choice when it has finished.
    const adds = final && this.#several && before?.output !== undefined;
    if (adds && now.output !== undefined) now.output += before.output ?? 0;
    this.answer.counts.usage = now;
  }
}

function usageCounts(usage: JsonObject): NonNullable<Answer["counts"]["usage"]> {
  return present({
    output: asCount(usage["completion_tokens"]),
    prompt: asCount(usage["prompt_tokens"]),
    cached: asCount(asObject(usage["prompt_tokens_details"])?.["cached_tokens"]),
    reasoning: asCount(asObject(usage["completion_tokens_details"])?.["reasoning_tokens"]),
  });
}

const FINISH: Readonly<Record<string, FinishReason>> = {
  length: "length",
  stop: "stop",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
};

/** OpenAI's words, which others have taken over. */
export function finishReason(reason: string): FinishReason {
  return rowOf(FINISH, reason) ?? "other";
}
