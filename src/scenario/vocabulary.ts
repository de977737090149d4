/** The words of which prompts are made. */
import { commonWords } from "../core/words.ts";

/**
 * Words for one server: n of them, joined by spaces and sent as one user message, count
 * `n + overheadTokens` tokens in the server's tokenizer.
 */
export interface Vocabulary {
  /** All different. */
  readonly words: readonly string[];
  /** Tokens that the chat template adds to a single user message. */
  readonly overheadTokens: number;
  /** False when the server has no tokenizer to ask: then lengths are approximate. */
  readonly exact: boolean;
  /** Where it is not exact: mean over the words, as `usage` counts them. Default 1. */
  readonly tokensPerWord?: number;
}

/** Words that make a prompt of so many tokens; at least one. */
export function wordsFor(tokens: number, vocabulary: Vocabulary): number {
  const { overheadTokens, tokensPerWord = 1 } = vocabulary;
  return Math.max(1, Math.round((tokens - overheadTokens) / tokensPerWord));
}

/**
 * The book for servers that have no tokenizer: common English words, most of them one token after a
 * space in the vocabularies in use. The overhead is a usual chat template's; both are estimates.
 */
export const defaultVocabulary: Vocabulary = {
  words: commonWords,
  overheadTokens: 8,
  exact: false,
};
