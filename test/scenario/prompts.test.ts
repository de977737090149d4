import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../src/core/random.ts";
import { defaultVocabulary, type Vocabulary } from "../../src/scenario/vocabulary.ts";
import { iterationOf } from "../../src/scenario/iteration.ts";
import { lengthSampler } from "../../src/scenario/lengths.ts";
import { prompts } from "../../src/scenario/prompts.ts";
import type { Iteration } from "../../src/scenario/script.ts";
import type { TraceEntry } from "../../src/scenario/trace/trace.ts";

const vocabulary: Vocabulary = {
  words: Array.from({ length: 50 }, (_, at) => `w${at}`),
  overheadTokens: 11,
  exact: true,
};

function iteration(keys: Partial<Omit<Iteration, "random" | "salted">> = {}): Iteration {
  return iterationOf({
    ...{ seed: 1, salt: "0", scenario: "main", phase: "steady", index: 0, vocabulary },
    ...keys,
  });
}

const wordsOf = (messages: readonly { readonly content: string }[]) =>
  messages[0]!.content.split(" ");

describe("a synthetic prompt", () => {
  it("has exactly the tokens that were asked for, template included", () => {
    fc.assert(
      fc.property(fc.integer({ min: 12, max: 400 }), fc.nat(), fc.nat(), (tokens, index, seed) => {
        const made = prompts.synthetic({ promptTokens: tokens, outputTokens: 9 })(
          iteration({ index, seed }),
        );
        expect(made).toMatchObject({ promptTokens: tokens, maxTokens: 9, ignoreEos: true });
        expect(wordsOf(made.messages).length + vocabulary.overheadTokens).toBe(tokens);
      }),
    );
  });

  it("has the lengths of the command line where that gives any, and its own otherwise", () => {
    const make = prompts.synthetic({ promptTokens: 60, outputTokens: { mean: 20, sd: 5 } });
    const own = make(iteration());
    const short = make(iteration({ lengths: { promptTokens: 30 } }));
    expect(short).toMatchObject({ promptTokens: 30, maxTokens: own.maxTokens });
    expect(make(iteration({ lengths: { outputTokens: 7 } }))).toMatchObject({
      ...{ promptTokens: 60, maxTokens: 7 },
    });
    const talk = prompts.conversation({ turns: 2, promptTokens: 40, outputTokens: 9 });
    const turns = talk(iteration({ lengths: { promptTokens: 5, outputTokens: 3 } }));
    expect(
      turns.map(({ message, request }) => [
        wordsOf([message as { content: string }]).length,
        request.maxTokens,
      ]),
    ).toEqual([
      [5, 3],
      [5, 3],
    ]);
  });

  it("is a pure function of seed, scenario and number", () => {
    const make = prompts.synthetic({ promptTokens: { mean: 60, sd: 20 }, outputTokens: 8 });
    const keys = fc.record({ seed: fc.nat(), scenario: fc.string(), index: fc.nat() });
    fc.assert(
      fc.property(keys, (of) => {
        expect(make(iteration(of))).toEqual(make(iteration({ ...of, phase: "other" })));
      }),
    );
  });

  it("shares its first words with no other iteration", () => {
    const make = prompts.synthetic({ promptTokens: 40, outputTokens: 8 });
    const starts = (count: number) =>
      new Set(
        Array.from({ length: 5000 }, (_, index) =>
          wordsOf(make(iteration({ index })).messages)
            .slice(0, count)
            .join(" "),
        ),
      ).size;
    // 50 words: neighbours differ in the first one, and 5,000 numbers in the first three.
    expect(starts(1)).toBe(50);
    expect(starts(3)).toBe(5000);
  });

  it("differs between seeds, scenarios and labels from the first word on", () => {
    const first = (of: Partial<Iteration>, label = "prompt") =>
      wordsOf(
        prompts.synthetic({ promptTokens: 40, outputTokens: 8, label })(iteration(of)).messages,
      )
        .slice(0, 2)
        .join(" ");
    const made = [first({}), first({ seed: 2 }), first({ scenario: "b" }), first({}, "other")];
    expect(new Set(made).size).toBe(4);
  });

  it("is the same work in other words where only the salt differs", () => {
    const make = prompts.synthetic({
      promptTokens: { mean: 60, sd: 20, min: 15 },
      outputTokens: { mean: 9, sd: 3 },
    });
    const keys = fc.record({ seed: fc.nat(), index: fc.nat(), a: fc.string(), b: fc.string() });
    fc.assert(
      fc.property(keys, ({ seed, index, a, b }) => {
        fc.pre(a !== b);
        const [one, other] = [a, b].map((salt) => make(iteration({ seed, index, salt })));
        expect({ ...one, messages: [] }).toEqual({ ...other, messages: [] });
        const [said, instead] = [one, other].map((made) => wordsOf(made!.messages));
        expect(said).toHaveLength(instead!.length);
        expect(said!.slice(0, 4)).not.toEqual(instead!.slice(0, 4));
      }),
    );
  });

  it("begins with words that no run of another salt has sent, whatever its number", () => {
    const make = prompts.synthetic({ promptTokens: 40, outputTokens: 8 });
    const starts = (salt: string) =>
      Array.from({ length: 2000 }, (_, index) =>
        wordsOf(make(iteration({ index, salt })).messages)
          .slice(0, 6)
          .join(" "),
      );
    const seen = new Set(starts("monday"));
    expect(starts("monday").every((start) => seen.has(start))).toBe(true);
    expect(starts("tuesday").filter((start) => seen.has(start))).toEqual([]);
  });

  it("is never shorter than the template and one word, and says what was asked", () => {
    const made = prompts.synthetic({ promptTokens: 3, outputTokens: 1 })(iteration());
    expect(made.promptTokens).toBe(3);
    expect(wordsOf(made.messages)).toHaveLength(1);
  });

  it("has as many words as make the length by what a word takes on average", () => {
    const made = prompts.synthetic({ promptTokens: 64, outputTokens: 1 })(
      iteration({ vocabulary: { ...vocabulary, exact: false, tokensPerWord: 1.5 } }),
    );
    expect(made.promptTokens).toBe(64);
    expect(wordsOf(made.messages)).toHaveLength(Math.round((64 - 11) / 1.5));
  });

  it("has a sampling seed that every server takes", () => {
    const make = prompts.synthetic({ promptTokens: 64, outputTokens: 1 });
    const seeds = Array.from({ length: 100 }, (_, index) => make(iteration({ index })).seed);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(true);
    expect(new Set(seeds).size).toBe(100);
  });
});

