import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { wordsOf } from "../../src/cli/flags/arm-flags.ts";
import { parseFlags } from "../../src/cli/flags/flags.ts";
import { sweep } from "../../src/cli/commands/sweep.ts";
import { AXIS_KEYS, canonicalKey, flagWords, KEY_NAMES } from "../../src/cli/flags/axis-keys.ts";
import { axesOf } from "../../src/cli/flags/read-axes.ts";
import { leftOf } from "../../src/session/sweep/measure-sweep.ts";
import { visitsOf } from "../../src/judge/sweep/grid.ts";
import { runHere } from "../support/memory-world.ts";
import { cellRun, missed, sweepFixture } from "../support/runs/sweep-fixture.ts";
import { scratchFolder } from "../support/scratch.ts";
import { REQUEST_FLAGS } from "../../src/cli/flags/request-flags.ts";

const folder = scratchFolder("sweep");

const REMOTE = ["--target", "http://127.0.0.1:9"];

/** What is typed after `sweep steady`, and what the answer must say. */
const refusals: readonly (readonly [string, readonly string[], ...RegExp[]])[] = [
  ["nothing to vary", [], /--vary is missing/, /concurrency=1,4,8/],
  ["an unknown key", ["--vary", "server.paralel=1,2"], /"server.paralel"/, /server\.parallel\?/],
  ["a key far from any", ["--vary", "zzz=1"], /no "zzz"/, /There is server\.parallel, .*env\.NAME/],
  ["a key without values", ["--vary", "concurrency"], /concurrency: it has no values/],
  ["an empty list", ["--vary", "concurrency="], /concurrency: it has no values/],
  ["an empty value", ["--vary", "concurrency=1,,2"], /whole number of at least 1, got ""/],
  ["a value twice", ["--vary", "concurrency=1,4,01"], /1 is there twice/],
  ["a key twice", ["--vary", "peak=1,2", "--vary", "rate=3"], /peak: it is varied twice/],
  ["a value that is none", ["--vary", "server.parallel=1,two"], /whole number .* got "two"/],
  ["no users at all", ["--vary", "concurrency=0,4"], /at least 1, got "0"/],
  ["an unknown cache type", ["--vary", "server.cache-type-k=q9"], /one of f32, f16/],
  [
    "too many cells",
    [
      "--vary",
      "concurrency=1,2,3,4,5,6,7,8,9,10,11",
      "--vary",
      "prompt-tokens=1,2,3,4,5,6,7,8,9,10",
    ],
    /11 × 10 = 110 cells are more than 100/,
    /--max-cells 110/,
  ],
  [
    "server flags of a server that is not ours",
    [...REMOTE, "--vary", "server.parallel=1,2"],
    /server\.parallel: the server at the other end is not ours/,
    /--target llama-server/,
    /plimsoll ab/,
  ],
  ["a model of one", [...REMOTE, "--vary", "model=synth:tiny,a.gguf"], /server\.model: the server/],
  [
    "flags that the embedded server does not have",
    ["--vary", "server.batch=512,2048"],
    /the embedded server has no such flag/,
    /--target llama-server/,
  ],
  ["a flag that is varied too", ["--vary", "server.parallel=1,2", "--parallel", "4"], /--parallel/],
  ["a parameter that is varied too", ["--vary", "env.A=1,2", "-e", "A=3"], /-e A/],
  ["concurrency and a rate", ["--vary", "concurrency=1,2", "--peak", "5"], /--peak cannot be used/],
  ["a closed loop's rate", ["--vary", "concurrency=1", "--vary", "peak=2"], /has no rate/],
  ["a peak found for each cell", ["--vary", "env.A=1,2", "--peak", "auto"], /--peak auto/],
  [
    "a share that is none",
    ["--vary", "peak=1,2", "--goodput", "99"],
    /--goodput: 99 is not a share/,
  ],
  ["an unknown aim", ["--vary", "peak=1,2", "--best", "speed"], /no "speed"/, /goodput, tokens/],
  ["an unknown format", ["--vary", "peak=1,2", "--format", "csv"], /no format "csv"/],
  ["a model that is not there", ["--vary", "model=synth:tiny,no.gguf"], /no model file/],
];

