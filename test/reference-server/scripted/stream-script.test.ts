import fc from "fast-check";
import { expect, test } from "vitest";
import { SseParser } from "../../../src/protocol/sse.ts";
import {
  DEFAULT_SCRIPT,
  readScript,
  stepsOf,
  type StreamScript,
} from "../../../src/reference-server/scripted/stream-script.ts";

const scripts = fc
  .record({
    tokens: fc.integer({ min: 1, max: 40 }),
    headersAfter: fc.integer({ min: 0, max: 50 }),
    ttft: fc.integer({ min: 0, max: 50 }),
    itl: fc.integer({ min: 0, max: 20 }),
    slowEvery: fc.integer({ min: 0, max: 4 }),
    slowItl: fc.integer({ min: 0, max: 100 }),
    burst: fc.integer({ min: 1, max: 6 }),
    tokensPerEvent: fc.integer({ min: 1, max: 6 }),
    pieces: fc.integer({ min: 0, max: 5 }),
    pieceGap: fc.integer({ min: 0, max: 3 }),
    stallBefore: fc.integer({ min: 0, max: 10 }),
    stall: fc.integer({ min: 0, max: 100 }),
  })
  .map((fields): StreamScript => ({ ...DEFAULT_SCRIPT, ...fields }));

/** The body of a chunked response. */
function bodyOf(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = bytes.indexOf("\r\n\r\n") + 4;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const length = parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (length === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
}

test("however it is cut, a script is one whole answer with all its tokens", () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const steps = [...stepsOf(script, 7)];
      const events: string[] = [];
      const parser = new SseParser(({ data }) => events.push(data));
      parser.push(bodyOf(Buffer.concat(steps.map(({ bytes }) => bytes))), 0);
      const content = events.filter((data) => data.includes('"content":" '));
      const words = content.join("").match(/ word/g) ?? [];
      expect(words).toHaveLength(script.tokens);
      expect(content).toHaveLength(Math.ceil(script.tokens / script.tokensPerEvent));
      expect(steps.reduce((sum, { completes }) => sum + completes, 0)).toBe(content.length);
      expect(events.at(-1)).toBe("[DONE]");
      expect(events.at(-2)).toContain(`"completion_tokens":${script.tokens}`);
    }),
  );
});

test("content comes when it was scripted: the first after ttft, stalls and slow waits counted", () => {
  const script = { ...DEFAULT_SCRIPT, tokens: 5, ttft: 10, itl: 2, slowEvery: 2, slowItl: 30 };
  const times = [...stepsOf({ ...script, stallBefore: 4, stall: 100 }, 0)]
    .filter(({ completes }) => completes > 0)
    .map(({ after }) => after);
  expect(times).toEqual([10, 12, 42, 144, 174]);
});

test("a request's own script wins over its max_tokens, and that over the default", () => {
  expect(readScript(undefined, undefined, DEFAULT_SCRIPT)).toEqual(DEFAULT_SCRIPT);
  expect(readScript({}, 3, DEFAULT_SCRIPT).tokens).toBe(3);
  expect(readScript({ tokens: 4, itl: 9, id: "a" }, 3, DEFAULT_SCRIPT)).toEqual({
    ...DEFAULT_SCRIPT,
    tokens: 4,
    itl: 9,
    id: "a",
  });
  expect(readScript({ tokens: -1, itl: "x", huh: 1 }, undefined, DEFAULT_SCRIPT)).toEqual(
    DEFAULT_SCRIPT,
  );
});
