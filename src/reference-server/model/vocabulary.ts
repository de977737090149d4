/**
 * The vocabulary of a synthetic model, for llama.cpp's SentencePiece tokenizer.
 *
 * Two properties make prompts of an exact length easy:
 * - Every word of the vocabulary is one token. The tokenizer joins adjacent pieces whose
 *   concatenation is a token. The vocabulary is prefix-closed (with " the" it has " th" and " t"),
 *   so however a word is split, its first two pieces can be joined, until one is left.
 * - Token counts add up: no token has a space anywhere but in front, so nothing is ever joined
 *   across the start of a word.
 *
 * Whatever is not a word becomes byte tokens, so any text can be tokenized.
 */
import { commonWords } from "../../core/words.ts";
import { openingWords } from "./words.ts";

/** `llama_token_type` of llama.h, as the file stores it. */
export const tokenTypes = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;

export interface Vocabulary {
  /** Token texts by id; a space is written as U+2581, as SentencePiece does. */
  readonly texts: readonly string[];
  readonly types: readonly number[];
  /**
   * Tokens below this id are never generated: control, byte and word-piece tokens. All tokens from
   * it on are a space and ASCII letters, so any sequence of them is well-formed text which
   * tokenizes back to the same tokens.
   */
  readonly firstGenerated: number;
}

/** Those of filling in the middle are named as Qwen's are; without them llama.cpp refuses `/infill`. */
export const tokenIds = {
  unknown: 0,
  start: 1,
  end: 2,
  fillPrefix: 3,
  fillSuffix: 4,
  fillMiddle: 5,
} as const;

/** SentencePiece's space. */
const SPACE = "\u2581";

/** ChatML. It starts every reply after a newline, so a reply's first token carries its space. */
export const chatTemplate =
  "{% for message in messages %}" +
  "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}" +
  "{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** @param size number of tokens, at least about 2000 */
export function vocabulary(size: number): Vocabulary {
  const texts = ["<unk>", "<|im_start|>", "<|im_end|>"];
  texts.push("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>");
  const types: number[] = texts.map((_, id) =>
    id === tokenIds.unknown ? tokenTypes.unknown : tokenTypes.control,
  );
  for (let byte = 0; byte < 256; byte += 1) {
    texts.push(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
    types.push(tokenTypes.byte);
  }
  const words = new Set(commonWords);
  const pieces = withPrefixes(commonWords).filter((piece) => !words.has(piece));
  // A message may start with any common word: there no space comes before it.
  const opening = withPrefixes([...openingWords, ...commonWords]);
  texts.push(SPACE, ...opening, ...pieces.map((piece) => SPACE + piece));
  const firstGenerated = texts.length;
  const taken = new Set(pieces);
  for (const word of inventedWords()) {
    if (words.size === size - firstGenerated) break;
    if (!taken.has(word)) words.add(word);
  }
  for (const word of words) texts.push(SPACE + word);
  while (types.length < size) types.push(tokenTypes.normal);
  return { texts, types, firstGenerated };
}

/** The words and all that they start with, shorter ones first, each once. */
function withPrefixes(words: readonly string[]): string[] {
  const pieces = new Set<string>();
  for (const word of words) {
    for (let end = 1; end <= word.length; end += 1) pieces.add(word.slice(0, end));
  }
  return [...pieces].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** Pronounceable words, b, ba, bab, baba, ...: without end, the shorter first, hence prefix-closed. */
function* inventedWords(): Generator<string> {
  const letters = ["bdflmnrstv".split(""), "aeiou".split("")] as const;
  let previous = [""];
  for (let length = 0; ; length += 1) {
    const next: string[] = [];
    for (const stem of previous) {
      for (const letter of length % 2 === 0 ? letters[0] : letters[1]) {
        next.push(stem + letter);
        yield stem + letter;
      }
    }
    previous = next;
  }
}
