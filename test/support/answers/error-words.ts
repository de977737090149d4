/** What the error forms of all APIs are written with. */
import { readFileSync } from "node:fs";
import type { FailureKind } from "../../../src/core/request-record.ts";
import { JSON_BODY, sse, SSE, type PlayedAnswer } from "../played-answer.ts";

export interface ErrorForm {
  readonly api: string;
  readonly what: string;
  readonly answer: PlayedAnswer;
  readonly failure: FailureKind;
  /** Part of the server's own words. */
  readonly says?: string;
}

export const capture = (name: string): Buffer =>
  readFileSync(new URL(`../../fixtures/llama-server/${name}`, import.meta.url));

export const stream = (...data: readonly unknown[]): PlayedAnswer => ({
  headers: SSE,
  body: [sse(...data)],
});
export const json = (status: number, body: unknown): PlayedAnswer => ({
  status,
  headers: JSON_BODY,
  body: [typeof body === "string" ? body : JSON.stringify(body)],
});
export const token = { choices: [{ index: 0, delta: { content: "a" }, finish_reason: null }] };
export const finish = { choices: [{ index: 0, delta: {}, finish_reason: "length" }] };
export const native = { index: 0, content: "a", tokens: [1], stop: false, tokens_predicted: 1 };
