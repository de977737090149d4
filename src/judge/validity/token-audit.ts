/** Whether the tokens that were asked for, counted and received agree with each other. */
import type { RequestRecord, TokenCount } from "../../core/request-record.ts";
import { sentTokens } from "../collect/sent-tokens.ts";

/** Counts over the successful requests of the measured phases. */
export interface TokenAudit {
  /** Requests with something to compare. */
  readonly checked: number;
  readonly mismatched: number;
  /** The first mismatch, for the reader. */
  readonly example?: string;
}

export class TokenAuditor {
  #checked = 0;
  #mismatched = 0;
  #example: string | undefined;

  add(record: RequestRecord): void {
    if (!record.outcome.ok) return;
    const found = compare(record);
    if (found === undefined) return;
    this.#checked += 1;
    if (found === "agrees") return;
    this.#mismatched += 1;
    this.#example ??= `iteration ${record.iteration}: ${found}`;
  }

  result(): TokenAudit {
    const counts = { checked: this.#checked, mismatched: this.#mismatched };
    return this.#example === undefined ? counts : { ...counts, example: this.#example };
  }
}

/** What disagrees; undefined when there is nothing to compare. */
function compare(record: RequestRecord): string | undefined {
  const { output, contentGapsUs } = record;
  // Events that were counted as tokens cannot disagree with themselves.
  if (output === undefined || output.source === "events") return undefined;
  const asked = compareAsked(record, output);
  if (asked !== undefined && asked !== "agrees") return asked;
  return contentGapsUs === undefined
    ? asked
    : compareEvents(record, contentGapsUs.length, sentTokens(record) ?? output.count);
}

/**
 * Where an answer ended by the limit, the limit is its length; so it is, however it ended, where the
 * server was told to generate no less. No answer is longer, but for reasoning that was not sent:
 * some servers have another limit for it.
 */
function compareAsked(record: RequestRecord, output: TokenCount): string | undefined {
  const { asked, outcome } = record;
  const limit = limitOf(record);
  if (limit === undefined || !outcome.ok) return undefined;
  const lengths = [output.count, sentTokens(record) ?? output.count];
  const found = `${output.count} were counted (${output.source})`;
  if (Math.min(...lengths) > limit) return `the limit was ${limit} tokens, but ${found}`;
  if (asked?.exact === true && output.count < limit)
    return `asked for exactly ${limit} tokens, but ${found}; finish reason "${outcome.finish}"`;
  if (outcome.finish !== "length") return undefined;
  return lengths.includes(limit)
    ? "agrees"
    : `stopped by the limit of ${limit} tokens, but ${found}`;
}

/** Of all answers in one request. */
function limitOf({ asked, choices = 1 }: RequestRecord): number | undefined {
  return asked?.output === undefined ? undefined : asked.output * choices;
}

/** An event carries at least one token, and an end-of-generation token may have no event. */
function compareEvents(
  { perEvent, contentTokens }: RequestRecord,
  events: number,
  counted: number,
): string {
  const received = contentTokens?.reduce((sum, tokens) => sum + tokens, 0) ?? events;
  const exact = perEvent === "token" || contentTokens !== undefined;
  if (exact && Math.abs(counted - received) > 1)
    return `${received} tokens were received, but ${counted} were counted`;
  if (contentTokens === undefined && events > counted)
    return `${events} events with content came, but only ${counted} tokens were counted`;
  return "agrees";
}
