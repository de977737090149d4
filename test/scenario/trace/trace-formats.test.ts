import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTrace } from "../../../src/scenario/trace/trace-formats.ts";
import { cutTrace } from "../../../src/scenario/trace/trace.ts";

const lines = (...text: readonly string[]) => text.join("\n");

describe("a trace", () => {
  it("is read from Mooncake JSONL", () => {
    const content = lines(
      `{"timestamp": 0, "input_length": 6755, "output_length": 500, "hash_ids": [0, 1, 2]}`,
      `{"timestamp": 3052, "input_length": 7234, "output_length": 794, "hash_ids": [0, 28]}`,
      "",
    );
    expect(parseTrace("m.jsonl", content)).toEqual([
      { at: 0, promptTokens: 6755, outputTokens: 500, hashIds: [0, 1, 2] },
      { at: 3052, promptTokens: 7234, outputTokens: 794, hashIds: [0, 28] },
    ]);
  });

  it("is read from Azure's CSV of 2023 and of 2024", () => {
    const first = lines(
      "TIMESTAMP,ContextTokens,GeneratedTokens\r",
      "2023-11-16 18:17:03.9799600,4808,10\r",
      "2023-11-16 18:17:04.0319600,110,27\r",
    );
    const second = lines(
      "TIMESTAMP,ContextTokens,GeneratedTokens",
      "2024-05-10 00:00:00.009930+00:00,2162,5",
      "2024-05-10 01:00:01+01:00,2399,6",
    );
    const gap = (content: string) => {
      const [a, b] = parseTrace("a.csv", content);
      return b!.at - a!.at;
    };
    expect(gap(first)).toBeCloseTo(52, 3);
    expect(gap(second)).toBeCloseTo(990.07, 3);
    expect(parseTrace("a.csv", first)[1]).toMatchObject({ promptTokens: 110, outputTokens: 27 });
  });

  it("is read from BurstGPT's CSV, failures left out, columns wherever they stand", () => {
    const content = lines(
      "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type",
      "5,1,0.9,ChatGPT,472,18,490,Conversation log",
      "45,,,ChatGPT,1087,0,1087,Conversation log",
      "118.5,,,GPT-4,417,276,693,API log",
    );
    expect(parseTrace("b.csv", content)).toEqual([
      { at: 5000, promptTokens: 472, outputTokens: 18 },
      { at: 118_500, promptTokens: 417, outputTokens: 276 },
    ]);
  });

  it("is read from our own JSONL, with content or without", () => {
    const messages = [{ role: "user", content: "Hello" }];
    const content = lines(
      `{"at":0,"promptTokens":5,"outputTokens":3}`,
      JSON.stringify({ at: 10, promptTokens: 5, outputTokens: 3, hashIds: [1], messages }),
    );
    expect(parseTrace("p.jsonl", content)).toEqual([
      { at: 0, promptTokens: 5, outputTokens: 3 },
      { at: 10, promptTokens: 5, outputTokens: 3, hashIds: [1], messages },
    ]);
  });

  const ours = `{"at":0,"promptTokens":5,"outputTokens":3}`;
  it.each<[string, string, string]>([
    ["that is empty", "", "t: the trace is empty"],
    ["of blank lines", "\n \n", "t: the trace is empty"],
    ["of a header only", "TIMESTAMP,ContextTokens,GeneratedTokens\n", "t: the trace is empty"],
    [
      "of failures only",
      "Timestamp,Request tokens,Response tokens\n1,2,0",
      "t: the trace is empty",
    ],
    ["of another format", "time;in;out\n1;2;3", "t:1: not a known trace format"],
    ["with half a line", `${ours}\n{"at":1,"promptTo`, "t:2: "],
    ["with a line of no object", `${ours}\n\n7`, "t:3: not a JSON object"],
    [
      "with a field missing",
      `${ours}\n{"at":1,"promptTokens":5}`,
      "t:2: the output's tokens: missing",
    ],
    [
      "with a negative length",
      `${ours}\n{"at":1,"promptTokens":-5,"outputTokens":1}`,
      "t:2: the prompt's tokens: -5",
    ],
    [
      "with a text for a time",
      `${ours}\n{"at":"1","promptTokens":5,"outputTokens":1}`,
      't:2: the time: "1"',
    ],
    [
      "with ids that are none",
      `{"timestamp":0,"input_length":1,"output_length":1,"hash_ids":["a"]}`,
      't:1: the hash ids: ["a"]',
    ],
    [
      "with messages that are none",
      `{"at":1,"promptTokens":5,"outputTokens":1,"messages":["hi"]}`,
      "t:1: the messages",
    ],
    [
      "with a bad cell",
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.97,many,10",
      "t:2: the prompt's tokens: missing",
    ],
    [
      "with a bad date",
      "TIMESTAMP,ContextTokens,GeneratedTokens\nyesterday,4,10",
      "t:2: the time: missing",
    ],
  ])("%s is refused with its line", (_, content, message) => {
    expect(() => parseTrace("t", content)).toThrow(message);
  });
});

describe("cutting a trace", () => {
  const at = fc.double({ min: -1e6, max: 1e12, noNaN: true });
  const entry = at.map((time) => ({ at: time, promptTokens: 1, outputTokens: 1 }));

  it("gives arrivals in order, from 0", () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1 }), (entries) => {
        const starts = cutTrace(entries, {}).map((cut) => cut.at);
        expect(starts[0]).toBe(0);
        expect(starts).toEqual([...starts].sort((a, b) => a - b));
        expect(starts).toHaveLength(entries.length);
      }),
    );
  });

  it("counts from the window's beginning, and scales every gap", () => {
    const entries = [500, 100, 300, 900].map((time) => ({
      at: time,
      promptTokens: time,
      outputTokens: 1,
    }));
    const cut = cutTrace(entries, { start: 100, end: 400, timeScale: 0.5 });
    expect(cut.map(({ at, promptTokens }) => [at, promptTokens])).toEqual([
      [50, 300],
      [150, 500],
    ]);
  });
});
