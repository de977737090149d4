/** Streams of llama.cpp's, SGLang's and TGI's own APIs. */
import { expect } from "vitest";
import { sse, SSE } from "../played-answer.ts";
import { capture, counted, ok, sglang, type GoodStream } from "./words.ts";

export const natives: readonly GoodStream[] = [
  {
    api: "completion",
    what: "a token an event",
    body: capture("native-stream.raw"),
    headers: SSE,
    text: " willNx",
    facts: { outcome: ok(), output: counted(3), perEvent: "token" },
  },
  {
    api: "completion",
    what: "characters of several tokens, and an end-of-generation token",
    body: capture("native-stream-utf8.raw"),
    headers: SSE,
    text: "hé🙂z",
    facts: {
      outcome: ok("stop"),
      output: counted(9),
      contentTokens: [1, 2, 4, 1],
      perEvent: "token",
    },
  },
  {
    api: "completion",
    what: "progress events, timings with every token",
    body: capture("native-stream-progress-timings.raw"),
    headers: SSE,
    text: " willN",
    facts: { outcome: ok(), output: counted(2), cached: { count: 11, source: "timings" } },
  },
  {
    api: "completion",
    what: "possible stop strings held back",
    body: capture("native-stream-stop-holdback.raw"),
    headers: SSE,
    text: expect.stringMatching(/./) as string,
    facts: { outcome: { ok: true, finish: expect.any(String) as "stop" }, perEvent: "token" },
  },
  {
    api: "completion",
    what: "data: null before several prompts",
    body: capture("native-stream-two-prompts-data-null.raw"),
    headers: SSE,
    text: expect.stringMatching(/./) as string,
    facts: { outcome: ok() },
    // Each of the two answers has an end of its own; requests of ours have one prompt.
    needsItsEnd: false,
  },
  {
    api: "infill",
    what: "as completion",
    body: capture("native-stream.raw"),
    headers: SSE,
    text: " willNx",
    facts: { outcome: ok(), output: counted(3) },
  },
  {
    api: "sglang-generate",
    what: "cumulative text, updates that collapsed",
    body: Buffer.from(
      sse(
        sglang("The", [1], 1, null),
        sglang("The se", [1, 2, 3], 3, null),
        sglang("The sea", [1, 2, 3, 4], 4, { type: "length", length: 4 }),
        "[DONE]",
      ),
    ),
    headers: SSE,
    text: "The sea",
    facts: {
      outcome: ok(),
      output: counted(4),
      prompt: { count: 7, source: "usage" },
      cached: { count: 2, source: "usage" },
      contentTokens: [1, 2, 1],
      perEvent: "token",
    },
    needsItsMark: false,
  },
  {
    api: "sglang-generate",
    what: "incremental text",
    body: Buffer.from(
      sse(sglang("a", [1], 1, null), sglang("a", [1], 2, { type: "stop" }), "[DONE]"),
    ),
    headers: SSE,
    text: "aa",
    facts: { outcome: ok("stop"), output: counted(2), perEvent: "token" },
    needsItsMark: false,
  },
  {
    api: "tgi",
    what: "details, pings, no space after the colon",
    body: Buffer.from(
      `:\n\n${sse(
        { index: 1, token: { id: 17, text: " a", special: false }, generated_text: null },
        { index: 2, token: { id: 18, text: " b", special: false }, generated_text: null },
        {
          index: 3,
          token: { id: 2, text: "</s>", special: true },
          generated_text: " a b",
          details: { finish_reason: "eos_token", generated_tokens: 3, input_length: 5 },
        },
      ).replaceAll("data: ", "data:")}`,
    ),
    headers: SSE,
    text: " a b",
    facts: {
      outcome: ok("stop"),
      output: counted(3),
      prompt: { count: 5, source: "usage" },
      perEvent: "token",
    },
  },
];
