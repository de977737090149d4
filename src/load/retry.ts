/**
 * When a failed attempt is followed by another one, and after how long. The rules are those of
 * OpenAI's SDKs (openai-python, `_base_client.py`: `_should_retry`, `_calculate_retry_timeout`), so
 * that a run with retries does to a server what clients in the field do to it.
 */
import type { Random } from "../core/random.ts";
import type { FailureKind } from "../core/request-record.ts";
import type { LlmRequest } from "../core/request.ts";
import type { RequestFacts } from "../protocol/request-facts.ts";
import type { RetryPlan } from "../scenario/plan.ts";
import { defaultRetries } from "../scenario/resolve/resolve-retries.ts";

/** The policy of a request; undefined where it is not to be tried again. */
export function retryPolicy(
  plan: RetryPlan | undefined,
  { maxRetries }: LlmRequest,
): RetryPlan | undefined {
  if (maxRetries === undefined) return plan;
  return maxRetries > 0 ? { ...(plan ?? defaultRetries), maxRetries } : undefined;
}

/** What has happened so far. */
export interface Attempted {
  readonly facts: Pick<RequestFacts, "outcome" | "status" | "retryAfter">;
  /** Ordinal of the attempt, from 0. */
  readonly attempt: number;
  /** Unix time at the end of the attempt, ms; for a `Retry-After` that is a date. */
  readonly wall: number;
}

/** HTTP statuses below 500 that may be gone at the next attempt: a timeout, a conflict. */
const PASSING = [408, 409];

/** The wait before the next attempt, ms; undefined when there is to be none. */
export function retryDelay(
  policy: RetryPlan,
  { facts, attempt, wall }: Attempted,
  random: Random,
): number | undefined {
  const { outcome, status, retryAfter } = facts;
  if (outcome.ok || attempt >= policy.maxRetries) return undefined;
  if (!policy.on.includes(outcome.failure) || isLasting(outcome.failure, status)) return undefined;
  const asked = retryAfter === undefined ? undefined : retryAfterMs(retryAfter, wall);
  if (asked !== undefined && asked > 0 && asked <= policy.maxRetryAfter) return asked;
  const backoff = Math.min(policy.backoff * 2 ** attempt, policy.maxBackoff);
  // Clients that failed together must not come back together: up to a quarter less.
  return backoff * (1 - random.next() / 4);
}

/** A status that says that the same request will fail again. */
function isLasting(failure: FailureKind, status: number | undefined): boolean {
  return (
    failure === "http_status" && status !== undefined && status < 500 && !PASSING.includes(status)
  );
}

/**
 * `Retry-After` in ms from now (RFC 9110, 10.2.3): seconds, or a date.
 *
 * @returns undefined where it is neither
 */
export function retryAfterMs(value: string, wall: number): number | undefined {
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  // A date has a name of a day; Date.parse would also take numbers for years.
  const date = /^[A-Za-z]/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? undefined : date - wall;
}
