/**
 * Anything at all as an answer: no parser and no interpreter throws, hangs, or makes a record that
 * is not one. 14,000 cases.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureKinds, finishReasons } from "../../src/core/request-record.ts";
import { adapters } from "../../src/protocol/api/apis.ts";
import type { Adapter } from "../../src/protocol/adapter.ts";
import { goodBodies } from "../support/answers/bodies.ts";
import { goodStreams } from "../support/answers/good-streams.ts";
import { HELLO, JSON_BODY, NDJSON, play, SSE, type Played } from "../support/played-answer.ts";

const ASKED = {
  ...HELLO,
  documents: ["a"],
  http: {
    path: "/x",
    answer: { format: "sse", text: "text", outputTokens: "n", end: { path: "end" } },
  },
} as const;

const headers = fc.constantFrom(
  SSE,
  NDJSON,
  JSON_BODY,
  {},
  { "content-type": "text/html" },
  { "content-type": "application/json", "content-encoding": "br" },
);
const status = fc.constantFrom(200, 200, 200, 200, 204, 302, 400, 429, 500, 503);

/** JSON in the words of the protocols, with anything as their values. */
const words = fc.constantFrom(
  ...["choices", "delta", "content", "text", "usage", "timings", "error", "message", "code"],
  ...["tokens_predicted", "stop", "stop_type", "finish_reason", "index", "token", "token_ids"],
  ...["meta_info", "completion_tokens", "output_ids", "generated_text", "details", "response"],
  ...["done", "done_reason", "eval_count", "type", "status", "output", "data", "outputs", "end"],
  ...["text_output", "num_output_tokens", "results", "embedding", "prompt_n", "predicted_n"],
  ...["__proto__", "constructor", "toString", "length"],
);
const { value: anything } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom("[DONE]", "stop", "constructor", "__proto__", "response.completed", "error"),
    fc.constantFrom<unknown>(null, true, -1, 1e300, 0.5, "", 503),
    fc.string({ maxLength: 5, unit: "binary" }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(words, tie("value"), { maxKeys: 4 }),
  ),
}));
const event = fc.oneof(
  anything.map((value) => `data: ${JSON.stringify(value)}\n\n`),
  anything.map((value) => `event: error\ndata: ${JSON.stringify(value)}\n\n`),
  anything.map((value) => `${JSON.stringify(value)}\n`),
  fc.constantFrom("data: [DONE]\n\n", "data: null\n\n", "\r", "\r\n\r\n", ":\n\n", "data:\n\n"),
  fc.string({ maxLength: 20 }),
);
const invented = fc
  .array(event, { maxLength: 6 })
  .map((events) => Buffer.from(events.join(""), "utf8"));

/** A good answer with some of its bytes changed, removed or doubled. */
const goods = [
  ...goodStreams.map(({ body }) => body),
  ...goodBodies.map(({ body }) => Buffer.from(JSON.stringify(body))),
].filter((body) => body.length < 3000);
const damaged = fc
  .tuple(
    fc.constantFrom(...goods),
    fc.array(fc.tuple(fc.nat(3000), fc.nat(255), fc.constantFrom("change", "drop", "double")), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([good, changes]) => changes.reduce(damage, good));

function damage(body: Buffer, [place, byte, how]: [number, number, string]): Buffer {
  const at = place % body.length;
  if (how === "drop") return Buffer.concat([body.subarray(0, at), body.subarray(at + 1)]);
  if (how === "double") return Buffer.concat([body.subarray(0, at + 1), body.subarray(at)]);
  const changed = Buffer.from(body);
  changed[at] = byte;
  return changed;
}

const any = fc.record({
  adapter: fc.constantFrom(...adapters),
  body: fc.oneof(
    invented,
    damaged,
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  ),
  cuts: fc.array(fc.nat(200), { maxLength: 4 }),
  headers,
  status,
  breaks: fc.boolean(),
});

interface Any {
  readonly adapter: Adapter;
  readonly body: Buffer;
  readonly cuts: readonly number[];
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  readonly breaks: boolean;
}

/** How many bytes came before a broken answer was given up depends on how they were cut. */
function judged({ facts, ...rest }: Played): unknown {
  return facts.outcome.ok ? { facts, ...rest } : { facts: { ...facts, bytes: 0 }, ...rest };
}

function playAny({ adapter, body, cuts, ...answer }: Any, cut: boolean): Promise<Played> {
  const places = cut ? cuts.filter((at) => at < body.length).sort((a, b) => a - b) : [];
  const borders = [0, ...places, body.length];
  const reads = borders.slice(1).map((end, i) => body.subarray(borders[i], end));
  return play(adapter, { ...answer, body: reads }, ASKED);
}

const DEFINED = /^(not JSON: |compressed \(|HTTP 2\d\d \(.*\), but no answer of the API )/;

function expectRecord({ facts, reply }: Played): void {
  const { outcome, contentGapsUs = [], contentTokens } = facts;
  if (outcome.ok) expect(finishReasons).toContain(outcome.finish);
  else {
    expect(failureKinds).toContain(outcome.failure);
    expect(outcome.message).not.toBe("");
    expect(outcome.message.length).toBeLessThan(700);
    // An error of ours, such as a TypeError, would be a protocol error by mistake.
    if (outcome.failure === "protocol_error") expect(outcome.message).toMatch(DEFINED);
  }
  if (outcome.ok) expect(contentGapsUs.length).toBeGreaterThan(0);
  if (contentTokens !== undefined) expect(contentTokens).toHaveLength(contentGapsUs.length);
  for (const count of [facts.output, facts.prompt, facts.cached, facts.reasoning]) {
    if (count !== undefined) expect(count.count).toBeGreaterThanOrEqual(0);
  }
  expect(typeof reply.text).toBe("string");
  expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
}

describe("any answer at all", () => {
  it("ends as one outcome of a record that can be written and read", async () => {
    await fc.assert(
      fc.asyncProperty(any, async (answer) => {
        expectRecord(await playAny(answer, true));
      }),
      { numRuns: 10_000 },
    );
  });

  it("ends the same wherever it is cut, unless it is text without frames", async () => {
    await fc.assert(
      fc.asyncProperty(any, async (answer) => {
        expect(judged(await playAny(answer, true))).toEqual(judged(await playAny(answer, false)));
      }),
      { numRuns: 4000 },
    );
  });
});
