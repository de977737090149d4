/** What one request record measures. Formulas are those of docs/metrics.md. */
import type { MetricName } from "../../core/metrics.ts";
import type { RequestRecord } from "../../core/records.ts";
import type { SloPlan } from "../../scenario/plan.ts";
import { sentTokens } from "./sent-tokens.ts";
import { arrivalsOf, isBunched } from "./token-columns.ts";

export type RequestValues = Partial<Record<MetricName, number>>;
type Candidates = Partial<Record<MetricName, number | undefined>>;

/** Cut off by the end of the run: how it would have ended is not known. */
export function isCensored({ outcome }: RequestRecord): boolean {
  return !outcome.ok && outcome.failure === "interrupted";
}

/**
 * The values of a request, by metric. Only a successful one has latencies and counts: all of them
 * then describe the same requests, and a server that fails fast does not look fast. The dispatch
 * lag is ours, so every request has it.
 */
export function requestValues(record: RequestRecord): RequestValues {
  if (last?.record !== record) last = { record, values: computed(record) };
  return last.values;
}

/** Everything that looks at a run looks at one record after the other: the last one is asked for again. */
let last: { readonly record: RequestRecord; readonly values: RequestValues } | undefined;

function computed(record: RequestRecord): RequestValues {
  const lag = since(record.scheduled, record.sent);
  const values = record.outcome.ok
    ? { ...latencies(record), ...counts(record), dispatch_lag: lag }
    : { dispatch_lag: lag };
  return present(values);
}

function latencies(record: RequestRecord): Candidates {
  const { sent, lastContent } = record;
  // What is no text has no first token: it is there as a whole, or not at all.
  const firstContent = record.items === undefined ? record.firstContent : undefined;
  const firstAnswer = record.items === undefined ? record.firstAnswer : undefined;
  const scheduled = dueOf(record);
  return {
    ttft: since(sent, firstContent),
    ttft_scheduled: since(scheduled, firstContent),
    e2e: since(sent, lastContent),
    e2e_scheduled: since(scheduled, lastContent),
    tpot: timePerToken(record),
    ttfa: since(sent, firstAnswer),
    ttft_with_retries: since(firstSentOf(record), firstContent),
    e2e_with_retries: since(firstSentOf(record), lastContent),
    headers: since(sent, record.headers),
    connect: record.connect,
    server_queue: serverQueue(record),
  };
}

/** When the schedule wanted the request that this is an attempt at. */
export function dueOf({ scheduled, firstAttempt }: RequestRecord): number | undefined {
  return scheduled ?? firstAttempt?.scheduled;
}

/** When the first attempt was sent; undefined where retries were not asked for. */
function firstSentOf({ attempt, firstAttempt, sent }: RequestRecord): number | undefined {
  return attempt === undefined ? undefined : (firstAttempt?.sent ?? sent);
}

function counts({ output, prompt, cached, reasoning, hidden }: RequestRecord): Candidates {
  return {
    hidden_tokens: hidden?.count,
    output_tokens: output?.count,
    prompt_tokens: prompt?.count,
    cached_tokens: cached?.count,
    reasoning_tokens: reasoning?.count,
  };
}

function since(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}

/**
 * (last content − first content) / (tokens that came after the first burst). Hidden reasoning, and a
 * summary of it, fill no time that is divided here. Undefined where there was nothing to time.
 */
function timePerToken(record: RequestRecord): number | undefined {
  const sent = sentTokens(record);
  const { firstContent, firstAnswer, lastContent, hidden, choices = 1 } = record;
  const from = hidden === undefined ? firstContent : (firstAnswer ?? firstContent);
  const span = since(from, lastContent);
  if (span === undefined || sent === undefined) return undefined;
  const { first, total } = arrivalsOf(record).bursts;
  if (first >= total || isBunched(record)) return undefined;
  // Several answers at once have their shares of the tokens.
  const later = sent / choices - Math.max(1, first / choices);
  return later > 0 ? span / later : undefined;
}

/**
 * ttft − the server's own prompt time − connect: queueing in the server, plus the network's way to
 * and fro. A reused connection took no connect time.
 */
function serverQueue(record: RequestRecord): number | undefined {
  const ttft = since(record.sent, record.firstContent);
  const promptMs = record.server?.promptMs;
  if (ttft === undefined || promptMs === undefined) return undefined;
  return ttft - promptMs - (record.connect ?? 0);
}

function present(values: Candidates): RequestValues {
  const known: RequestValues = {};
  // Without entries(): this is made for every request of a run, and more than once.
  for (const name in values) {
    const value = values[name as MetricName];
    if (value !== undefined && Number.isFinite(value)) known[name as MetricName] = value;
  }
  return known;
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
  const fromSent = FROM_SENT[metric];
  // A time from the schedule has the attempts before in it.
  if (fromSent !== undefined) return values[metric] ?? sloValue(fromSent, values);
  const waited = WITH_RETRIES[metric];
  return (waited && values[waited]) ?? values[metric];
}

const FROM_SENT: Readonly<Record<string, MetricName | undefined>> = {
  ttft_scheduled: "ttft",
  e2e_scheduled: "e2e",
};

const WITH_RETRIES: Readonly<Record<string, MetricName | undefined>> = {
  ttft: "ttft_with_retries",
  e2e: "e2e_with_retries",
};
