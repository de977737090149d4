import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asciiText, isAsciiLocale, withoutSteering } from "../../src/core/terminal-text.ts";

const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        ...["\u001b]0;owned\u0007", "\u001b]52;c;aGk=\u001b\\", "\u001b[2J", "\u001b[8m", "\r"],
        ...["\u009b31m", "\u202e", "\u2066", "\u0085", "\u007f", "\u2028", "\r\u001b[K", "\u0008"],
      ),
    ),
  )
  .map((parts) => parts.join(""));

const STEERS =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe("text for an output stream", () => {
  test("has nothing in it that steers, in a file", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(withoutSteering(text, false)).not.toMatch(STEERS);
      }),
    );
  });

  test("has our own colours alone, on a terminal, wherever a hostile text stands", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = withoutSteering(`\r\u001b[K\u001b[32mok\u001b[0m ${text}`, true);
        expect(shown.startsWith("\r\u001b[K\u001b[32mok\u001b[0m ")).toBe(true);
        // eslint-disable-next-line no-control-regex
        expect(shown.slice(3).replace(/\u001b\[([012]|3[1236])m/g, "")).not.toMatch(STEERS);
      }),
    );
  });

  test("is the same JSON as before", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(JSON.parse(withoutSteering(JSON.stringify([text]), true))).toEqual([text]);
      }),
    );
  });

  test("keeps lines, tabs and letters of every language", () => {
    const text = "1\t2\nÄpfel 苹果 🍏 é\n";
    expect(withoutSteering(text, true)).toBe(text);
    expect(withoutSteering("a\r\nb", false)).toBe("a\nb");
    expect(withoutSteering("a\u001b[2Jb", true)).toBe("a\\u001b[2Jb");
  });
});

describe("text for a terminal without UTF-8", () => {
  test("is ASCII, whatever it was", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        // eslint-disable-next-line no-control-regex
        expect(asciiText(text)).toMatch(/^[\u0000-\u007f]*$/);
      }),
    );
    expect(asciiText("✔ holds · ttft ≤ 3 µs, ü")).toBe("+ holds | ttft <= 3 us, \\u00fc");
  });

  test.each([
    [{ LANG: "C" }, true],
    [{ LANG: "POSIX" }, true],
    [{ LANG: "en_US.UTF-8", LC_ALL: "C" }, true],
    [{ LANG: "en_US.UTF-8", LC_CTYPE: "POSIX" }, true],
    [{ LANG: "de_DE.ISO-8859-1@euro" }, true],
    [{ LANG: "C", LC_ALL: "C.UTF-8" }, false],
    [{ LANG: "C", LC_ALL: "" }, true],
    [{ LANG: "C.utf8" }, false],
    [{ LANG: "en_US.UTF-8" }, false],
    [{ LANG: "en_US" }, false],
    [{}, false],
  ])("is told by the locale: %j", (env, ascii) => {
    expect(isAsciiLocale(env)).toBe(ascii);
  });
});
