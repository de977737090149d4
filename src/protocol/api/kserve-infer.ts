/**
 * KServe's inference protocol v2 (`POST /v2/models/M/infer`), JSON tensors, as Triton, TorchServe,
 * OpenVINO and others serve it. Success is an output tensor.
 */
import type { LlmRequest } from "../../core/request.ts";
import { addText, postJson, type Adapter, type Answer, type Content } from "../adapter.ts";
import { asArray, asCount, asObject, asText, type JsonObject } from "../json.ts";
import { promptText } from "./prompt-text.ts";
import { ResultBody } from "./result-body.ts";
import { modelPath } from "./triton-generate.ts";

export const kserveInfer: Adapter = {
  name: "kserve-infer",
  templated: false,
  fixesLength: () => undefined,
  items: samplesIn,
  encode: (request, facts) =>
    postJson(modelPath(facts, "infer"), { ...textTensors(request), ...request.body }, facts),
  interpret: () => new ResultBody(readOutputs),
};

/** The tensors of a model that takes text; others are given in the scenario's `body.inputs`. */
function textTensors(request: LlmRequest): JsonObject {
  if (request.body?.["inputs"] !== undefined) return {};
  const { maxTokens } = request;
  const tensor = (name: string, datatype: string, value: unknown): JsonObject => ({
    name,
    datatype,
    shape: [1, 1],
    data: [value],
  });
  const text = tensor("text_input", "BYTES", promptText(request));
  const length = maxTokens === undefined ? [] : [tensor("max_tokens", "INT32", maxTokens)];
  return { inputs: [text, ...length] };
}

/** The first dimension of the first tensor, where it has more than one: that is the batch. */
function samplesIn({ body }: LlmRequest): number {
  const shape = asArray(asObject(asArray(body?.["inputs"])[0])?.["shape"]);
  return shape.length > 1 ? (asCount(shape[0]) ?? 1) : 1;
}

/** Text, where an output is text; else a result without text. */
function readOutputs(body: JsonObject, answer: Answer): Content | undefined {
  const outputs = asArray(body["outputs"]).map((output) => asObject(output) ?? {});
  if (outputs.length === 0) return undefined;
  const texts = outputs
    .filter(({ datatype }) => datatype === "BYTES")
    .flatMap(({ data }) => asArray(data).map(asText));
  return addText(answer, texts.join("\n")) ?? "result";
}
