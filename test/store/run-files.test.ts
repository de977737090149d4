import { appendFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { PlimsollError } from "../../src/core/errors.ts";
import type { RunLine } from "../../src/core/records.ts";
import type { Sample } from "../../src/core/telemetry-lines.ts";
import { findRun, listRuns } from "../../src/store/list-runs.ts";
import { readHeader, readRun } from "../../src/store/read-run.ts";
import { newRunId } from "../../src/store/run-id.ts";
import { writeFileAtomically, writeJsonAtomically } from "../../src/store/write-file.ts";
import { createRun, type NewRun } from "../../src/store/write-run.ts";
import { scratchFolder } from "../support/scratch.ts";

let root: string;
beforeEach(() => {
  root = scratchFolder("store");
});

const header: NewRun = {
  plimsoll: "0.1.0",
  startedAt: "2026-11-21T10:39:12.000Z",
  plan: {},
  planHash: "0",
  environment: {
    os: "linux",
    arch: "x64",
    cpu: "a cpu",
    cores: 2,
    memoryBytes: 1,
    hostname: "host",
    node: "v20",
    plimsoll: "0.1.0",
  },
};

const sample = (at: number, value = 1): Sample => ({
  type: "sample",
  at,
  source: "wörker-0",
  metric: "vus",
  value,
});

async function all(path: string): Promise<RunLine[]> {
  const lines: RunLine[] = [];
  for await (const line of readRun(path)) lines.push(line);
  return lines;
}

describe("a run's id", () => {
  test("sorts by time and says the scenario", () => {
    expect(newRunId("2026-11-21T10:39:12.345Z", "steady")).toMatch(
      /^2026-11-21T10-39-12-steady-[0-9a-f]{4}$/,
    );
  });

  test("is safe as a directory name, whatever the scenario is called", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(newRunId("2026-11-21T10:39:12Z", name)).toMatch(/^[A-Za-z0-9_.-]+$/);
      }),
    );
  });
});

describe("a run directory", () => {
  test("has its header before anything else happens", async () => {
    const run = createRun(root, "steady", header);
    expect(await all(run.directory)).toEqual([
      { type: "header", schema: "plimsoll.run/1", run: run.id, ...header },
    ]);
    expect(readdirSync(root)).toEqual([run.id]);
    run.close();
  });

  test("holds every line as soon as it was appended, without a flush or a close", async () => {
    const run = createRun(root, "steady", header);
    run.append([sample(1), sample(2)]);
    run.append([]);
    run.append([sample(3)]);
    expect((await all(run.directory)).slice(1)).toEqual([sample(1), sample(2), sample(3)]);
    run.close();
    run.close();
  });

  test("is unique for runs of the same second", () => {
    const ids = Array.from({ length: 50 }, () => {
      const run = createRun(root, "steady", header);
      run.close();
      return run.id;
    });
    expect(new Set(ids).size).toBe(50);
  });

  test("that cannot be made says where and what to do", () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    expect(() => createRun(file, "steady", header)).toThrow(
      expect.objectContaining({ exitCode: 2, hint: expect.stringContaining("--out") as string }),
    );
  });
});

