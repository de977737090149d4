/**
 * Makes the vocabulary of a server: words that its tokenizer turns into one token each, and the
 * tokens that its chat template adds. With it, prompts have exactly the length that was asked for.
 *
 * Words are found by counting alone, so any tokenizer will do: n words that count n tokens are one
 * token each. They are tried apart by spaces (as they stand in prompts) and by line feeds (as the
 * first word stands after a template). The template's share is what one real request counts more
 * than its words; two requests of different length must agree on it.
 */
import { defaultVocabulary, type Vocabulary } from "../scenario/vocabulary.ts";

/** What the server counts; each may be impossible, which is undefined. */
export interface TokenCounter {
  /** Tokens of a plain text, without any added at its start or end. */
  text(text: string): Promise<number | undefined>;
  /** Whether the prompts of requests pass through a chat template. */
  readonly templated: boolean;
  /** Prompt tokens of a request with this text alone: of a chat, its template included. */
  prompt(text: string): Promise<number | undefined>;
}

/** Enough that random prompts look alike to nobody, and few enough to be found quickly. */
const ENOUGH_WORDS = 512;
/** Words tried at once; a group that is not all single tokens is tried one by one. */
const GROUP = 16;
/** Lengths, in words, of the two requests that measure the template. */
const PROBES = [8, 40] as const;
/** The same where they measure the words too: longer, since words differ in their tokens. */
const ESTIMATES = [16, 256] as const;

/**
 * @param candidates words to try, best first
 * @param known words that were single tokens before: taken where they all still are
 * @returns a book that is not exact where the server cannot count
 */
export async function learnVocabulary(
  counter: TokenCounter,
  candidates: readonly string[],
  known: readonly string[] = [],
): Promise<Vocabulary> {
  const hold = known.length >= GROUP && (await areSingleTokens(counter, known)) === true;
  const words = hold ? known : await singleTokenWords(counter, candidates);
  const exactWords = words.length >= GROUP;
  const vocabulary = exactWords ? words : candidates.slice(0, ENOUGH_WORDS);
  const counts = await counted(counter, vocabulary, exactWords ? PROBES : ESTIMATES);
  const unknown = counter.templated
    ? defaultVocabulary
    : { ...defaultVocabulary, overheadTokens: 0 };
  return { ...(lengthsFrom(counts, exactWords) ?? unknown), words: vocabulary };
}

/** What two prompts of different length say of the template and, where need be, of the words. */
function lengthsFrom(
  [short, long]: readonly Counted[],
  exactWords: boolean,
): Omit<Vocabulary, "words"> | undefined {
  if (short === undefined || long === undefined) return undefined;
  const overheadTokens = short.tokens - short.words;
  if (exactWords && overheadTokens >= 0 && overheadTokens === long.tokens - long.words)
    return { overheadTokens, exact: true };
  const tokensPerWord = (long.tokens - short.tokens) / (long.words - short.words);
  if (tokensPerWord <= 0) return undefined;
  const rest = Math.round(short.tokens - tokensPerWord * short.words);
  return { overheadTokens: Math.max(0, rest), exact: false, tokensPerWord };
}

async function singleTokenWords(
  counter: TokenCounter,
  candidates: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < candidates.length && found.length < ENOUGH_WORDS; at += GROUP) {
    const group = candidates.slice(at, at + GROUP);
    const whole = await areSingleTokens(counter, group);
    if (whole === undefined) return [];
    if (whole) found.push(...group);
    else found.push(...(await tryEach(counter, group)));
  }
  return found.slice(0, ENOUGH_WORDS);
}

async function tryEach(counter: TokenCounter, group: readonly string[]): Promise<string[]> {
  const single = await Promise.all(
    // Three times the same word: its first place is special in some tokenizers.
    group.map((word) => areSingleTokens(counter, [word, word, word])),
  );
  return group.filter((_word, i) => single[i] === true);
}

async function areSingleTokens(
  counter: TokenCounter,
  words: readonly string[],
): Promise<boolean | undefined> {
  const [spaced, lines] = await Promise.all([
    counter.text(words.join(" ")),
    counter.text(words.join("\n")),
  ]);
  if (spaced === undefined || lines === undefined) return undefined;
  // SentencePiece-like tokenizers may count one more for the blank they put in front.
  return spaced === words.length && lines <= 2 * words.length;
}

interface Counted {
  readonly words: number;
  readonly tokens: number;
}

/** Prompts of these lengths as the server counts them; none where it does not. */
async function counted(
  counter: TokenCounter,
  words: readonly string[],
  lengths: readonly number[],
): Promise<readonly Counted[]> {
  const all: Counted[] = [];
  for (const [i, length] of lengths.entries()) {
    const text = Array.from({ length }, (_, k) => words[(k * 7 + i * 3) % words.length]).join(" ");
    const tokens = await counter.prompt(text);
    if (tokens === undefined) return [];
    all.push({ words: length, tokens });
  }
  return all;
}
