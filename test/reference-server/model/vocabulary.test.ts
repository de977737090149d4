import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { presetNames, presets } from "../../../src/reference-server/model/preset.ts";
import { tokenTypes, vocabulary } from "../../../src/reference-server/model/vocabulary.ts";

const tiny = vocabulary(presets.tiny.vocabulary);

describe("vocabulary", () => {
  test.each(presetNames)("%s has exactly the published size, and no token twice", (name) => {
    const { texts, types } = vocabulary(presets[name].vocabulary);
    expect(texts).toHaveLength(presets[name].vocabulary);
    expect(types).toHaveLength(presets[name].vocabulary);
    expect(new Set(texts).size).toBe(texts.length);
  });

  test("every token that can be generated is a space and letters", () => {
    for (const text of tiny.texts.slice(tiny.firstGenerated))
      expect(text).toMatch(/^\u2581[a-z]+$/);
    expect(new Set(tiny.types.slice(tiny.firstGenerated))).toEqual(new Set([tokenTypes.normal]));
  });

  test("most tokens can be generated", () => {
    expect(tiny.texts.length - tiny.firstGenerated).toBeGreaterThan(tiny.texts.length / 2);
  });

  test("all 256 bytes have a token, so any text can be tokenized", () => {
    const bytes = tiny.texts.filter((_, id) => tiny.types[id] === tokenTypes.byte);
    expect(bytes).toHaveLength(256);
    expect(bytes).toContain("<0x0A>");
  });

  test("it is prefix-closed: what a word starts with is a token, too", () => {
    const known = new Set(tiny.texts);
    const missing = tiny.texts
      .filter((_, id) => tiny.types[id] === tokenTypes.normal)
      .flatMap((text) => Array.from(text, (_, end) => text.slice(0, end + 1)))
      .filter((piece) => !known.has(piece));
    expect(missing).toEqual([]);
  });

  test("words are one token each and counts add up, in whatever order pieces are joined", () => {
    const known = new Set(tiny.texts);
    const words = tiny.texts.slice(tiny.firstGenerated);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (sentence, choices) => {
          const pieces = Array.from(sentence.join(""));
          for (const choice of choices) {
            const joins = pieces.flatMap((piece, at) =>
              at > 0 && known.has((pieces[at - 1] ?? "") + piece) ? [at] : [],
            );
            const at = joins[choice % joins.length];
            if (at === undefined) break;
            pieces.splice(at - 1, 2, (pieces[at - 1] ?? "") + (pieces[at] ?? ""));
          }
          expect(pieces).toEqual(sentence);
        },
      ),
    );
  });
});
