/** Streams of Ollama, Triton, TorchBridge, and services that a scenario describes. */
import { JSON_BODY, ndjson, NDJSON, sse, SSE } from "../played-answer.ts";
import { counted, http, ok, triton, type GoodStream } from "./words.ts";

export const others: readonly GoodStream[] = [
  {
    api: "ollama-generate",
    what: "durations in nanoseconds",
    body: Buffer.from(
      ndjson(
        { model: "m", response: "The", done: false },
        { model: "m", response: " é", done: false },
        {
          model: "m",
          response: "",
          done: true,
          done_reason: "length",
          context: [1, 2],
          prompt_eval_count: 26,
          prompt_eval_duration: 2_500_000,
          eval_count: 2,
          eval_duration: 4_000_000,
        },
      ),
    ),
    headers: NDJSON,
    text: "The é",
    facts: {
      outcome: ok(),
      output: counted(2),
      prompt: { count: 26, source: "usage" },
      server: { promptMs: 2.5, predictedMs: 4 },
      perEvent: "token",
    },
  },
  {
    api: "ollama-chat",
    what: "thinking first; a content type of plain JSON",
    body: Buffer.from(
      ndjson(
        { message: { role: "assistant", content: "", thinking: "hm" }, done: false },
        { message: { role: "assistant", content: "a" }, done: false },
        { message: { role: "assistant", content: "" }, done: true, done_reason: "stop" },
      ),
    ),
    headers: JSON_BODY,
    text: "a",
    reasoning: "hm",
    facts: { outcome: ok("stop"), output: { count: 2, source: "events" }, perEvent: "chunk" },
  },
  {
    api: "ollama-chat",
    what: "counts with the last line",
    body: Buffer.from(
      ndjson(
        { message: { role: "assistant", content: "a" }, done: false },
        {
          message: { role: "assistant", content: "" },
          done: true,
          done_reason: "length",
          prompt_eval_count: 26,
          eval_count: 1,
        },
      ),
    ),
    headers: NDJSON,
    text: "a",
    facts: { outcome: ok(), output: counted(1), prompt: { count: 26, source: "usage" } },
  },
  {
    api: "triton-generate-stream",
    what: "pieces of text, counted by the model",
    body: Buffer.from(sse(triton(" a", 1), triton(" b", 1), triton(" b", 1))),
    headers: { "content-type": "text/event-stream; charset=utf-8" },
    text: " a b b",
    facts: { outcome: ok(), output: counted(3), prompt: { count: 6, source: "usage" } },
    needsItsEnd: false,
  },
  {
    api: "triton-generate-stream",
    what: "text that accumulates, and no counts",
    body: Buffer.from(sse({ text_output: "a" }, { text_output: "ab" }, { text_output: "abc" })),
    headers: SSE,
    text: "abc",
    facts: { outcome: ok("unknown"), output: { count: 3, source: "events" }, perEvent: "chunk" },
    needsItsEnd: false,
  },
  {
    api: "torchbridge-generate",
    what: "raw text whose own blank is payload",
    body: Buffer.from("data: Hello\n\ndata:  world\n\ndata:  é\n\ndata: [DONE]\n\n"),
    headers: SSE,
    text: "Hello world é",
    facts: { outcome: ok("unknown"), output: { count: 3, source: "events" }, perEvent: "chunk" },
  },
  {
    api: "torchbridge-chat",
    what: "the same, from messages",
    body: Buffer.from("data: Hello\n\ndata:  world\n\ndata: [DONE]\n\n"),
    headers: SSE,
    text: "Hello world",
    facts: { outcome: ok("unknown"), output: { count: 2, source: "events" }, perEvent: "chunk" },
  },
];

export const described: readonly GoodStream[] = [
  {
    api: "http",
    what: "an event stream with its own words",
    request: http({
      format: "sse",
      text: "out.text",
      outputTokens: "stats.tokens",
      promptTokens: "stats.prompt",
      eventTokens: "out.ids",
      finish: "why",
      end: { path: "finished" },
    }),
    body: Buffer.from(
      sse(
        { out: { text: "a", ids: [1] } },
        { out: { text: "bc", ids: [2, 3] } },
        { finished: true, why: "length", stats: { tokens: 3, prompt: 9 } },
      ),
    ),
    headers: SSE,
    text: "abc",
    facts: {
      outcome: ok(),
      output: counted(3),
      prompt: { count: 9, source: "usage" },
      contentTokens: [1, 2],
    },
  },
  {
    api: "http",
    what: "raw text in events, with an end of its own",
    request: http({ format: "sse", end: { data: "<end>" } }),
    body: Buffer.from("data: a\n\ndata:  b\n\ndata: <end>\n\n"),
    headers: SSE,
    text: "a b",
    facts: { outcome: ok("unknown") },
  },
  {
    api: "http",
    what: "raw text in events, over with the body",
    request: http({ format: "sse" }),
    body: Buffer.from("data: a\n\ndata:  b\n\n"),
    headers: SSE,
    text: "a b",
    facts: { outcome: ok("unknown") },
    needsItsEnd: false,
  },
  {
    api: "http",
    what: "lines that repeat the text",
    request: http({ format: "ndjson", text: "0.text", cumulative: true, end: { path: "0.end" } }),
    body: Buffer.from(
      ndjson([{ text: "a" }], [{ text: "a b" }], [{ text: "a b" }], [{ end: "yes" }]),
    ),
    headers: NDJSON,
    text: "a b",
    facts: { outcome: ok("unknown"), output: { count: 2, source: "events" } },
  },
];
