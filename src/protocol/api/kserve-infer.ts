/**
 * KServe's inference protocol v2 (`POST /v2/models/M/infer`), JSON tensors, as Triton, TorchServe,
 * OpenVINO and others serve it. Success is an output tensor.
 */
import type { LlmRequest } from "../../core/request.ts";
import type { Tensor } from "../../core/tensor.ts";
import {
  addText,
  postJson,
  type Adapter,
  type Answer,
  type Content,
  type ServerFacts,
} from "../adapter.ts";
import type { HttpRequest } from "../http1/request-text.ts";
import { asArray, asCount, asObject, asText, type JsonObject } from "../json.ts";
import { mergeBody } from "./merge-body.ts";
import { promptText } from "./prompt-text.ts";
import { ResultBody } from "./result-body.ts";
import { jsonHead, tensorBytes, tensorJson } from "./tensor-text.ts";
import { modelPath } from "./triton-generate.ts";

export const kserveInfer: Adapter = {
  name: "kserve-infer",
  templated: false,
  fixesLength: () => undefined,
  items: samplesIn,
  encode: (request, facts) => {
    const { tensors } = request;
    if (tensors !== undefined) return inferRequest(request, tensors, facts);
    return postJson(
      modelPath(facts, "infer"),
      mergeBody(textTensors(request), request.body),
      facts,
    );
  },
  interpret: () => new ResultBody(readOutputs, jsonHead),
};

/** Triton has the binary extension; others may, and are asked for it by `binary`. */
function inferRequest(
  request: LlmRequest,
  tensors: readonly Tensor[],
  facts: ServerFacts,
): HttpRequest {
  const { binary = facts.server === "triton", body = {} } = request;
  const path = modelPath(facts, "infer");
  // What is merged into the body comes first: the tensors are written already.
  const rest = JSON.stringify(mergeBody(binary ? BINARY_OUTPUT : {}, body)).slice(1, -1);
  const json = (inputs: string): string => `{${rest === "" ? "" : `${rest},`}"inputs":[${inputs}]}`;
  const plain = postJson(path, {}, facts);
  if (!binary) return { ...plain, body: json(tensors.map(tensorJson).join(",")) };
  const bytes = tensors.map(tensorBytes);
  const head = Buffer.from(json(tensors.map((one, at) => headOf(one, bytes[at])).join(",")));
  return {
    ...plain,
    headers: {
      ...plain.headers,
      "content-type": "application/octet-stream",
      "inference-header-content-length": String(head.length),
    },
    body: Buffer.concat([head, ...bytes]),
  };
}

const BINARY_OUTPUT = { parameters: { binary_data_output: true } } as const;

function headOf({ name, datatype, shape }: Tensor, bytes: Buffer | undefined): string {
  const parameters = { binary_data_size: bytes?.length };
  return JSON.stringify({ name, datatype, shape, parameters });
}

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
function samplesIn({ body, tensors }: LlmRequest): number {
  const shape = tensors?.[0]?.shape ?? asArray(asObject(asArray(body?.["inputs"])[0])?.["shape"]);
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
