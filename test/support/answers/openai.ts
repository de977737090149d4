/** Streams of the other APIs of OpenAI and Anthropic. */
import { expect } from "vitest";
import { named, sse, SSE } from "../played-answer.ts";
import { capture, counted, ok, type GoodStream } from "./words.ts";

export const openai: readonly GoodStream[] = [
  {
    api: "completions",
    what: "llama.cpp",
    body: capture("cmpl-stream.raw"),
    headers: SSE,
    text: expect.stringMatching(/./) as string,
    facts: { outcome: ok(), perEvent: "token" },
    needsItsMark: false,
  },
  {
    api: "completions",
    what: "vLLM with token ids",
    body: Buffer.from(
      sse(
        { choices: [{ index: 0, text: "a", token_ids: [1], finish_reason: null }] },
        { choices: [{ index: 0, text: "bc", token_ids: [2, 3], finish_reason: "length" }] },
        "[DONE]",
      ),
    ),
    headers: SSE,
    text: "abc",
    facts: { outcome: ok(), output: { count: 3, source: "token-ids" }, contentTokens: [1, 2] },
    needsItsMark: false,
  },
  {
    api: "responses",
    what: "llama.cpp",
    body: capture("responses-stream.raw"),
    headers: SSE,
    text: " say are say",
    facts: {
      outcome: ok(),
      output: counted(3),
      prompt: { count: 42, source: "usage" },
      cached: { count: 41, source: "usage" },
      server: { promptMs: 0.267, predictedMs: 0.166 },
    },
  },
  {
    api: "responses",
    what: "OpenAI: reasoning, cut by the limit",
    body: Buffer.from(
      named(
        ["response.created", { type: "response.created", response: { error: null } }],
        ["x", { type: "response.reasoning_text.delta", delta: "hm" }],
        ["x", { type: "response.output_text.delta", delta: "a" }],
        [
          "response.incomplete",
          {
            type: "response.incomplete",
            response: {
              status: "incomplete",
              error: null,
              incomplete_details: { reason: "max_output_tokens" },
              usage: {
                input_tokens: 4,
                output_tokens: 9,
                output_tokens_details: { reasoning_tokens: 8 },
              },
            },
          },
        ],
      ),
    ),
    headers: SSE,
    text: "a",
    reasoning: "hm",
    facts: { outcome: ok(), output: counted(9), reasoning: { count: 8, source: "usage" } },
  },
  {
    api: "messages",
    what: "llama.cpp",
    body: capture("anthropic-stream.raw"),
    headers: SSE,
    text: "NN",
    facts: {
      outcome: ok(),
      output: counted(2),
      prompt: { count: 23, source: "usage" },
      cached: { count: 22, source: "usage" },
      perEvent: "token",
    },
    needsItsMark: false,
  },
];
