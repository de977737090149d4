import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunLine } from "../../src/core/records.ts";
import { LineParser } from "../../src/store/run-lines.ts";
import { request, without } from "../support/runs/run-lines.ts";

/** @param cuts where the bytes are cut into chunks */
function parsed(text: string, cuts: readonly number[] = []): (RunLine | undefined)[] {
  const bytes = Buffer.from(text);
  const lines: (RunLine | undefined)[] = [];
  const parser = new LineParser();
  const onLine = (line: RunLine | undefined): void => void lines.push(line);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  let from = 0;
  // One buffer for all chunks, as files are read.
  const buffer = Buffer.alloc(bytes.length);
  for (const end of ends.sort((a, b) => a - b)) {
    const length = bytes.copy(buffer, 0, from, end);
    parser.take(buffer.subarray(0, length), onLine);
    from = end;
  }
  parser.end(onLine);
  return lines;
}

function expected(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "type" in value ? value : undefined;
  } catch {
    return undefined;
  }
}

const lists = fc.oneof(
  fc.array(fc.nat({ max: 2 ** 31 }), { maxLength: 300 }).map((list) => JSON.stringify(list)),
  fc.array(fc.maxSafeInteger(), { maxLength: 5 }).map((list) => JSON.stringify(list)),
  fc.constantFrom("[]", "null", "[1,]", "[01]", "[0,0]", "[1.5]", "[1e3]", "[-1]", "[ 1 ]", "[1"),
  fc.constantFrom("[9007199254740993]", "[1]2", "[,1]", "{}", '["1"]', "[[1]]", "[null]"),
);

describe("lines of a run", () => {
  it("are what JSON.parse makes of them, however the bytes are cut", () => {
    const bare = without(request(1), "contentGapsUs");
    const record = fc
      .record({ list: lists, message: fc.string({ unit: "binary" }), nested: fc.boolean() })
      .map(({ list, message, nested }) => {
        const tags = nested ? `"tags":{"contentGapsUs":[1,2]},` : "";
        const text = JSON.stringify({ ...bare, message });
        return `{${tags}"contentGapsUs":${list},${text.slice(1)}`;
      });
    const other = fc.json().map((text) => text.replaceAll("\n", " "));
    const sample = fc.constant('{"type":"sample","at":1,"x":{"contentGapsUs":[1]}}');
    const lines = fc.array(fc.oneof(record, other, sample), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(lines, fc.array(fc.nat(), { maxLength: 6 }), (texts, cuts) => {
        const whole = texts.map(expected);
        expect(parsed(texts.map((text) => `${text}\n`).join(""), cuts)).toEqual(whole);
        expect(parsed(texts.join("\n"), cuts)).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  it("have gaps of their own: a later record does not change those of one that was kept", () => {
    const records = [request(1, { contentGapsUs: [1, 2, 3] }), request(2, { contentGapsUs: [4] })];
    expect(parsed(records.map((record) => JSON.stringify(record)).join("\n"))).toEqual(records);
  });

  it("may begin with a byte order mark", () => {
    expect(parsed('\ufeff{"type":"sample"}\n{"type":"sample"}\n')).toHaveLength(2);
    expect(parsed('\ufeff{"type":"sample"}\n')[0]).toEqual({ type: "sample" });
  });
});
