/** `retries` as written -> plan. */
import type { FailureKind } from "../../core/request-record.ts";
import type { ParsedOptions } from "./options-schema.ts";
import type { RetryPlan } from "../plan.ts";

/**
 * What OpenAI's SDKs try again: no connection, no answer in time, 408, 409, 429 and 5xx. Their waits
 * too: half a second, doubled up to 8 s, and a `Retry-After` of up to a minute. A stream that breaks
 * off after it has begun is not tried again: the user has seen its beginning.
 */
const RETRIED: readonly FailureKind[] = [
  "connect_refused",
  "connect_reset",
  "connect_dns",
  "timeout_connect",
  "timeout_headers",
  "overloaded",
  "http_status",
];

export const defaultRetries: Omit<RetryPlan, "maxRetries"> = {
  on: RETRIED,
  backoff: 500,
  maxBackoff: 8000,
  maxRetryAfter: 60_000,
};

/** Undefined where nothing is to be tried again. */
export function resolveRetries(written: ParsedOptions["retries"]): RetryPlan | undefined {
  const { maxRetries, ...rest } = written ?? { maxRetries: 0 };
  if (maxRetries === 0) return undefined;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { maxRetries, ...defaultRetries, ...given };
}