describe("the default book", () => {
  it("has different words", () => {
    expect(new Set(defaultVocabulary.words).size).toBe(defaultVocabulary.words.length);
    expect(defaultVocabulary.words.length).toBeGreaterThan(256);
  });
});

describe("a length", () => {
  it("drawn from a distribution stays within its bounds", () => {
    const bounds = fc
      .tuple(
        fc.integer({ min: 1, max: 500 }),
        fc.nat(500),
        fc.double({ min: 0, max: 1, noNaN: true }),
      )
      .map(([min, span, part]) => ({ min, max: min + span, mean: min + span * part }));
    fc.assert(
      fc.property(
        bounds,
        fc.double({ min: 0, max: 1000, noNaN: true }),
        fc.nat(),
        (of, sd, seed) => {
          const draw = lengthSampler("length", { ...of, sd });
          const random = randomStream(seed);
          for (let at = 0; at < 20; at += 1) {
            const length = draw(random);
            expect(Number.isInteger(length)).toBe(true);
            expect(length).toBeGreaterThanOrEqual(of.min);
            expect(length).toBeLessThanOrEqual(of.max);
          }
        },
      ),
    );
  });

  it("drawn from a wide distribution has its mean and deviation", () => {
    const draw = lengthSampler("length", { mean: 256, sd: 64 });
    const random = randomStream("moments");
    const drawn = Array.from({ length: 20_000 }, () => draw(random));
    const mean = drawn.reduce((sum, length) => sum + length, 0) / drawn.length;
    const variance = drawn.reduce((sum, length) => sum + (length - mean) ** 2, 0) / drawn.length;
    // Four standard errors of each.
    expect(Math.abs(mean - 256)).toBeLessThan((4 * 64) / Math.sqrt(drawn.length));
    expect(Math.abs(Math.sqrt(variance) - 64)).toBeLessThan((4 * 64) / Math.sqrt(2 * drawn.length));
  });

  it("between narrow bounds keeps the normal's shape", () => {
    const draw = lengthSampler("length", { mean: 10, sd: 4, min: 8, max: 12 });
    const random = randomStream("narrow");
    const counts = new Map<number, number>();
    const n = 20_000;
    for (let at = 0; at < n; at += 1) {
      const length = draw(random);
      counts.set(length, (counts.get(length) ?? 0) + 1);
    }
    const weight = (length: number) => Math.exp(-((length - 10) ** 2) / 32);
    const total = [8, 9, 10, 11, 12].reduce((sum, length) => sum + weight(length), 0);
    for (const [length, count] of counts) {
      const p = weight(length) / total;
      expect(Math.abs(count / n - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n));
    }
  });

  it.each([
    0,
    -1,
    1.5,
    NaN,
    { mean: 5, sd: -1 },
    { mean: 0, sd: 1 },
    { mean: 5, sd: 1, min: 6 },
    { mean: 5, sd: 1, max: 4 },
    { mean: Infinity, sd: 1 },
  ])("is refused as %j", (length) => {
    expect(() => lengthSampler("promptTokens", length)).toThrow("promptTokens: ");
  });
});

