/**
 * The same answer, token by token, as the server of every API writes it: what the wire of each
 * looks like is in its adapter's tests (test/support/answers).
 */
import type { ApiName, LlmRequest } from "../src/core/request.ts";

export interface ApiAnswer {
  readonly request: LlmRequest;
  readonly type: string;
  /** What the server writes at once: one event, or the whole body. */
  readonly writes: readonly Buffer[];
}

export const ANSWER_TOKENS = 256;

const WORDS = [" the", " line", " on", " her", " side", " lies", " low", " water"];
const words = Array.from({ length: ANSWER_TOKENS }, (_, i) => WORDS[i % WORDS.length] ?? "");
const whole = words.join("");

const SSE = "text/event-stream";
const NDJSON = "application/x-ndjson";
const JSON_BODY = "application/json";

const ASK: LlmRequest = {
  api: "auto",
  messages: [{ role: "user", content: "hello" }],
  maxTokens: ANSWER_TOKENS,
};

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
const DONE = "data: [DONE]\n\n";

/** Events of one name and kind, as OpenAI's responses and Anthropic's messages have them. */
const named = (type: string, value: object): string =>
  `event: ${type}\n${data({ type, ...value })}`;

function answer(type: string, writes: readonly string[], request: LlmRequest = ASK): ApiAnswer {
  return { request, type, writes: writes.map((text) => Buffer.from(text)) };
}

const body = (value: object, request?: LlmRequest): ApiAnswer =>
  answer(JSON_BODY, [JSON.stringify(value)], request);

/** What vLLM and llama.cpp say with every chunk. */
const chunk = (choice: object, rest: object = {}): string =>
  data({
    choices: [{ index: 0, finish_reason: null, ...choice }],
    created: 1795253268,
    id: "chatcmpl-tzAp9dQmPq0ZyYc1u7vR4k3n2x",
    model: "m",
    object: "chat.completion.chunk",
    ...rest,
  });
const usage = { prompt_tokens: 9, completion_tokens: ANSWER_TOKENS };

const llama = [
  ...words.map((content, i) =>
    data({
      index: 0,
      content,
      tokens: [i],
      stop: false,
      id_slot: -1,
      tokens_predicted: i + 1,
      tokens_evaluated: 9,
    }),
  ),
  data({
    content: "",
    tokens: [],
    stop: true,
    stop_type: "limit",
    tokens_predicted: ANSWER_TOKENS,
    tokens_evaluated: 9,
    timings: { cache_n: 0, prompt_n: 9, prompt_ms: 1.5, predicted_n: ANSWER_TOKENS },
  }),
];

const triton = (text_output: string): object => ({
  model_name: "ensemble",
  model_version: "1",
  text_output,
  num_output_tokens: 1,
  num_input_tokens: 9,
});

