import { describe, expect, it } from "vitest";
import { armFlags, wordsOf } from "../../src/cli/flags/arm-flags.ts";
import { looksFor, orderOf } from "../../src/session/ab/looks.ts";
import { ab } from "../../src/cli/commands/ab.ts";
import { parseFlags } from "../../src/cli/flags/flags.ts";

const flagsOf = (...argv: string[]) => parseFlags(argv, ab.flags).flags;

describe("the sides of ab", () => {
  it("are a target and its flags, over those of the command", () => {
    const common = flagsOf(
      "--a",
      "llama-server --server-bin './my server'",
      "--b=--threads 1",
      "--threads",
      "2",
    );
    const [a, b] = [armFlags("a", common), armFlags("b", common)];
    expect([a.text("target"), a.text("server-bin"), a.text("threads")]).toEqual([
      "llama-server",
      "./my server",
      "2",
    ]);
    expect([b.text("target"), b.text("threads")]).toEqual([undefined, "1"]);
  });

  it("split words as a shell does, and refuse what is not whole", () => {
    expect(wordsOf(`x  --server-arg="--a b" 'c d'e`, "a")).toEqual([
      "x",
      "--server-arg=--a b",
      "c de",
    ]);
    expect(() => wordsOf('x "open', "a")).toThrow(/quote is not closed/);
    expect(() => armFlags("b", flagsOf("--a", "embedded"))).toThrow(/--b is missing/);
    expect(() => armFlags("a", flagsOf("--a", "embedded llama-server"))).toThrow(
      /unexpected "llama-server"/,
    );
    expect(() => armFlags("a", flagsOf("--a", "embedded --treads 1"))).toThrow(
      /unknown flag --treads/,
    );
  });

  it("are measured by turns, so that drift cancels out", () => {
    expect([0, 1, 2, 3].flatMap((pair) => orderOf(pair)).join("")).toBe("abbaabba");
  });
});

describe("the looks of ab", () => {
  it("are at 5, 8 and 12 pairs, and at the end", () => {
    expect(looksFor(12)).toEqual([5, 8, 12]);
    expect(looksFor(8)).toEqual([5, 8]);
    expect(looksFor(7)).toEqual([5, 7]);
    expect(looksFor(3)).toEqual([3]);
  });
});
