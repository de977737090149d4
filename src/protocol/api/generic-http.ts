/** Any HTTP service, as the scenario describes it: see HttpDescription. */
import { usageError } from "../../core/errors.ts";
import type { HttpAnswer, HttpDescription, LlmRequest } from "../../core/request.ts";
import { present } from "../../core/present.ts";
import {
  addReasoning,
  addText,
  emptyAnswer,
  type Adapter,
  type Answer,
  type Content,
  type Interpreter,
  type ServerFacts,
} from "../adapter.ts";
import { errorFailure, errorIn } from "../failure.ts";
import { noteFinish } from "../finish-reason.ts";
import { fillText, fillValue, type TemplateValues } from "./fill-template.ts";
import type { Framing } from "../frames.ts";
import { asCount, asObject, asText, parseJson, type JsonObject } from "../json.ts";
import type { SseEvent } from "../sse.ts";
import type { HttpRequest } from "../http1/request-text.ts";
import { mergeBody } from "./merge-body.ts";

export const genericHttp: Adapter = {
  name: "http",
  templated: false,
  fixesLength: () => "as described",
  encode,
  interpret: (request) => new DescribedAnswer(request.http?.answer ?? {}),
};

function encode(request: LlmRequest, facts: ServerFacts): HttpRequest {
  const { http } = request;
  if (http === undefined) {
    throw usageError(
      "the API http needs a description of the service",
      "Make the request with http({ http: { path, body, answer }, prompt, ... }).",
    );
  }
  const values = valuesOf(request, facts);
  const body = bodyOf(http, values, request);
  const described = Object.entries(http.headers ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    fillText(value, values),
  ]);
  return {
    method: http.method ?? "POST",
    path: `${facts.basePath}${fillText(http.path, values, encodeURIComponent)}`,
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...facts.headers,
      ...(Object.fromEntries(described) as Record<string, string>),
    },
    ...(body !== undefined && { body }),
  };
}

function valuesOf(request: LlmRequest, facts: ServerFacts): TemplateValues {
  const { messages, prompt, input, maxTokens, seed, temperature, stop, promptTokens } = request;
  const text = prompt ?? messages.map(({ content }) => content).join("\n");
  const chat = messages.length > 0 ? messages : [{ role: "user", content: text }];
  const values = { prompt: text, messages: chat, input, maxTokens, seed, temperature, stop };
  return { ...values, promptTokens, model: facts.model };
}

function bodyOf(
  { body }: HttpDescription,
  values: TemplateValues,
  request: LlmRequest,
): string | undefined {
  if (typeof body === "string") return fillText(body, values);
  if (body === undefined) return undefined;
  const filled = fillValue(body, values);
  const object = asObject(filled);
  return JSON.stringify(object === undefined ? filled : mergeBody(object, request.body));
}

class DescribedAnswer implements Interpreter {
  readonly answer: Answer = emptyAnswer();
  readonly framing: Framing;
  readonly #places: HttpAnswer;

  constructor(places: HttpAnswer) {
    this.#places = places;
    const { format = "json" } = places;
    this.framing = format === "json" ? "whole" : format;
  }

  event({ name, data }: SseEvent): Content | undefined {
    const { end, text } = this.#places;
    if (end !== undefined && "data" in end && data.trim() === end.data) {
      this.#done();
      return undefined;
    }
    const raw = this.framing === "text" || (this.framing === "sse" && text === undefined);
    if (raw) return addText(this.answer, data);
    return data.trim() === "" ? undefined : this.#read(parseJson(data), name);
  }

  whole(body: string): Content | undefined {
    const json = parseJson(body);
    const content = this.#read(json);
    this.#done();
    if (content !== undefined || this.answer.error !== undefined) return content;
    return this.#places.text === undefined ? "result" : undefined;
  }

  end(): void {
    if (this.#places.end === undefined) this.#done();
    else if (!this.answer.done)
      this.answer.missing = "the end that the scenario describes did not come";
  }

  #done(): void {
    this.answer.done = this.answer.error === undefined;
  }

  #read(json: unknown, name?: string): Content | undefined {
    const places = this.#places;
    const error = this.#error(json, name);
    if (error !== undefined) {
      this.answer.error ??= error;
      return undefined;
    }
    this.#count(json);
    const finish = at(json, places.finish);
    if (typeof finish === "string" && finish !== "") noteFinish(this.answer, finish);
    const reasoning = addReasoning(this.answer, asText(at(json, places.reasoning)));
    const content = this.#text(asText(at(json, places.text))) ?? reasoning;
    if (places.end !== undefined && "path" in places.end && isSaid(at(json, places.end.path)))
      this.#done();
    return content;
  }

  #error(json: unknown, name: string | undefined): Answer["error"] {
    const said = at(json, this.#places.error);
    if (isSaid(said)) return errorFailure({ error: said });
    const object = asObject(json);
    return object === undefined ? undefined : errorIn(object, name);
  }

  #text(text: string): Content | undefined {
    if (this.#places.cumulative !== true) return addText(this.answer, text);
    if (text === "" || text === this.answer.text) return undefined;
    this.answer.text = text;
    return "answer";
  }

  #count(json: unknown): void {
    const { outputTokens, promptTokens, cachedTokens, eventTokens } = this.#places;
    this.answer.counts.usage = {
      ...this.answer.counts.usage,
      ...present({
        output: asCount(at(json, outputTokens)),
        prompt: asCount(at(json, promptTokens)),
        cached: asCount(at(json, cachedTokens)),
      }),
    };
    const carried = at(json, eventTokens);
    const tokens = Array.isArray(carried) ? carried.length : asCount(carried);
    if (tokens !== undefined) this.answer.tokens = (this.answer.tokens ?? 0) + tokens;
  }
}

/** The value at a path such as `choices.0.text`. */
function at(json: unknown, path: string | undefined): unknown {
  if (path === undefined) return undefined;
  return path.split(".").reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as JsonObject)[key];
  }, json);
}

/** Neither absent nor empty nor false. */
function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== "" && value !== 0;
}