describe("a conversation", () => {
  const session = prompts.conversation({
    turns: { mean: 4, sd: 2, min: 2, max: 6 },
    promptTokens: { mean: 20, sd: 10, min: 5, max: 40 },
    outputTokens: 16,
    thinkTime: 2,
  });

  it("begins at once, has turns within bounds, and thinks for the given time on average", () => {
    const sessions = Array.from({ length: 2000 }, (_, index) => session(iteration({ index })));
    const pauses = sessions.flatMap((turns) => turns.slice(1).map(({ think }) => think));
    expect(sessions.every((turns) => turns[0]?.think === 0)).toBe(true);
    expect(sessions.every((turns) => turns.length >= 2 && turns.length <= 6)).toBe(true);
    const mean = pauses.reduce((sum, think) => sum + think, 0) / pauses.length;
    // The cut at five times the mean takes e^-5 off it.
    expect(mean / 2).toBeCloseTo(1 - Math.exp(-5), 1);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(10);
  });

  it("says something else in every turn, and the same again in the same iteration", () => {
    const turns = session(iteration({ index: 3 }));
    const said = turns.map(({ message }) => message.content);
    expect(new Set(said).size).toBe(said.length);
    expect(session(iteration({ index: 3 }))).toEqual(turns);
  });
});

describe("a replayed prompt", () => {
  const entry = (hashIds: readonly number[], promptTokens: number): TraceEntry => ({
    at: 0,
    promptTokens,
    outputTokens: 7,
    hashIds,
  });
  const trace = (...entries: readonly TraceEntry[]) => ({
    file: "/t",
    fileHash: "0",
    entries,
    blockTokens: 16,
  });

  it("has exactly the recorded tokens", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 12, max: 200 }),
        fc.array(fc.nat(20), { maxLength: 12 }),
        (tokens, ids) => {
          const made = prompts.fromTrace(trace(entry(ids, tokens)))(iteration());
          expect(made).toMatchObject({ promptTokens: tokens, maxTokens: 7 });
          expect(wordsOf(made.messages).length + vocabulary.overheadTokens).toBe(tokens);
        },
      ),
    );
  });

  it("shares as many words with another as they share leading hash ids", () => {
    const make = prompts.fromTrace(trace(entry([0, 1, 2], 11 + 48), entry([0, 1, 3], 11 + 48)));
    const [a, b] = [0, 1].map((index) => wordsOf(make(iteration({ index })).messages));
    expect(a!.slice(0, 32)).toEqual(b!.slice(0, 32));
    expect(a!.slice(32)).not.toEqual(b!.slice(32));
  });

  it("shares nothing where the trace knows no hash ids", () => {
    const plain = { at: 0, promptTokens: 40, outputTokens: 7 };
    const make = prompts.fromTrace(trace(plain, plain));
    const [a, b] = [0, 1].map((index) => wordsOf(make(iteration({ index })).messages));
    expect(a![0]).not.toBe(b![0]);
  });

  it("is the recorded content itself, where there is some", () => {
    const messages = [{ role: "user", content: "What is a Plimsoll line?" }] as const;
    const make = prompts.fromTrace(trace({ at: 0, promptTokens: 6, outputTokens: 7, messages }));
    expect(make(iteration()).messages).toEqual(messages);
    expect(make(iteration())).not.toHaveProperty("promptTokens");
  });
});
