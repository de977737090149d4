import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { failureKinds, type RequestRecord } from "../../src/core/request-record.ts";
import type { RunLine } from "../../src/core/records.ts";
import { gateIds } from "../../src/judge/validity/gates.ts";
import { summarize } from "../../src/judge/summarize.ts";
import { readRun } from "../../src/store/read-run.ts";

const folder = join(import.meta.dirname, "../fixtures/runs");
const schemaFile = join(import.meta.dirname, "../../docs/schema/summary.schema.json");
const schema = JSON.parse(readFileSync(schemaFile, "utf8")) as Record<string, unknown>;

describe.each(readdirSync(folder))("the stored run %s", (file) => {
  test("has a summary that the published schema accepts", async () => {
    const { summary } = await summarize(readRun(join(folder, file)));
    const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
    const validate = ajv.compile(schema);
    validate(JSON.parse(JSON.stringify(summary)));
    expect(validate.errors).toBeNull();
    expect(summary.validity.gates.map(({ id }) => id)).toEqual(gateIds);
  });

  test("has a summary and series of numbers, and nothing else where numbers belong", async () => {
    const judged = await summarize(readRun(join(folder, file)));
    // JSON writes NaN and Infinity as null; only columns of series may hold null.
    expect(JSON.stringify(judged.summary)).not.toContain("null");
    const numbers = JSON.stringify(judged.series, (_key, value: unknown) =>
      typeof value === "number" && !Number.isFinite(value) ? "not a number" : value,
    );
    expect(numbers).not.toContain("not a number");
  });
});

test("the published schema knows every kind of failure", () => {
  for (const kind of failureKinds) expect(JSON.stringify(schema)).toContain(`"${kind}"`);
});

test("the published schema refuses what is not a summary", () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
  expect(validate({ schema: "plimsoll.summary/1" })).toBe(false);
  expect(validate({})).toBe(false);
});

test("verdicts of the stored runs are those of their stories", async () => {
  const verdicts: Record<string, [string, number]> = {};
  for (const file of readdirSync(folder)) {
    const { summary } = await summarize(readRun(join(folder, file)));
    verdicts[file] = [summary.verdict.status, summary.verdict.exitCode];
  }
  expect(verdicts).toEqual({
    "closed.jsonl": ["passed", 0],
    "cut-short.jsonl": ["interrupted", 130],
    "embedded-steady.jsonl": ["passed", 0],
    "interrupted.jsonl": ["interrupted", 130],
    "steady.jsonl": ["failed", 1],
    "target-died.jsonl": ["target_failed", 6],
  });
});

test("the summary of a real run agrees with a plain computation over its lines", async () => {
  const path = join(folder, "embedded-steady.jsonl");
  const lines = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RunLine);
  const requests = lines.filter((line): line is RequestRecord => line.type === "request");
  const measured = requests.filter(({ phase }) => phase === "steady");
  const ttft = measured.map(({ firstContent, sent }) => firstContent! - sent);
  // Answers most of which came in one piece, faster than any model, have no gaps that mean anything.
  const largest = (waits: readonly number[]): number =>
    Math.max(
      ...waits
        .join(",")
        .split(/,\d{3,}/)
        .map((burst) => burst.split(",").length),
    );
  const gaps = measured
    .filter(({ contentGapsUs }) => largest(contentGapsUs!) <= contentGapsUs!.length / 2)
    .flatMap(({ contentGapsUs }) => contentGapsUs!.slice(1))
    .map((us) => us / 1000);
  const window = lines.find((line) => line.type === "phase" && line.name === "steady");
  if (window?.type !== "phase") throw new Error("no phase");
  const received = requests.flatMap(({ sent, contentGapsUs }) => {
    let at = sent;
    return contentGapsUs!.map((gap) => (at += gap / 1000));
  });
  const inside = received.filter((at) => at >= window.start && at < window.end).length;

  const { summary } = await summarize(readRun(path));
  const { metrics } = summary;
  expect(metrics.ttft).toMatchObject({ count: measured.length, max: Math.max(...ttft) });
  expect(metrics.itl).toMatchObject({
    count: gaps.length,
    max: Math.max(...gaps),
    mean: expect.closeTo(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length, 9) as number,
  });
  expect(metrics.output_tokens_per_second).toMatchObject({ value: inside / 15 });
  expect(metrics.requests).toMatchObject({ count: measured.length });
});
