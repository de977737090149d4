/** What an answer's tokens came to: who counted them, and which of its events carried how many. */
import { present } from "../core/present.ts";
import type { TokenCount } from "../core/request-record.ts";
import type { Answer } from "./adapter.ts";

import type { RequestFacts } from "./request-facts.ts";
import type { ContentReader } from "./reader.ts";

type TokenFacts = Pick<RequestFacts, "output" | "prompt" | "cached" | "reasoning" | "hidden">;
type ContentFacts = Pick<RequestFacts, "contentGapsUs" | "contentTokens" | "perEvent">;

export function tokenFacts(reader: ContentReader, answer: Answer): TokenFacts {
  return present({
    output: outputCount(reader, answer),
    prompt: countOf("prompt", answer),
    cached: countOf("cached", answer),
    reasoning: countOf("reasoning", answer),
    hidden: hiddenCount(reader, answer),
  });
}

/** @param sent when the first gap begins, ms */
export function contentFacts(sent: number, reader: ContentReader, answer: Answer): ContentFacts {
  const { contentAt } = reader;
  if (contentAt.length === 0) return {};
  const contentGapsUs = gapsUs(sent, contentAt);
  const contentTokens = sentTokens(reader, answer);
  if (contentTokens === undefined) {
    const perEvent = eventsAreTokens(reader, answer);
    return { contentGapsUs, perEvent: perEvent ? "token" : "chunk" };
  }
  const single = contentTokens.every((tokens) => tokens === 1);
  return { contentGapsUs, perEvent: "token", ...(!single && { contentTokens }) };
}

/** Whole microseconds, rounded on the absolute scale so that errors do not add up. */
function gapsUs(sent: number, times: readonly number[]): number[] {
  let before = 0;
  return times.map((at) => {
    const now = Math.round((at - sent) * 1000);
    const gap = now - before;
    before = now;
    return gap;
  });
}

type Counted = "output" | "prompt" | "cached" | "reasoning";

/** Servers that do not count say zero of everything, beside content. */
function countOf(what: Counted, { counts }: Answer): TokenCount | undefined {
  const usage = counts.usage?.[what];
  const whole = what === "output" || what === "reasoning" ? "output" : "prompt";
  const isCount = usage !== undefined && counts.usage?.[whole] !== 0;
  if (isCount) return { count: usage, source: "usage" };
  const timings = what === "reasoning" ? undefined : counts.timings?.[what];
  return timings === undefined ? undefined : { count: timings, source: "timings" };
}

/** Results have no output tokens; else what nobody counted is at least as many as the events. */
function outputCount({ contentAt, contentTokens }: ContentReader, answer: Answer) {
  const counted = countOf("output", answer);
  if (counted !== undefined) return counted;
  if (answer.tokens !== undefined && (answer.tokens > 0 || contentAt.length === 0)) {
    return { count: answer.tokens, source: "token-ids" } as const;
  }
  const events = contentTokens === undefined ? contentAt.length : 0;
  return events > 0 ? ({ count: events, source: "events" } as const) : undefined;
}

/** Reasoning that was counted and not sent; a summary of it is not made of its tokens. */
function hiddenCount(reader: ContentReader, answer: Answer): TokenCount | undefined {
  const reasoning = countOf("reasoning", answer);
  if (reasoning === undefined || reasoning.count === 0) return undefined;
  if (answer.reasoning !== "" && !answer.summarized) return undefined;
  const { count = 0 } = outputCount(reader, answer) ?? {};
  return reasoning.count < count ? reasoning : undefined;
}

/** Tokens by event; hidden ones, which are counted with the first event behind them, left out. */
function sentTokens(reader: ContentReader, answer: Answer): readonly number[] | undefined {
  const { contentTokens } = reader;
  const hidden = hiddenCount(reader, answer)?.count ?? 0;
  const [first = 0, ...rest] = contentTokens ?? [];
  if (contentTokens === undefined || first <= hidden) return contentTokens;
  return hidden === 0 ? contentTokens : [first - hidden, ...rest];
}

/**
 * Events are not tokens; but when the server counts as many tokens as there were content events,
 * each carried one. An end-of-generation token is counted and carries no content.
 */
function eventsAreTokens(reader: ContentReader, answer: Answer): boolean {
  const output = outputCount(reader, answer);
  if (output === undefined || output.source === "events") return false;
  const hidden = hiddenCount(reader, answer)?.count ?? 0;
  const silent = output.count - hidden - reader.contentAt.length;
  return silent === 0 || (silent === 1 && answer.finish === "stop");
}
