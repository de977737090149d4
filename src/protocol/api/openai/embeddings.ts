/** OpenAI embeddings (`POST /v1/embeddings`): one body; success is an embedding for each input. */
import type { LlmRequest } from "../../../core/request.ts";
import { present } from "../../../core/present.ts";
import { postJson, type Adapter, type Answer, type Content } from "../../adapter.ts";
import { asArray, asCount, asObject, type JsonObject } from "../../json.ts";
import { promptOf } from "../prompt-text.ts";
import { ResultBody } from "../result-body.ts";

export const openaiEmbeddings: Adapter = {
  name: "embeddings",
  templated: false,
  fixesLength: () => "none",
  items: inputsIn,
  encode: (request, facts) =>
    postJson(
      "/v1/embeddings",
      { model: facts.model, input: inputOf(request), ...request.body },
      facts,
    ),
  interpret: (request) => new ResultBody((body, answer) => readEmbeddings(body, answer, request)),
};

function inputOf(request: LlmRequest): LlmRequest["input"] {
  return request.input ?? promptOf(request);
}

/** A list of numbers is one input, as token ids. */
function inputsIn(request: LlmRequest): number {
  const input = request.body?.["input"] ?? inputOf(request);
  return Array.isArray(input) && typeof input[0] !== "number" ? input.length : 1;
}

function readEmbeddings(
  body: JsonObject,
  answer: Answer,
  request: LlmRequest,
): Content | undefined {
  notePromptUsage(body, answer);
  const wanted = inputsIn(request);
  const data = asArray(body["data"]);
  return data.length >= wanted && data.every(hasEmbedding) ? "result" : undefined;
}

/** Numbers, or base64 where the scenario's `body` asks for it. */
function hasEmbedding(item: unknown): boolean {
  const embedding = asObject(item)?.["embedding"];
  return (typeof embedding === "string" || Array.isArray(embedding)) && embedding.length > 0;
}

/** `usage` of an API without output. */
export function notePromptUsage(body: JsonObject, answer: Answer): void {
  const usage = asObject(body["usage"]);
  answer.counts.usage = present({
    prompt: asCount(usage?.["prompt_tokens"]) ?? asCount(usage?.["total_tokens"]),
  });
}
