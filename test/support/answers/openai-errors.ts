/** How servers of OpenAI's and Anthropic's APIs say that they failed. */
import { named, SSE } from "../played-answer.ts";
import { finish, json, stream, token, type ErrorForm } from "./error-words.ts";

export const openaiErrors: readonly ErrorForm[] = [
  {
    api: "chat",
    what: "vLLM: an error event followed by [DONE]",
    answer: stream(token, { error: { message: "engine died", code: 500 } }, finish, "[DONE]"),
    failure: "server_error",
    says: "engine died",
  },
  {
    api: "chat",
    what: "vLLM: a prompt longer than the context",
    answer: json(400, {
      error: { message: "This model's maximum context length is 10 tokens", code: 400 },
    }),
    failure: "context_overflow",
  },
  {
    api: "chat",
    what: "vLLM: no key",
    answer: json(401, { error: "Unauthorized" }),
    failure: "auth",
    says: "Unauthorized",
  },
  {
    api: "chat",
    what: "SGLang: a full queue under HTTP 200",
    answer: stream(
      {
        error: {
          object: "error",
          message: "The request queue is full.",
          type: "SERVICE_UNAVAILABLE",
          code: 503,
        },
      },
      { choices: [], usage: { completion_tokens: 0 } },
      "[DONE]",
    ),
    failure: "overloaded",
  },
  {
    api: "chat",
    what: "SGLang and trtllm-serve: an error object that is not wrapped",
    answer: json(200, { object: "error", message: "no", type: "BadRequest", code: 400 }),
    failure: "server_error",
    says: "no",
  },
  {
    api: "chat",
    what: "trtllm-serve: a text as the error",
    answer: json(400, { error: "max_tokens must be positive" }),
    failure: "http_status",
    says: "max_tokens must be positive",
  },
  {
    api: "chat",
    what: "trtllm-serve: the socket breaks in the middle",
    answer: { ...stream(token), breaks: true },
    failure: "truncated",
  },
  {
    api: "chat",
    what: "TGI: an error with its HTTP status inside, then [DONE]",
    answer: stream({ error: { message: "too long", http_status_code: 422 } }, "[DONE]"),
    failure: "server_error",
  },
  {
    api: "chat",
    what: "LM Studio: an error event",
    answer: { headers: SSE, body: [named(["error", { error: { message: "no model" } }])] },
    failure: "server_error",
    says: "no model",
  },
  {
    api: "chat",
    what: "LM Studio: an empty stream",
    answer: { headers: SSE, body: [] },
    failure: "protocol_error",
    says: "HTTP 200 (text/event-stream), but no answer of the API chat: nothing in it",
  },
  {
    api: "chat",
    what: "an answer of nothing",
    answer: stream(finish, "[DONE]"),
    failure: "empty",
  },
  {
    api: "responses",
    what: "a response that failed",
    answer: {
      headers: SSE,
      body: [
        named([
          "response.failed",
          {
            type: "response.failed",
            response: { status: "failed", error: { code: "server_error", message: "boom" } },
          },
        ]),
      ],
    },
    failure: "server_error",
    says: "boom",
  },
  {
    api: "responses",
    what: "an error event",
    answer: {
      headers: SSE,
      body: [named(["error", { type: "error", code: "rate_limit_exceeded", message: "slower" }])],
    },
    failure: "overloaded",
    says: "slower",
  },
  {
    api: "messages",
    what: "Anthropic: overloaded, under HTTP 200",
    answer: {
      headers: SSE,
      body: [
        named([
          "error",
          { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
        ]),
      ],
    },
    failure: "overloaded",
  },
  {
    api: "embeddings",
    what: "fewer embeddings than inputs",
    answer: json(200, { data: [] }),
    failure: "empty",
  },
];
