import { expect, test } from "vitest";
import {
  createVocabulary,
  type TokenSource,
} from "../../src/reference-server/engine/vocabulary.ts";

const plain = { control: false, unknown: false, byte: false, user: false };

/** A vocabulary of spellings; those in angle brackets are control tokens. */
function source(kind: TokenSource["kind"], spellings: readonly string[]): TokenSource {
  return {
    kind,
    size: spellings.length,
    bos: 0,
    eos: 1,
    prependBos: true,
    appendEos: false,
    spelling: (token) => spellings[token]!,
    attributes: (token) => {
      const spelling = spellings[token]!;
      const byte = /^<0x..>$/.test(spelling);
      return { ...plain, byte, control: !byte && spelling.startsWith("<") };
    },
    isEndOfGeneration: (token) => token === 1,
    tokenize: (text) => Array.from(text, (character) => spellings.indexOf(character)),
    detokenize: (tokens) => tokens.map((token) => spellings[token]).join(""),
  };
}

test("a SentencePiece token keeps its leading space, and a byte token is its byte", () => {
  const { piece } = createVocabulary(source("spm", ["<s>", "</s>", "▁the", "<0xC3>", "é"]));
  expect(piece(2)).toMatchObject({ text: " the", whole: true });
  expect(piece(3)).toMatchObject({ bytes: Uint8Array.of(0xc3), whole: false });
  expect(piece(4)).toMatchObject({ text: "é", whole: true });
});

test("a byte-level token is the bytes its characters stand for", () => {
  const { piece } = createVocabulary(source("bpe", ["<s>", "</s>", "Ġthe", "Ã", "Ã©", "Ċ"]));
  expect(piece(2).text).toBe(" the");
  expect(piece(3)).toMatchObject({ bytes: Uint8Array.of(0xc3), whole: false });
  expect(piece(4).text).toBe("é");
  expect(piece(5).text).toBe("\n");
});

test("a control token is no text, and is spelled out only where it is asked for", () => {
  const vocabulary = createVocabulary(source("spm", ["<s>", "</s>"]));
  expect(vocabulary.piece(1)).toMatchObject({ text: "", whole: true });
  expect(Buffer.from(vocabulary.spelledOut(1)).toString()).toBe("</s>");
  expect(vocabulary.endOfGeneration()).toEqual([1]);
});

test("special tokens are added as the model wants them, and only on request", () => {
  const vocabulary = createVocabulary(source("spm", ["<s>", "</s>", "a"]));
  expect(vocabulary.tokenize("aa", false, true)).toEqual([2, 2]);
  expect(vocabulary.tokenize("aa", true, true)).toEqual([0, 2, 2]);
  expect(vocabulary.bosText).toBe("<s>");
});
