/**
 * A request with its retries: every attempt is sent, and recorded, as a request of its own. And with
 * the user's patience, after which it is given up.
 */
import { usageError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { RequestRecord } from "../core/request-record.ts";
import type { LlmRequest, Reply } from "../core/request.ts";
import { formatMillis, parseDuration } from "../core/units.ts";
import { present } from "../core/present.ts";
import type { ExchangeOptions } from "../protocol/exchange.ts";
import { performRequest, type Endpoint } from "../protocol/perform.ts";
import type { RequestFacts } from "../protocol/request-facts.ts";
import type { RetryPlan } from "../scenario/plan.ts";
import { retryDelay, retryPolicy } from "./retry.ts";

/** What an attempt adds to the facts of its exchange. */
export type AttemptFacts = RequestFacts &
  Pick<RequestRecord, "attempt" | "firstAttempt" | "retryIn">;

export interface AttemptSetting {
  readonly endpoint: Endpoint;
  readonly options: ExchangeOptions;
  readonly retries: RetryPlan | undefined;
  /** When the schedule wanted the request. */
  readonly scheduled: number | undefined;
  /** Unix time at the clock's origin, ms. */
  readonly wall: number;
  readonly random: () => Random;
  /** Called for every attempt, when it has ended. */
  readonly record: (facts: AttemptFacts, reply: Reply) => void;
}

/** The reply of the last attempt; undefined when cut off while it waited for the next one. */
export async function performAttempts(
  request: LlmRequest,
  setting: AttemptSetting,
): Promise<Reply | undefined> {
  const { options, scheduled } = setting;
  const { clock, signal } = options;
  const policy = retryPolicy(setting.retries, request);
  const end = clock.now() + patienceOf(request);
  let before: Pick<AttemptFacts, "firstAttempt"> = {};
  for (let attempt = 0; ; attempt += 1) {
    const { facts, reply } = await performUntil(end, request, setting);
    if (policy === undefined) {
      setting.record(facts, reply);
      return reply;
    }
    const tried = { facts, attempt, wall: setting.wall + facts.ended };
    const retryIn = retryDelay(policy, tried, setting.random());
    // A user whose patience ends during the wait does not come back.
    const last = retryIn === undefined || facts.ended + retryIn >= end;
    setting.record({ ...facts, attempt, ...before, ...(!last && { retryIn }) }, reply);
    if (last) return reply;
    if (attempt === 0) before = { firstAttempt: present({ sent: facts.sent, scheduled }) };
    await clock.sleepUntil(facts.ended + retryIn, signal);
    if (signal.aborted) return undefined;
  }
}

/** ms; without end where the request does not say. */
function patienceOf({ giveUpAfter }: LlmRequest): number {
  if (giveUpAfter === undefined) return Infinity;
  const parsed = parseDuration(giveUpAfter);
  if (parsed !== undefined && parsed > 0) return parsed;
  throw usageError(
    `request.giveUpAfter: ${JSON.stringify(giveUpAfter)} is not a duration above 0`,
    'Write "3s", or milliseconds.',
  );
}

/** The exchange, cut off at a moment of the clock as if by the user. */
async function performUntil(
  moment: number,
  request: LlmRequest,
  { endpoint, options }: Pick<AttemptSetting, "endpoint" | "options">,
): Promise<Performed> {
  if (moment === Infinity) return performRequest(request, endpoint, options);
  const cut = new AbortController();
  const over = new AbortController();
  const cutOff = (): void => {
    cut.abort();
  };
  const patience = options.clock.sleepUntil(moment, over.signal).then(() => {
    if (over.signal.aborted) return false;
    cutOff();
    return true;
  });
  const run = options.signal;
  run.addEventListener("abort", cutOff);
  if (run.aborted) cutOff();
  try {
    const performed = await performRequest(request, endpoint, { ...options, signal: cut.signal });
    over.abort();
    const lost = (await patience) && !run.aborted;
    return lost ? abandoned(performed) : performed;
  } finally {
    over.abort();
    run.removeEventListener("abort", cutOff);
  }
}

type Performed = Awaited<ReturnType<typeof performRequest>>;

/** The exchange knows only that it was cut off; by whom is known here. */
function abandoned({ facts, reply }: Performed): Performed {
  const { outcome } = facts;
  if (outcome.ok || outcome.failure !== "interrupted") return { facts, reply };
  const failure = "abandoned";
  const message = `given up after ${formatMillis(facts.ended - facts.sent)}, as the scenario asks`;
  return {
    facts: { ...facts, outcome: { ok: false, failure, message } },
    reply: { ...reply, failure, message },
  };
}
