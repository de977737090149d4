/** Why an answer ended, in the words of any server: proxies pass on those of the server behind them. */
import type { FinishReason } from "../core/request-record.ts";
import type { Answer } from "./adapter.ts";
import { rowOf } from "./json.ts";

const LENGTH = ["length", "limit", "max_length", "max_tokens", "max_output_tokens", "model_length"];
const STOP = ["stop", "word", "eos", "eos_token", "end_turn", "stop_sequence", "stop_token"];
const TOOLS = ["tool_calls", "function_call", "tool_use"];

const KNOWN: Readonly<Record<string, FinishReason>> = {
  ...rows(LENGTH, "length"),
  ...rows(STOP, "stop"),
  ...rows(TOOLS, "tool_calls"),
};

function rows(words: readonly string[], reason: FinishReason): Record<string, FinishReason> {
  return Object.fromEntries(words.map((word) => [word, reason]));
}

/** The answer was given up, whatever came of it before. */
const FAILED = /^(abort(ed)?|error(ed)?|cancell?ed|fail(ed|ure)?|time_?out|timed_out)$/;

/** Notes the finish reason that a server gave; a reason that is a failure is the answer's error. */
export function noteFinish(answer: Answer, said: string): void {
  const reason = said.toLowerCase();
  answer.finish = rowOf(KNOWN, reason) ?? "other";
  if (!FAILED.test(reason)) return;
  const message = `the server gave the answer up: its finish reason is "${reason}"`;
  answer.error ??= { failure: "server_error", message };
}

/**
 * The body came to its clean end. With a finish reason the answer is complete, even if the mark that
 * ends a stream did not come; without one, what is missing is said.
 */
export function settleEnd(answer: Answer, mark: string, marked = false): void {
  if (answer.done || answer.error !== undefined) return;
  if (answer.finish === undefined) {
    answer.missing = marked
      ? `${mark} came, but no finish reason`
      : `neither a finish reason nor ${mark} came`;
    return;
  }
  answer.done = true;
  answer.notes.push({ code: "no_end_marker" });
}
