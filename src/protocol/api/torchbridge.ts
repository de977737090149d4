/**
 * TorchBridge, and services like it made with FastAPI: `POST /generate` streams raw, unescaped text
 * as event data and ends with `[DONE]`; `POST /predict` answers with one body. Nothing counts the
 * tokens of a stream, and a line feed inside a token is lost in its framing.
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
import { asArray, asCount, asObject, asText, objectIn, type JsonObject } from "../json.ts";
import { messagesOf, promptText } from "./prompt-text.ts";
import { ResultBody } from "./result-body.ts";
import type { SseEvent } from "../sse.ts";

export const torchbridgeGenerate: Adapter = {
  name: "torchbridge-generate",
  templated: false,
  fixesLength: () => undefined,
  encode: (request, facts) => postJson("/generate", generateBody(request), facts),
  interpret: () => new RawTextStream(),
};

/** The same stream, from messages. */
export const torchbridgeChat: Adapter = {
  name: "torchbridge-chat",
  templated: false,
  fixesLength: () => undefined,
  encode: (request, facts) => postJson("/chat", generateBody(request, messagesOf(request)), facts),
  interpret: () => new RawTextStream(),
};

export const torchbridgePredict: Adapter = {
  name: "torchbridge-predict",
  templated: false,
  fixesLength: () => "none",
  items: ({ input = [], body }) =>
    isBatch(input) ? input.length : (asCount(asArray(body?.["shape"])[0]) ?? 1),
  encode: (request, facts) => {
    const { input = [] } = request;
    if (isBatch(input))
      return postJson(
        "/predict/batch",
        { inputs: input, dtype: "float32", ...request.body },
        facts,
      );
    const shape = [1, input.length];
    const body = { input, dtype: "float32", shape, ...request.body };
    return postJson("/predict", body, facts);
  },
  interpret: ({ input = [] }) =>
    new ResultBody(isBatch(input) ? (body) => readBatch(body, input.length) : readPrediction),
};

/** A list of numbers for each of several samples. */
function isBatch(input: NonNullable<LlmRequest["input"]>): input is readonly (readonly number[])[] {
  return typeof input !== "string" && Array.isArray(input[0]);
}

function generateBody(request: LlmRequest, messages?: LlmRequest["messages"]): JsonObject {
  const { temperature } = request;
  return {
    ...(messages === undefined ? { prompt: promptText(request) } : { messages }),
    max_new_tokens: request.maxTokens,
    // A temperature of 0 is taken for the default, 0.7; greedy is not to sample at all.
    temperature: temperature === 0 ? undefined : temperature,
    do_sample: temperature === undefined ? undefined : temperature > 0,
    stream: true,
    ...request.body,
  };
}

class RawTextStream implements Interpreter {
  readonly answer: Answer = emptyAnswer();

  event({ name, data }: SseEvent): Content | undefined {
    if (data === "[DONE]") {
      this.answer.done = this.answer.error === undefined;
      return undefined;
    }
    const error = rawError(data, name);
    if (error === undefined) return addText(this.answer, data);
    this.answer.error ??= error;
    return undefined;
  }

  end(): void {
    if (!this.answer.done) this.answer.missing = "no [DONE] came";
  }

  whole(body: string): Content | undefined {
    const json = objectIn(body) ?? {};
    this.answer.error ??= errorIn(json);
    const output = asCount(json["num_tokens"]);
    this.answer.counts.usage = present({ output });
    noteInferenceTime(json, this.answer);
    this.answer.done = this.answer.error === undefined;
    return addText(this.answer, asText(json["generated_text"]));
  }
}

/** Errors are the only JSON in the stream; text that looks like one, a model may write as well. */
function rawError(data: string, name: string | undefined): Answer["error"] {
  if (!data.startsWith('{"error"') && !data.startsWith('{"detail"')) return undefined;
  try {
    const { detail, ...event } = asObject(JSON.parse(data)) ?? {};
    return errorIn(detail === undefined ? event : { ...event, error: detail }, name);
  } catch {
    return undefined;
  }
}

function readPrediction(body: JsonObject, answer: Answer): Content | undefined {
  noteInferenceTime(body, answer);
  const { output } = body;
  const there = Array.isArray(output) ? output.length > 0 : typeof output === "number";
  return there ? "result" : undefined;
}

/** A list, one prediction a sample. */
function readBatch({ results }: JsonObject, samples: number): Content | undefined {
  const outputs = asArray(results).map((one) => asObject(one)?.["output"]);
  return outputs.length === samples && outputs.every((one) => one !== undefined)
    ? "result"
    : undefined;
}

function noteInferenceTime(body: JsonObject, answer: Answer): void {
  answer.server = present({ predictedMs: asCount(body["inference_time_ms"]) });
}
