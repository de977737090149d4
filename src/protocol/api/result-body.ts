/** Answers that are one JSON body and generate no text: embeddings, ranks, tensors, predictions. */
import { emptyAnswer, type Answer, type Content, type Interpreter } from "../adapter.ts";
import { errorIn } from "../failure.ts";
import { asObject, parseJson, type JsonObject } from "../json.ts";

/**
 * Takes counts and times out of a body.
 *
 * @returns what the body holds of what was asked for
 */
export type ReadResult = (body: JsonObject, answer: Answer) => Content | undefined;

export class ResultBody implements Interpreter {
  readonly framing = "whole";
  readonly answer: Answer = emptyAnswer();
  readonly #read: ReadResult;
  readonly #jsonOf: (body: string) => string;

  /** @param jsonOf the JSON of a body that has something else behind it */
  constructor(read: ReadResult, jsonOf: (body: string) => string = (body) => body) {
    this.#read = read;
    this.#jsonOf = jsonOf;
  }

  event(): undefined {
    return undefined;
  }

  whole(body: string): Content | undefined {
    const parsed = parseJson(this.#jsonOf(body));
    // Hugging Face's servers answer with the bare list.
    const json = asObject(parsed) ?? { results: parsed };
    this.answer.error ??= errorIn(json);
    if (this.answer.error !== undefined) return undefined;
    this.answer.done = true;
    // Whatever these services return, it is a list of as many things as were asked for, or a number.
    const content = this.#read(json, this.answer);
    this.answer.begun = content !== undefined || Object.values(json).some(Array.isArray);
    if (this.answer.begun) this.answer.finish = "stop";
    return content;
  }
}
