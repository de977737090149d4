import fc from "fast-check";
import { expect, test } from "vitest";
import { TextOutput } from "../../src/reference-server/engine/text-output.ts";
import type { Piece } from "../../src/reference-server/engine/vocabulary.ts";

function piece(bytes: Uint8Array): Piece {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, bytes, whole: true };
  } catch {
    return { text: "", bytes, whole: false };
  }
}

function feed(output: TextOutput, texts: readonly string[]): (string | undefined)[] {
  return texts.map((text) => {
    const step = output.push(piece(Buffer.from(text)), false);
    return step.complete ? step.text : undefined;
  });
}

test("a character that comes in parts is sent with its last byte", () => {
  const output = new TextOutput([]);
  const steps = [...Buffer.from("é🙂z")].map((byte) =>
    output.push(piece(Uint8Array.of(byte)), false),
  );
  expect(steps.filter(({ complete }) => complete).map(({ text }) => text)).toEqual([
    "é",
    "🙂",
    "z",
  ]);
});

test("text that may be a stop string is held back, and sent when it is not", () => {
  const output = new TextOutput(["END"]);
  expect(feed(output, ["a", " E", "N", "d", "E"])).toEqual(["a", "", "", " ENd", ""]);
  expect(output.text).toBe("a ENdE");
});

test("a stop string ends the text before it, also when it begins inside a token", () => {
  const output = new TextOutput(["zzz", "END"]);
  feed(output, ["a", "bE"]);
  expect(output.push(piece(Buffer.from("NDc")), false)).toEqual({
    text: "b",
    complete: true,
    stopped: "END",
  });
  expect(output.text).toBe("ab");
});

test("the earliest of several stop strings counts", () => {
  const step = new TextOutput(["late", "early"]).push(piece(Buffer.from("early late")), false);
  expect(step.stopped).toBe("early");
});

test("nothing is held back from an end-of-generation token", () => {
  const output = new TextOutput(["END"]);
  feed(output, ["a", "E"]);
  expect(output.push(piece(new Uint8Array(0)), true).text).toBe("E");
});

test("bytes that are no text become replacement characters, never an error", () => {
  const output = new TextOutput([]);
  expect(output.push(piece(Uint8Array.of(0x80)), false).text).toBe("\ufffd");
});

test("however the bytes are cut into tokens, the text is the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.nat(8)), (text, cuts) => {
      const output = new TextOutput([]);
      let rest: Uint8Array = Buffer.from(text);
      const sizes = [...cuts, rest.length];
      let sent = "";
      for (const size of sizes) {
        sent += output.push(piece(rest.slice(0, size)), false).text;
        rest = rest.slice(size);
      }
      expect(sent).toBe(text);
    }),
  );
});

test("what is sent never contains a stop string, and loses nothing before it", () => {
  const letters = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 3 }));
  const stops = fc.array(
    fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 }),
  );
  fc.assert(
    fc.property(letters, stops, (texts, words) => {
      const output = new TextOutput(words);
      let given = "";
      for (const text of texts) {
        given += text;
        if (output.push(piece(Buffer.from(text)), false).stopped !== undefined) break;
      }
      expect(given.startsWith(output.text)).toBe(true);
      for (const word of words) expect(output.text).not.toContain(word);
    }),
  );
});