describe("reading a run", () => {
  test("works for a file cut at any byte after its header", async () => {
    const run = createRun(root, "steady", header);
    const lines = Array.from({ length: 12 }, (_, i) => sample(i, i * 1.5));
    run.append(lines);
    run.close();
    const bytes = readFileSync(join(run.directory, "run.jsonl"));
    const start = bytes.indexOf("\n");
    const cut = join(root, "cut.jsonl");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: start, max: bytes.length }), async (length) => {
        writeFileSync(cut, bytes.subarray(0, length));
        const got = await all(cut);
        const read = got.filter((line) => line.type === "sample");
        expect(read).toEqual(lines.slice(0, read.length));
        const rest = got.slice(1 + read.length);
        expect(rest.map((line) => line.type === "warning" && line.code)).toEqual(
          rest.length === 0 ? [] : ["torn_line"],
        );
      }),
      { numRuns: 200 },
    );
  });

  test("yields the same lines however the file is cut into chunks", async () => {
    const run = createRun(root, "steady", header);
    // More than one chunk of the reader, with a character of two bytes in every line.
    const lines = Array.from({ length: 30_000 }, (_, i) => sample(i));
    run.append(lines);
    run.close();
    expect((await all(run.directory)).slice(1)).toEqual(lines);
  });

  test.each([
    ["", "is empty"],
    ["hello\n", "does not begin with a run's header"],
    ['{"type":"header","sche', "does not begin with a run's header"],
    ['{"type":"header","schema":"plimsoll.run/9","plimsoll":"9.0.0"}\n', "plimsoll.run/9"],
  ])("refuses what is not a run: %j", async (content, message) => {
    const file = join(root, "x.jsonl");
    writeFileSync(file, content);
    const error = await all(file).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PlimsollError);
    expect((error as PlimsollError).message).toContain(message);
    expect((error as PlimsollError).hint).toBeDefined();
  });

  test("refuses a damaged line in the middle, with its number", async () => {
    const run = createRun(root, "steady", header);
    run.append([sample(1)]);
    run.close();
    appendFileSync(
      join(run.directory, "run.jsonl"),
      `{"type":"sam\n${JSON.stringify(sample(2))}\n`,
    );
    await expect(all(run.directory)).rejects.toThrow(/line 3 of .* is damaged/);
  });

  const request = {
    ...{ type: "request", scenario: "s", phase: "p", iteration: 0, request: 0, vu: 0, worker: 0 },
    ...{ api: "openai-chat", sent: 1, ended: 2, bytes: 10 },
    outcome: { ok: true, finish: "stop" },
    contentGapsUs: [1, 2],
    output: { count: 2, source: "usage" },
  };
  test.each<[string, object, RegExp]>([
    ["a time that is text", { ...request, sent: "1" }, /"sent" of a request line/],
    ["a time that is missing", { ...request, ended: undefined }, /"ended" .* is missing/],
    ["no outcome", { ...request, outcome: null }, /"outcome"/],
    ["a failure without a kind", { ...request, outcome: { ok: false } }, /"outcome"/],
    ["a gap that is no number", { ...request, contentGapsUs: [1, "2"] }, /"contentGapsUs"/],
    ["gaps that are no list", { ...request, contentGapsUs: 7 }, /"contentGapsUs"/],
    ["a count without a number", { ...request, output: { source: "usage" } }, /"output"/],
    ["notes that are no list", { ...request, notes: "x" }, /"notes"/],
    ["a sample whose value is text", { ...sample(1), value: "1" }, /"value" of a sample line/],
    ["readings without rows", { type: "readings", source: "a", metrics: [] }, /"rows" .* missing/],
    ["a row that is a number", { type: "readings", source: "a", metrics: [], rows: [1] }, /"rows"/],
    ["a footer without a time", { type: "footer", reason: "completed" }, /"at" .* missing/],
    ["a target without an identity", { type: "target", at: 1 }, /"identity"/],
    ["a second header", { type: "header" }, /another run/],
    ["a type that is a number", { type: 3 }, /"type" is not text/],
  ])("refuses %s, with the number of the line", async (_, line, message) => {
    const run = createRun(root, "steady", header);
    run.append([sample(1)]);
    run.close();
    appendFileSync(
      join(run.directory, "run.jsonl"),
      `${JSON.stringify(request)}\n${JSON.stringify(line)}\n${JSON.stringify(sample(2))}\n`,
    );
    const error = await all(run.directory).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exitCode: 2, message: expect.stringMatching(message) as string });
    expect((error as Error).message).toContain("line 4 of ");
  });

  test("refuses a number that no double holds, and a header without a plan", async () => {
    const run = createRun(root, "steady", header);
    run.close();
    const file = join(run.directory, "run.jsonl");
    appendFileSync(file, `${JSON.stringify(sample(1)).replace('"value":1', '"value":1e999')}\n`);
    await expect(all(file)).rejects.toThrow(/line 2 of .* "value"/);
    writeFileSync(file, `{"type":"header","schema":"plimsoll.run/1","run":"x"}\n`);
    await expect(all(file)).rejects.toThrow(/line 1 of .* "plimsoll" .* missing/);
    await expect(readHeader(file)).rejects.toThrow(/line 1 of .* "plimsoll" .* missing/);
  });

  test("passes over a line of a type that a later version may have", async () => {
    const run = createRun(root, "steady", header);
    run.close();
    appendFileSync(join(run.directory, "run.jsonl"), '{"type":"weather","rain":true}\n');
    expect(await all(run.directory)).toHaveLength(2);
  });

  test("says when there is nothing at the path, or no run in the directory", async () => {
    await expect(all(join(root, "none"))).rejects.toThrow("there is no run");
    await expect(all(root)).rejects.toThrow("has no run.jsonl");
  });

  test("gives the header alone without reading the rest", async () => {
    const run = createRun(root, "steady", header);
    run.close();
    expect((await readHeader(run.directory)).run).toBe(run.id);
  });

  test("gives a header that is longer than one read, and refuses what is none", async () => {
    const long = { ...header, plan: { script: "ü".repeat(200_000) } };
    const run = createRun(root, "steady", long);
    run.append([sample(1)]);
    run.close();
    expect(await readHeader(run.directory)).toMatchObject(long);
    const file = join(root, "run.jsonl");
    writeFileSync(file, "");
    await expect(readHeader(file)).rejects.toThrow("is empty");
    writeFileSync(file, `${JSON.stringify(sample(1))}\n`);
    await expect(readHeader(file)).rejects.toThrow("does not begin with a run's header");
  });
});