/** One row for each API. */
export const apiAnswers: Readonly<Record<ApiName, ApiAnswer>> = {
  chat: answer(SSE, [
    ...words.map((content) => chunk({ delta: { content } })),
    chunk({ delta: {}, finish_reason: "length" }),
    data({ choices: [], usage }),
    DONE,
  ]),
  completions: answer(SSE, [
    ...words.map((text) => chunk({ text, logprobs: null })),
    chunk({ text: "", finish_reason: "length" }, { usage }),
    DONE,
  ]),
  responses: answer(SSE, [
    named("response.created", { response: { error: null, status: "in_progress" } }),
    ...words.map((delta) =>
      named("response.output_text.delta", { delta, item_id: "msg_1", output_index: 0 }),
    ),
    named("response.completed", {
      response: {
        status: "completed",
        error: null,
        usage: { input_tokens: 9, output_tokens: ANSWER_TOKENS },
      },
    }),
  ]),
  messages: answer(SSE, [
    named("message_start", { message: { usage: { input_tokens: 9, output_tokens: 0 } } }),
    ...words.map((text) =>
      named("content_block_delta", { index: 0, delta: { type: "text_delta", text } }),
    ),
    named("message_delta", {
      delta: { stop_reason: "max_tokens" },
      usage: { output_tokens: ANSWER_TOKENS },
    }),
    named("message_stop", {}),
  ]),
  completion: answer(SSE, llama),
  infill: answer(SSE, llama, { ...ASK, messages: [], prompt: "a", suffix: "b" }),
  // The text is repeated with every event: here bytes grow with the square of the length.
  "sglang-generate": answer(SSE, [
    ...words.map((_, i) =>
      data({
        text: words.slice(0, i + 1).join(""),
        output_ids: words.slice(0, i + 1).map((_word, id) => id),
        meta_info: {
          prompt_tokens: 9,
          completion_tokens: i + 1,
          cached_tokens: 0,
          finish_reason: i + 1 < ANSWER_TOKENS ? null : { type: "length", length: ANSWER_TOKENS },
        },
      }),
    ),
    DONE,
  ]),
  tgi: answer(
    SSE,
    words.map((text, i) => {
      const last = i + 1 === ANSWER_TOKENS;
      const token = { id: 17, text, logprob: -0.3, special: false };
      const details = { finish_reason: "length", generated_tokens: i + 1, input_length: 9 };
      const end = { generated_text: last ? whole : null, details: last ? details : null };
      return `data:${JSON.stringify({ index: i + 1, token, ...end })}\n\n`;
    }),
  ),
  "ollama-chat": answer(NDJSON, [
    ...words.map((content) => line({ ...ollama(), message: { role: "assistant", content } })),
    line({ ...ollama(true), message: { role: "assistant", content: "" } }),
  ]),
  "ollama-generate": answer(NDJSON, [
    ...words.map((response) => line({ ...ollama(), response })),
    line({ ...ollama(true), response: "" }),
  ]),
  "triton-generate": body({ ...triton(whole), num_output_tokens: ANSWER_TOKENS }),
  "triton-generate-stream": answer(
    "text/event-stream; charset=utf-8",
    words.map((text) => data(triton(text))),
  ),
  "kserve-infer": body({
    outputs: [{ name: "text_output", datatype: "BYTES", shape: [1, 1], data: [whole] }],
  }),
  "torchbridge-generate": answer(SSE, [...words.map((text) => `data: ${text}\n\n`), DONE]),
  "torchbridge-chat": answer(SSE, [...words.map((text) => `data: ${text}\n\n`), DONE]),
  "torchbridge-predict": body(
    { output: [words.map((_, i) => i / 7)], inference_time_ms: 2.5, model_name: "m" },
    { api: "auto", messages: [], input: [1, 2, 3] },
  ),
  embeddings: body(
    { data: [{ embedding: words.map((_, i) => i / 7) }], usage: { prompt_tokens: 9 } },
    { api: "auto", messages: [], input: "a" },
  ),
  rerank: body(
    { results: words.map((_, index) => ({ index, relevance_score: 1 / (index + 1) })) },
    { api: "auto", messages: [], query: "q", documents: words },
  ),
  http: answer(
    SSE,
    [
      ...words.map((text, i) => data({ piece: { text, ids: [i] } })),
      data({ last: true, totals: { out: ANSWER_TOKENS } }),
    ],
    {
      ...ASK,
      api: "http",
      http: {
        path: "/ask",
        body: { q: "{{prompt}}" },
        answer: {
          format: "sse",
          text: "piece.text",
          eventTokens: "piece.ids",
          outputTokens: "totals.out",
          end: { path: "last" },
        },
      },
    },
  ),
};

function ollama(done = false): object {
  const base = { model: "m", created_at: "2026-11-21T12:00:00.000000Z", done };
  const counts = { prompt_eval_count: 9, eval_count: ANSWER_TOKENS, eval_duration: 4_000_000 };
  return done ? { ...base, done_reason: "length", ...counts } : base;
}
