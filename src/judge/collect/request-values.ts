/** What one request record measures. Formulas are those of docs/metrics.md. */
import type { MetricName } from "../../core/metrics.ts";
import type { RequestRecord } from "../../core/request-record.ts";
import type { SloPlan } from "../../scenario/plan.ts";
import { sentTokens } from "./sent-tokens.ts";
import type { Bursts } from "./bursts.ts";
import { isBunched } from "./token-columns.ts";

/** What one request may measure. */
export const requestMetrics = [
  ...(["ttft", "ttft_scheduled", "e2e", "e2e_scheduled", "tpot", "ttfa"] as const),
  ...(["ttft_with_retries", "e2e_with_retries", "headers", "connect", "server_queue"] as const),
  ...(["output_tokens", "prompt_tokens", "cached_tokens", "reasoning_tokens"] as const),
  ...(["hidden_tokens", "dispatch_lag"] as const),
] satisfies readonly MetricName[];
export type RequestMetric = (typeof requestMetrics)[number];

/** Always all of them, undefined where there is nothing: objects of one shape are quick to make. */
export type RequestValues = Readonly<Record<RequestMetric, number | undefined>>;

/** Cut off by the end of the run: how it would have ended is not known. */
export function isCensored({ outcome }: RequestRecord): boolean {
  return !outcome.ok && outcome.failure === "interrupted";
}

/**
 * The values of a request, by metric. Only a successful one has latencies and counts: all of them
 * then describe the same requests, and a server that fails fast does not look fast. The dispatch
 * lag is ours, so every request has it.
 *
 * @param bursts of its content events
 */
export function requestValues(record: RequestRecord, bursts: Bursts): RequestValues {
  const lag = since(record.scheduled, record.sent);
  if (!record.outcome.ok) return { ...NOTHING, dispatch_lag: lag };
  const { sent, lastContent, output, prompt, cached, reasoning, hidden } = record;
  // What is no text has no first token: it is there as a whole, or not at all.
  const firstContent = record.items === undefined ? record.firstContent : undefined;
  const firstAnswer = record.items === undefined ? record.firstAnswer : undefined;
  const scheduled = dueOf(record);
  const firstSent = firstSentOf(record);
  return {
    ttft: since(sent, firstContent),
    ttft_scheduled: since(scheduled, firstContent),
    e2e: since(sent, lastContent),
    e2e_scheduled: since(scheduled, lastContent),
    tpot: timePerToken(record, bursts),
    ttfa: since(sent, firstAnswer),
    ttft_with_retries: since(firstSent, firstContent),
    e2e_with_retries: since(firstSent, lastContent),
    headers: since(sent, record.headers),
    connect: finite(record.connect),
    server_queue: serverQueue(record),
    hidden_tokens: finite(hidden?.count),
    output_tokens: finite(output?.count),
    prompt_tokens: finite(prompt?.count),
    cached_tokens: finite(cached?.count),
    reasoning_tokens: finite(reasoning?.count),
    dispatch_lag: lag,
  };
}

const NOTHING = Object.fromEntries(
  requestMetrics.map((metric) => [metric, undefined]),
) as RequestValues;

/** When the schedule wanted the request that this is an attempt at. */
export function dueOf({ scheduled, firstAttempt }: RequestRecord): number | undefined {
  return scheduled ?? firstAttempt?.scheduled;
}

/** When the first attempt was sent; undefined where retries were not asked for. */
function firstSentOf({ attempt, firstAttempt, sent }: RequestRecord): number | undefined {
  return attempt === undefined ? undefined : (firstAttempt?.sent ?? sent);
}

function since(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : finite(to - from);
}

/**
 * (last content − first content) / (tokens that came after the first burst). Hidden reasoning, and a
 * summary of it, fill no time that is divided here. Undefined where there was nothing to time.
 */
function timePerToken(record: RequestRecord, bursts: Bursts): number | undefined {
  const sent = sentTokens(record);
  const { firstContent, firstAnswer, lastContent, hidden, choices = 1 } = record;
  const from = hidden === undefined ? firstContent : (firstAnswer ?? firstContent);
  const span = since(from, lastContent);
  if (span === undefined || sent === undefined) return undefined;
  const { first, total } = bursts;
  if (first >= total || isBunched(record, bursts)) return undefined;
  // Several answers at once have their shares of the tokens.
  const later = sent / choices - Math.max(1, first / choices);
  return later > 0 ? finite(span / later) : undefined;
}

/**
 * ttft − the server's own prompt time − connect: queueing in the server, plus the network's way to
 * and fro. A reused connection took no connect time.
 */
function serverQueue(record: RequestRecord): number | undefined {
  const ttft = since(record.sent, record.firstContent);
  const promptMs = record.server?.promptMs;
  if (ttft === undefined || promptMs === undefined) return undefined;
  return finite(ttft - promptMs - (record.connect ?? 0));
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/**
 * Whether a request meets each limit, in the order of the SLO. A request that did not succeed meets
 * none. Two absences are no violation: `tpot` below 2 tokens, which has no next token to wait for;
 * and a `_scheduled` time of a request without a schedule (closed loop, later requests of an
 * iteration), which was due when it was sent, so the time from sent is taken. Any other value that
 * is absent was asked for and not delivered: not met. A limit on the first token of an answer that
 * has none (embeddings, ranks, tensors) is held against its end. What a user waits begins with the first
 * attempt, so that is where the time of a retried one begins too.
 */
export function sloMet(record: RequestRecord, values: RequestValues, slo: SloPlan): boolean[] {
  return slo.limits.map(({ metric, limit }) => {
    if (!record.outcome.ok) return false;
    const value = sloValue(record.items === undefined ? metric : wholeTime(metric), values);
    if (value === undefined) return metric === "tpot" && hasNoNextToken(record);
    return value <= limit;
  });
}

/** What has no first token is waited for as a whole. */
export function wholeTime(metric: MetricName): MetricName {
  return WHOLE[metric] ?? metric;
}

const WHOLE: Readonly<Record<string, MetricName | undefined>> = {
  ttft: "e2e",
  ttft_scheduled: "e2e_scheduled",
  ttft_with_retries: "e2e_with_retries",
  ttfa: "e2e",
};

/** By a count of tokens: one event without a count may be a whole answer. */
function hasNoNextToken(record: RequestRecord): boolean {
  return record.output?.source !== "events" && (sentTokens(record) ?? 2) < 2;
}

function sloValue(metric: MetricName, values: RequestValues): number | undefined {
  const value = values[metric as RequestMetric];
  const fromSent = FROM_SENT[metric];
  // A time from the schedule has the attempts before in it.
  if (fromSent !== undefined) return value ?? sloValue(fromSent, values);
  const waited = WITH_RETRIES[metric];
  return (waited && values[waited]) ?? value;
}

const FROM_SENT: Readonly<Record<string, RequestMetric | undefined>> = {
  ttft_scheduled: "ttft",
  e2e_scheduled: "e2e",
};

const WITH_RETRIES: Readonly<Record<string, RequestMetric | undefined>> = {
  ttft: "ttft_with_retries",
  e2e: "e2e_with_retries",
};
