/** Chat completions as different servers stream them. */
import { expect } from "vitest";
import { sse, SSE } from "../played-answer.ts";
import { capture, choice, counted, ok, usage, type GoodStream } from "./words.ts";

export const chats: readonly GoodStream[] = [
  {
    api: "chat",
    what: "llama.cpp with usage",
    body: capture("chat-stream-usage.raw"),
    headers: SSE,
    text: "Z spell now",
    facts: {
      outcome: ok(),
      output: counted(3),
      prompt: { count: 42, source: "usage" },
      cached: { count: 1, source: "usage" },
      perEvent: "token",
    },
    needsItsMark: false,
  },
  {
    api: "chat",
    what: "llama.cpp without usage: its timings count",
    body: capture("chat-stream-nousage.raw"),
    headers: SSE,
    text: expect.stringMatching(/./) as string,
    facts: { outcome: ok(), output: { count: 3, source: "timings" }, perEvent: "token" },
    needsItsMark: false,
  },
  {
    api: "chat",
    what: "llama.cpp with two answers",
    body: capture("chat-stream-n2.raw"),
    headers: SSE,
    text: expect.any(String) as string,
    facts: { outcome: ok() },
    needsItsMark: false,
  },
  {
    api: "chat",
    what: "vLLM: continuous usage, content beside the finish reason, é🙂 in one chunk",
    body: Buffer.from(
      sse(
        { choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] },
        { ...choice("Hi"), usage: usage(1) },
        { ...choice(" é🙂"), usage: usage(4) },
        { ...choice("!", { finish_reason: "length" }), usage: usage(5) },
        { choices: [], usage: usage(5) },
        "[DONE]",
      ),
    ),
    headers: SSE,
    text: "Hi é🙂!",
    facts: { outcome: ok(), output: counted(5), contentTokens: [1, 3, 1], perEvent: "token" },
    needsItsMark: false,
  },
  {
    api: "chat",
    what: "vLLM with token ids",
    body: Buffer.from(
      sse(
        choice("a", { token_ids: [1] }),
        choice("bc", { token_ids: [2, 3], finish_reason: "stop" }),
        "[DONE]",
      ),
    ),
    headers: SSE,
    text: "abc",
    facts: {
      outcome: ok("stop"),
      output: { count: 3, source: "token-ids" },
      contentTokens: [1, 2],
    },
    needsItsMark: false,
  },
  {
    api: "chat",
    what: "vLLM's Rust frontend: no space, reasoning under its new name",
    body: Buffer.from(
      sse(
        { choices: [{ index: 0, delta: { reasoning: "hm" }, finish_reason: null }] },
        choice("a", { finish_reason: "stop" }),
        "[DONE]",
      ).replaceAll("data: ", "data:"),
    ),
    headers: SSE,
    text: "a",
    reasoning: "hm",
    facts: { outcome: ok("stop"), output: { count: 2, source: "events" }, perEvent: "chunk" },
    needsItsMark: false,
  },
  {
    api: "chat",
    what: "SGLang: null members, separate finish, trailing blanks as trtllm-serve has them",
    body: Buffer.from(
      sse(
        {
          choices: [
            { index: 0, delta: { content: "a", reasoning_content: null }, finish_reason: null },
          ],
        },
        { choices: [{ index: 0, delta: {}, finish_reason: "length", matched_stop: null }] },
        { choices: [], usage: usage(1), error: null },
        "[DONE]",
      ).replaceAll("}\n\n", "} \n\n"),
    ),
    headers: SSE,
    text: "a",
    facts: { outcome: ok(), output: counted(1), perEvent: "token" },
    needsItsMark: false,
  },
  {
    api: "chat",
    what: "tool calls",
    body: Buffer.from(
      sse(
        { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: "c" }] } }] },
        { choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
        "[DONE]",
      ),
    ),
    headers: SSE,
    text: "",
    facts: { outcome: ok("tool_calls") },
    needsItsMark: false,
  },
];