describe("finding runs", () => {
  test("lists them newest first and passes over what is not a run", async () => {
    const early = createRun(root, "steady", header);
    const late = createRun(root, "spike", { ...header, startedAt: "2026-11-22T00:00:00.000Z" });
    mkdirSync(join(root, ".creating-x"));
    mkdirSync(join(root, "notes"));
    early.close();
    late.close();
    expect((await listRuns(root)).map((run) => run.id)).toEqual([late.id, early.id]);
    expect(await listRuns(join(root, "none"))).toEqual([]);
    expect(await findRun(root, "latest")).toBe(late.directory);
    expect(await findRun(root, early.id)).toBe(early.directory);
    // Longer than the random part, which may be the same in both.
    expect(await findRun(root, early.id.slice(-"steady-a1b2".length))).toBe(early.directory);
    expect(await findRun(root, early.directory)).toBe(early.directory);
    await expect(findRun(root, "2026-11-2")).rejects.toThrow("could be any of");
    await expect(findRun(root, "zzz")).rejects.toThrow("there is no run zzz");
  });
});

describe("an atomic file", () => {
  test("replaces the one before and leaves nothing else", async () => {
    const path = join(root, "a", "summary.json");
    await writeJsonAtomically(path, { a: 1 });
    await writeFileAtomically(path, ["one\n", "two\n"]);
    expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
    expect(readdirSync(join(root, "a"))).toEqual(["summary.json"]);
  });

  test("is the old one still when its source fails half-way", async () => {
    const path = join(root, "x.csv");
    writeFileSync(path, "old");
    const pieces = function* (): Generator<string> {
      yield "new";
      throw new Error("no more");
    };
    await expect(writeFileAtomically(path, pieces())).rejects.toThrow("no more");
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(root)).toEqual(["x.csv"]);
  });

  test("that cannot be written says so with a hint", async () => {
    writeFileSync(join(root, "file"), "");
    await expect(writeFileAtomically(join(root, "file", "x"), "x")).rejects.toThrow(
      expect.objectContaining({ exitCode: 2 }),
    );
  });
});
