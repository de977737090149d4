/** An iteration's context that answers every request at once, and remembers what was asked. */
import type { LlmRequest, Reply } from "../../src/core/request.ts";
import { defaultVocabulary } from "../../src/scenario/vocabulary.ts";
import { iterationOf } from "../../src/scenario/iteration.ts";
import type { IterationContext } from "../../src/scenario/script.ts";

export interface ScriptedIteration {
  readonly context: IterationContext;
  readonly requests: LlmRequest[];
  readonly checks: Record<string, boolean>;
}

export function scriptedIteration(index: number, data?: unknown): ScriptedIteration {
  const requests: LlmRequest[] = [];
  const checks: Record<string, boolean> = {};
  const vocabulary = { ...defaultVocabulary, exact: true };
  const context: IterationContext = {
    llm: (request) => {
      // A copy, as a real request is serialized before the script goes on.
      requests.push(structuredClone(request));
      const reply: Reply = { ok: true, text: "an answer", reasoning: "", finish: "length" };
      return Promise.resolve(reply);
    },
    check: (value, tests) => {
      const results = Object.entries(tests).map(([name, test]) => (checks[name] = test(value)));
      return results.every(Boolean);
    },
    sleep: () => Promise.resolve(),
    iteration: iterationOf({
      seed: 1,
      salt: "",
      scenario: "main",
      phase: "steady",
      index,
      vocabulary,
    }),
    vu: { id: 1 },
    tags: {},
    env: {},
    data,
  };
  return { context, requests, checks };
}
