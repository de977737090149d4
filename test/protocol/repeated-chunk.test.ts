import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Interpreter } from "../../src/protocol/adapter.ts";
import { openaiChat } from "../../src/protocol/api/openai/chat.ts";
import { openaiCompletions } from "../../src/protocol/api/openai/completions.ts";
import { HELLO } from "../support/played-answer.ts";

const text = fc.oneof(
  fc.constantFrom("", " word", "a", "0", "chat", "x", "content", '"', "\\", '","x":"', "\n", "é🙂"),
  fc.string({ maxLength: 8 }),
  fc.string({ maxLength: 4, unit: "binary" }),
);
const extras = fc.constantFrom<object>(
  ...[{}, {}, {}, {}, { usage: null }, { usage: { completion_tokens: 3 } }],
  ...[{ timings: { predicted_n: 2 } }, { created: 2 }, { error: { message: "no" } }, { x: "a" }],
);
const choiceExtras = fc.constantFrom<object>(
  ...[{}, {}, {}, {}, { index: 1 }, { finish_reason: "stop" }, { token_ids: [1, 2] }],
);
const deltaExtras = fc.constantFrom<object>(
  ...[{}, {}, {}, {}, { reasoning_content: "r" }, { tool_calls: [{}] }, { role: "assistant" }],
);
const chunk = fc
  .tuple(text, extras, choiceExtras, deltaExtras)
  .map(([content, extra, choiceExtra, deltaExtra]) =>
    JSON.stringify({
      id: "chat",
      created: 1,
      choices: [
        {
          index: 0,
          text: content,
          delta: { content, ...deltaExtra },
          finish_reason: null,
          ...choiceExtra,
        },
      ],
      ...extra,
    }),
  );

/** Everything that came of the events; `end` too. */
function read(interpreter: Interpreter, events: readonly string[]): unknown {
  const kinds = events.map((data) => interpreter.event({ name: undefined, data }));
  return { kinds, answer: interpreter.answer };
}

describe("a chunk that is like the last one but for its text", () => {
  it.each([
    ["chat", openaiChat],
    ["completions", openaiCompletions],
  ])("comes to the same in a stream of %s as if it were parsed", (_name, adapter) => {
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 30 }), (chunks) => {
        const events = [...chunks, "[DONE]"];
        // With ever more spaces before them, no two events begin alike: each of them is parsed.
        const unlike = events.map((data, i) => (data === "[DONE]" ? data : " ".repeat(i) + data));
        expect(read(adapter.interpret(HELLO), events)).toEqual(
          read(adapter.interpret(HELLO), unlike),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("is not parsed", () => {
    const interpreter = openaiChat.interpret(HELLO);
    const parse = JSON.parse;
    let parsed = 0;
    JSON.parse = (...args: Parameters<typeof parse>): unknown => {
      parsed += 1;
      return parse(...args);
    };
    try {
      for (let i = 0; i < 100; i += 1) {
        const data = `{"choices":[{"index":0,"delta":{"content":" w${i}"},"finish_reason":null}]}`;
        interpreter.event({ name: undefined, data });
      }
    } finally {
      JSON.parse = parse;
    }
    expect(interpreter.answer.text).toMatch(/^ w0 w1 .* w99$/);
    expect(parsed).toBe(2);
  });
});
