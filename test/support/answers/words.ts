/** What the good answers of all APIs are written with. */
import { readFileSync } from "node:fs";
import type { FinishReason, TokenCount } from "../../../src/core/request-record.ts";
import type { LlmRequest } from "../../../src/core/request.ts";
import type { RequestFacts } from "../../../src/protocol/request-facts.ts";
import { bodyOf, HELLO } from "../played-answer.ts";

export interface GoodStream {
  readonly api: string;
  /** Which dialect or capture. */
  readonly what: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly request?: LlmRequest;
  readonly text: string;
  readonly reasoning?: string;
  readonly facts: Partial<RequestFacts>;
  /** Without its last event it is complete, as long as its body ends as it should. */
  readonly needsItsMark?: false;
  /** Without as many of its last bytes as its end takes, it is cut off. Default: all of it. */
  readonly needsItsEnd?: false;
}

export const capture = (name: string): Buffer =>
  bodyOf(readFileSync(new URL(`../../fixtures/llama-server/${name}`, import.meta.url)));

export const choice = (text: string, rest: object = {}): object => ({
  choices: [{ index: 0, delta: { content: text }, finish_reason: null, ...rest }],
});
export const usage = (count: number): object => ({ prompt_tokens: 5, completion_tokens: count });
export const counted = (count: number): TokenCount => ({ count, source: "usage" });
export const ok = (finish: FinishReason = "length") => ({ ok: true, finish }) as const;

export const http = (
  answer: NonNullable<NonNullable<LlmRequest["http"]>["answer"]>,
): LlmRequest => ({
  ...HELLO,
  api: "http",
  http: { path: "/ask", body: { q: "{{prompt}}" }, answer },
});

export function sglang(
  text: string,
  output_ids: number[],
  count: number,
  finish_reason: unknown,
): object {
  return {
    text,
    output_ids,
    meta_info: { prompt_tokens: 7, completion_tokens: count, cached_tokens: 2, finish_reason },
  };
}

export function triton(text_output: string, num_output_tokens: number): object {
  return {
    model_name: "ensemble",
    model_version: "1",
    text_output,
    num_output_tokens,
    num_input_tokens: 6,
  };
}
