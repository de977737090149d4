/** How servers with an API of their own say that they failed. */
import { bodyOf, JSON_BODY, named, ndjson, NDJSON, sse, SSE } from "../played-answer.ts";
import { capture, json, native, stream, type ErrorForm } from "./error-words.ts";

export const llamaErrors: readonly ErrorForm[] = [
  {
    api: "completion",
    what: "the model still loads",
    answer: json(503, {
      error: { message: "Loading model", type: "unavailable_error", code: 503 },
    }),
    failure: "overloaded",
    says: "Loading model",
  },
  {
    api: "completion",
    what: "a prompt longer than the context",
    answer: { status: 400, headers: JSON_BODY, body: [bodyOf(capture("error-400-context.raw"))] },
    failure: "context_overflow",
  },
  {
    api: "completion",
    what: "a shared cache that is full, while it streams",
    answer: stream(native, {
      error: { code: 500, message: "Context size has been exceeded.", type: "server_error" },
    }),
    failure: "context_overflow",
  },
  {
    api: "completion",
    what: "a wrong key",
    answer: json(401, { error: { message: "Invalid API Key", type: "authentication_error" } }),
    failure: "auth",
    says: "Invalid API Key",
  },
  {
    api: "completion",
    what: "invalid JSON sent",
    answer: { status: 500, headers: JSON_BODY, body: [bodyOf(capture("error-500-badjson.raw"))] },
    failure: "http_status",
  },
  {
    api: "embeddings",
    what: "a feature that is off",
    answer: json(501, { error: { message: "not supported", type: "not_supported_error" } }),
    failure: "http_status",
  },
  {
    api: "completion",
    what: "an error event, then the end",
    answer: { headers: SSE, body: [bodyOf(capture("native-midstream-error.raw"))] },
    failure: "server_error",
    says: "Unexpected empty grammar stack",
  },
  {
    api: "completion",
    what: "an error field, as builds before #16109 sent it",
    answer: { headers: SSE, body: [`${sse(native)}error: {"code":500,"message":"boom"}\n\n`] },
    failure: "server_error",
    says: "boom",
  },
  {
    api: "messages",
    what: "an error event that is not wrapped",
    answer: {
      headers: SSE,
      body: [named(["error", { code: 500, message: "boom", type: "server_error" }])],
    },
    failure: "server_error",
    says: "boom",
  },
];

export const otherErrors: readonly ErrorForm[] = [
  {
    api: "sglang-generate",
    what: "a request that was aborted",
    answer: stream({
      text: "",
      meta_info: {
        finish_reason: { type: "abort", message: "longer than the model's context length" },
      },
    }),
    failure: "context_overflow",
  },
  {
    api: "sglang-generate",
    what: "no finish reason before the [DONE]",
    answer: stream({ text: "a", meta_info: { completion_tokens: 1 } }, "[DONE]"),
    failure: "truncated",
    says: "[DONE] came, but no finish reason",
  },
  {
    api: "triton-generate-stream",
    what: "an error under HTTP 200",
    answer: stream({ text_output: "a" }, { error: "in ensemble 'ensemble', failed to enqueue" }),
    failure: "server_error",
    says: "failed to enqueue",
  },
  {
    api: "triton-generate",
    what: "a decoupled model, under HTTP 200",
    answer: json(200, { error: "generate expects model to produce exactly 1 response" }),
    failure: "server_error",
  },
  {
    api: "triton-generate",
    what: "a full queue",
    answer: json(503, { error: "Exceeds maximum queue size" }),
    failure: "overloaded",
  },
  {
    api: "kserve-infer",
    what: "a model that does not exist",
    answer: json(404, { error: "Request for unknown model: 'm' is not found" }),
    failure: "http_status",
    says: "unknown model",
  },
  {
    api: "tgi",
    what: "overload under HTTP 200",
    answer: stream({ error: "Model is overloaded", error_type: "overloaded" }),
    failure: "overloaded",
  },
  {
    api: "tgi",
    what: "validation under HTTP 200",
    answer: stream({
      error: "Input validation error: `inputs` must have less than 10 tokens",
      error_type: "validation",
    }),
    failure: "context_overflow",
  },
  {
    api: "tgi",
    what: "overload, not streamed",
    answer: json(429, { error: "Model is overloaded", error_type: "overloaded" }),
    failure: "overloaded",
  },
  {
    api: "tgi",
    what: "a stream without its last event",
    answer: stream({ token: { text: "a", special: false }, generated_text: null }),
    failure: "truncated",
  },
  {
    api: "ollama-generate",
    what: "a line with an error",
    answer: { headers: NDJSON, body: [ndjson({ response: "a" }, { error: "llama runner died" })] },
    failure: "server_error",
    says: "llama runner died",
  },
  {
    api: "ollama-chat",
    what: "a full queue",
    answer: json(503, {
      error: "server busy, please try again.  maximum pending requests exceeded",
    }),
    failure: "overloaded",
  },
  {
    api: "torchbridge-generate",
    what: "an error event without [DONE]",
    answer: stream({ error: "CUDA out of memory" }),
    failure: "server_error",
    says: "CUDA out of memory",
  },
  {
    api: "torchbridge-predict",
    what: "a service that is not ready",
    answer: json(503, { detail: "Service not ready" }),
    failure: "overloaded",
    says: "Service not ready",
  },
  {
    api: "torchbridge-generate",
    what: "a batch that waited too long",
    answer: json(500, { detail: "Batch timed out" }),
    failure: "http_status",
    says: "Batch timed out",
  },
];
