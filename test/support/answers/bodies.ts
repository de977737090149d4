/** Answers in one JSON body. */
import type { LlmRequest } from "../../../src/core/request.ts";
import type { RequestFacts } from "../../../src/protocol/request-facts.ts";
import { counted, http, ok, sglang, triton, usage } from "./words.ts";

export interface GoodBody {
  readonly api: string;
  readonly request?: LlmRequest;
  readonly body: object;
  readonly text: string;
  readonly facts: Partial<RequestFacts>;
}

/** For APIs that answer with one body, or can be made to. */
export const goodBodies: readonly GoodBody[] = [
  {
    api: "chat",
    body: {
      choices: [{ index: 0, message: { content: "abc" }, finish_reason: "length" }],
      usage: usage(3),
    },
    text: "abc",
    facts: { outcome: ok(), output: counted(3), perEvent: "chunk" },
  },
  {
    api: "completions",
    body: { choices: [{ index: 0, text: "abc", finish_reason: "stop" }], usage: usage(3) },
    text: "abc",
    facts: { outcome: ok("stop"), output: counted(3) },
  },
  {
    api: "responses",
    body: {
      status: "completed",
      error: null,
      output: [
        { type: "reasoning", content: [{ type: "reasoning_text", text: "hm" }] },
        { type: "message", content: [{ type: "output_text", text: "abc" }] },
      ],
      usage: { input_tokens: 2, output_tokens: 5 },
    },
    text: "abc",
    facts: { outcome: ok("stop"), output: counted(5) },
  },
  {
    api: "messages",
    body: {
      type: "message",
      content: [{ type: "text", text: "abc" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 2, output_tokens: 3 },
    },
    text: "abc",
    facts: { outcome: ok("stop"), output: counted(3), prompt: { count: 2, source: "usage" } },
  },
  {
    api: "completion",
    body: { content: "abc", stop: true, stop_type: "limit", tokens_predicted: 3 },
    text: "abc",
    facts: { outcome: ok(), output: counted(3), perEvent: "chunk" },
  },
  {
    api: "sglang-generate",
    body: sglang("abc", [1, 2, 3], 3, { type: "length", length: 3 }),
    text: "abc",
    facts: { outcome: ok(), output: counted(3) },
  },
  {
    api: "tgi",
    body: {
      generated_text: "abc",
      details: { finish_reason: "length", generated_tokens: 3, input_length: 4 },
    },
    text: "abc",
    facts: { outcome: ok(), output: counted(3) },
  },
  {
    api: "ollama-generate",
    body: { response: "abc", done: true, done_reason: "stop", eval_count: 3 },
    text: "abc",
    facts: { outcome: ok("stop"), output: counted(3) },
  },
  {
    api: "triton-generate",
    body: triton("abc", 3),
    text: "abc",
    facts: { outcome: ok(), output: counted(3) },
  },
  {
    api: "torchbridge-generate",
    body: { generated_text: "abc", prompt: "x", num_tokens: 3, inference_time_ms: 12 },
    text: "abc",
    facts: { outcome: ok("unknown"), output: counted(3), server: { predictedMs: 12 } },
  },
  {
    api: "torchbridge-chat",
    body: {
      ...{ generated_text: "a b c", num_tokens: 3 },
      ...{ inference_time_ms: 12, model_name: "m" },
    },
    text: "a b c",
    facts: { outcome: ok("unknown"), output: counted(3), server: { predictedMs: 12 } },
  },
  {
    api: "torchbridge-predict",
    request: { api: "auto", messages: [], input: [[1], [2]] },
    body: [{ output: [0.5] }, { output: [0.25] }],
    text: "",
    facts: { outcome: ok("stop"), contentTokens: [0] },
  },
  {
    api: "torchbridge-predict",
    request: { api: "auto", messages: [], input: [1, 2, 3] },
    body: { output: [[0.5, 0.5]], inference_time_ms: 2.5, model_name: "m" },
    text: "",
    facts: { outcome: ok("stop"), contentTokens: [0], server: { predictedMs: 2.5 } },
  },
  {
    api: "embeddings",
    request: { api: "auto", messages: [], input: ["a", "b"] },
    body: {
      object: "list",
      data: [{ embedding: [0.1, 0.2] }, { embedding: [0.3, 0.4] }],
      usage: { prompt_tokens: 4, total_tokens: 4 },
    },
    text: "",
    facts: { outcome: ok("stop"), contentTokens: [0], prompt: { count: 4, source: "usage" } },
  },
  {
    api: "rerank",
    request: { api: "auto", messages: [], query: "q", documents: ["a", "b"] },
    body: { results: [{ index: 1, relevance_score: 0.9 }], usage: { prompt_tokens: 8 } },
    text: "",
    facts: { outcome: ok("stop"), contentTokens: [0], prompt: { count: 8, source: "usage" } },
  },
  {
    api: "kserve-infer",
    body: {
      outputs: [{ name: "text_output", datatype: "BYTES", shape: [1, 1], data: ["abc"] }],
    },
    text: "abc",
    facts: { outcome: ok("stop") },
  },
  {
    api: "kserve-infer",
    request: {
      api: "auto",
      messages: [],
      body: { inputs: [{ name: "x", datatype: "FP32", shape: [1], data: [1] }] },
    },
    body: { outputs: [{ name: "y", datatype: "FP32", shape: [1, 2], data: [0.1, 0.9] }] },
    text: "",
    facts: { outcome: ok("stop"), contentTokens: [0] },
  },
  {
    api: "http",
    request: http({ text: "a.b.0", outputTokens: "n" }),
    body: { a: { b: ["abc"] }, n: 3 },
    text: "abc",
    facts: { outcome: ok("unknown"), output: counted(3) },
  },
];
