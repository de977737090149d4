/** How many of a request's output tokens were sent: what can be timed. */
import type { RequestRecord } from "../../core/request-record.ts";

/** Output tokens without the reasoning that was counted and not sent. */
export function sentTokens({
  output,
  hidden,
}: Pick<RequestRecord, "output" | "hidden">): number | undefined {
  return output === undefined ? undefined : output.count - (hidden?.count ?? 0);
}

/** Of an answer shorter than this, most comes in one burst by chance. */
const ENOUGH_TOKENS = 8;

/** Whether an answer can show how its tokens were spaced: it has enough of them, and is one. */
export function showsSpacing(record: RequestRecord): boolean {
  return record.choices === undefined && (sentTokens(record) ?? 0) >= ENOUGH_TOKENS;
}
