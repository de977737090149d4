/**
 * What the canaries look for in replies: an expected text, and the marks of output that is broken
 * whatever was asked. Pure; docs/scenarios.md has the rules in words.
 */
import type { Reply } from "../core/request.ts";
import {
  CANARY_PREFIX,
  EXPECTED_REPLY,
  WELL_FORMED,
  type CanaryPlan,
  type ExpectedText,
} from "../scenario/plan.ts";

/** Names of checks that begin so are the canaries' own. */
export const RESERVED = CANARY_PREFIX;

/**
 * The checks of one reply, by name; undefined where there is nothing to look at: no canary, an
 * answer that is no text (embeddings, ranks), or a failure, which has a kind of its own. An empty
 * answer is a failure and malformed.
 */
export function replyChecks(
  { expect, wellFormed }: CanaryPlan["replies"],
  reply: Reply,
): Readonly<Record<string, boolean>> | undefined {
  const isText = reply.ok ? reply.output !== undefined : reply.failure === "empty";
  if (!isText) return undefined;
  const checks: Record<string, boolean> = {};
  if (expect !== undefined) checks[EXPECTED_REPLY] = hasExpected(expect, reply.text);
  if (wellFormed) checks[WELL_FORMED] = isWellFormed(reply);
  return Object.keys(checks).length > 0 ? checks : undefined;
}

/** Whether the text is there, or the pattern matches. */
export function hasExpected(expect: ExpectedText, text: string): boolean {
  if ("text" in expect) return text.includes(expect.text);
  // Without g and y, which would make the answer depend on the reply before.
  return new RegExp(expect.pattern, expect.flags).test(text);
}

/** Neither empty, nor broken UTF-8, nor repeating itself without end. */
export function isWellFormed({ text, reasoning, finish }: Reply): boolean {
  const all = reasoning === "" ? text : `${reasoning}\n${text}`;
  if (finish !== "tool_calls" && all.trim() === "") return false;
  return !hasBrokenCharacters(all, finish === "length") && !repeatsItself(all);
}

/**
 * U+FFFD is what bytes that are not UTF-8 are decoded to, here or by the server; half a surrogate
 * pair comes from an escape in JSON.
 *
 * @param cut the output limit may have cut the last character: that is the limit's doing
 */
function hasBrokenCharacters(text: string, cut: boolean): boolean {
  const inner = cut ? text.replace(/\uFFFD+$/, "") : text;
  return inner.includes("\uFFFD") || /\p{Surrogate}/u.test(inner);
}

/** Only the end of a long text is looked at: an endless repetition is still going on there. */
const LOOKED_AT = 4000;

/** A loop is a piece of up to so many characters, ... */
const LONGEST_PIECE = 200;
/** ... so many times in a row until the end, ... */
const TIMES = 8;
/** ... over at least so many characters: rulers and padding are shorter. */
const SHORTEST_LOOP = 120;

/** Share of 4-grams of words that have been there before; and how many words it takes to tell. */
const MOST_REPEATED = 0.5;
const FEWEST_WORDS = 40;

export function repeatsItself(text: string): boolean {
  const end = text.slice(-LOOKED_AT).trimEnd();
  return endsInLoop(end) || repeatedShare(end.split(/\s+/)) > MOST_REPEATED;
}

/** The last characters are the same piece again and again. */
function endsInLoop(text: string): boolean {
  for (let piece = 1; piece <= LONGEST_PIECE; piece += 1) {
    const length = Math.max(piece * TIMES, SHORTEST_LOOP);
    if (length > text.length) return false;
    if (hasPeriod(text, text.length - length, piece)) return true;
  }
  return false;
}

function hasPeriod(text: string, from: number, period: number): boolean {
  for (let i = text.length - 1; i >= from + period; i -= 1)
    if (text.charCodeAt(i) !== text.charCodeAt(i - period)) return false;
  return true;
}

/**
 * seq-rep-4 of Welleck et al. (2019), "Neural Text Generation with Unlikelihood Training": 1 −
 * different 4-grams / all 4-grams. People's texts have about 0.01, greedy decoding that has got
 * stuck 0.9; 0 for texts too short to tell.
 */
function repeatedShare(words: readonly string[]): number {
  if (words.length < FEWEST_WORDS) return 0;
  const grams = words.length - 3;
  const different = new Set<string>();
  for (let i = 0; i < grams; i += 1) different.add(words.slice(i, i + 4).join(" "));
  return 1 - different.size / grams;
}
