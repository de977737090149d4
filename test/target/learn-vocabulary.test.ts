import { describe, expect, it } from "vitest";
import { defaultVocabulary, wordsFor } from "../../src/scenario/vocabulary.ts";
import { learnVocabulary, type TokenCounter } from "../../src/target/learn-vocabulary.ts";

interface Counting {
  readonly tokensOf: (word: string) => number;
  readonly template?: number;
  readonly tokenizes?: boolean;
}

function counting({ tokensOf, template = 10, tokenizes = true }: Counting) {
  const asked = { texts: 0, prompts: 0 };
  const tokens = (text: string): number =>
    text.split(/\s/).reduce((sum, word) => sum + tokensOf(word), 0);
  const counter: TokenCounter = {
    templated: true,
    text: (text) => {
      asked.texts += 1;
      return Promise.resolve(tokenizes ? tokens(text) : undefined);
    },
    prompt: (text) => {
      asked.prompts += 1;
      return Promise.resolve(template + tokens(text));
    },
  };
  return { counter, asked };
}

const { words } = defaultVocabulary;

describe("the words of a server", () => {
  it("are those that are one token each, behind the template's own", async () => {
    const { counter } = counting({ tokensOf: (word) => (word.length > 5 ? 2 : 1) });
    const vocabulary = await learnVocabulary(counter, words);
    expect(vocabulary).toMatchObject({ exact: true, overheadTokens: 10 });
    expect(vocabulary.words.every((word) => word.length <= 5)).toBe(true);
  });

  it("are asked for once: known ones are tried all together", async () => {
    const tokensOf = (word: string): number => (word.length > 5 ? 2 : 1);
    const first = await learnVocabulary(counting({ tokensOf }).counter, words);
    const { counter, asked } = counting({ tokensOf });
    expect(await learnVocabulary(counter, words, first.words)).toEqual(first);
    expect(asked).toEqual({ texts: 2, prompts: 2 });
  });

  it("are found anew where the tokenizer is another one now", async () => {
    const { counter } = counting({ tokensOf: (word) => (word.length > 3 ? 2 : 1) });
    const vocabulary = await learnVocabulary(counter, words, words);
    expect(vocabulary.words.every((word) => word.length <= 3)).toBe(true);
  });

  it("have their tokens on average from two requests where no tokenizer can be asked", async () => {
    const { counter } = counting({ tokensOf: ({ length }) => 1 + (length % 2), tokenizes: false });
    const vocabulary = await learnVocabulary(counter, words);
    expect(vocabulary.exact).toBe(false);
    expect(vocabulary.tokensPerWord).toBeGreaterThan(1.3);
    expect(vocabulary.tokensPerWord).toBeLessThan(1.7);
    const text = vocabulary.words.slice(0, wordsFor(200, vocabulary)).join(" ");
    const counted = (await counter.prompt(text)) ?? 0;
    expect(Math.abs(counted - 200)).toBeLessThan(16);
  });
});