describe("plimsoll sweep refuses, before anything starts,", () => {
  it.each(refusals.map(([what, argv, ...says]) => ({ what, argv, says })))(
    "$what, says what to do, and ends with 2",
    async ({ argv, says }) => {
      const { code, stdout, stderr } = await runHere(["sweep", "steady", ...argv], { cwd: folder });
      expect(stderr).not.toMatch(/\n\s+at /);
      expect([code, stdout]).toEqual([2, ""]);
      for (const pattern of says) expect(stderr).toMatch(pattern);
      expect(readdirSync(folder).filter((name) => name === "reports")).toEqual([]);
    },
  );

  it("a peak that the scenario does not use", async () => {
    const { code, stderr } = await runHere(["sweep", "smoke", "--vary", "peak=1,2"], {
      cwd: folder,
    });
    expect(code).toBe(2);
    expect(stderr).toContain("it changes nothing");
  });

  it("what is wrong with the last cell only", async () => {
    const file = join(folder, "picky.js");
    writeFileSync(
      file,
      `export const options = ({ env }) => ({ vus: Number(env.USERS), duration: "1s" });
       export default async () => {};`,
    );
    const { code, stderr } = await runHere(["sweep", file, "--vary", "env.USERS=1,2,-3"]);
    expect(code).toBe(2);
    expect(stderr).toContain("got -3");
  });
});

describe("what can be varied", () => {
  it("is set by flags that plimsoll run has", () => {
    for (const key of Object.keys(AXIS_KEYS)) {
      const { flags } = parseFlags(flagWords(key, "8"), REQUEST_FLAGS);
      const names = Object.keys(REQUEST_FLAGS).filter((name) => flags.on(name));
      expect(names, key).toHaveLength(1);
    }
    expect(flagWords("env.A", "x")).toEqual(["--env", "A=x"]);
    expect(flagWords("server.batch", "512")).toEqual([
      ...["--server-arg=--batch-size", "--server-arg=512"],
    ]);
  });

  it("has other names too, with _ for -", () => {
    expect(canonicalKey("prompt_tokens")).toBe("prompt-tokens");
    expect(canonicalKey("model")).toBe("server.model");
    expect(canonicalKey("env.MY_KEY")).toBe("env.MY_KEY");
  });

  it("is all in the help, whose examples hold", async () => {
    const { stdout } = await runHere(["sweep", "--help"]);
    for (const key of KEY_NAMES) expect(stdout).toContain(key);
    for (const example of sweep.examples ?? [])
      expect(() => parseFlags(wordsOf(example, "x").slice(2), sweep.flags)).not.toThrow();
  });
});

describe("docs/sweeps.md", () => {
  const page = readFileSync(new URL("../../docs/sweeps.md", import.meta.url), "utf8");
  const lines = [...page.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  );

  it.each(lines)("%s", (line) => {
    const { flags, positionals } = parseFlags(wordsOf(line, "docs").slice(2), sweep.flags);
    expect(positionals).toHaveLength(1);
    expect(axesOf(flags).length).toBeGreaterThan(0);
  });

  it("names everything that can be varied, and nothing else", () => {
    const table = page.split("\n\n").find((part) => part.startsWith("| key")) ?? "";
    const first = table
      .split("\n")
      .slice(2)
      .map((row) => row.split("|")[1] ?? "");
    const named = first.flatMap((text) => [...text.matchAll(/`([^`]+)`/g)].map(([, key]) => key));
    expect(named.filter((key) => key !== "model").sort()).toEqual([...KEY_NAMES].sort());
  });
});

describe("a sweep that is gone on with", () => {
  it("measures what is left, in the order that it had", () => {
    const begun = sweepFixture([[cellRun()], [], [missed], []]);
    const left = leftOf(begun).map(({ cell }) => cell);
    const whole = visitsOf(4, 1, begun.orderSeed).map(({ cell }) => cell);
    expect(left).toEqual(whole.filter((cell) => cell === 1 || cell === 3));
    expect(leftOf(sweepFixture([[cellRun()], [missed], [missed], [missed]]))).toEqual([]);
  });

  it("does not measure a repeat again that is there", () => {
    const two = { repeats: 2 };
    const begun = sweepFixture(
      [[cellRun({ repeat: 1 })], [], [cellRun(), cellRun({ repeat: 1 })], []],
      two,
    );
    const left = leftOf(begun);
    expect(left).toHaveLength(5);
    expect(left.filter(({ cell }) => cell === 0)).toEqual([{ cell: 0, repeat: 0 }]);
    expect(left.some(({ cell }) => cell === 2)).toBe(false);
  });
});
