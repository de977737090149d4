/** What a scenario may import from "plimsoll": a name that goes or changes breaks people's files. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as plimsoll from "plimsoll";
import { describe, expect, it } from "vitest";

const source = readFileSync(fileURLToPath(new URL("../../src/index.ts", import.meta.url)), "utf8");
const page = readFileSync(
  fileURLToPath(new URL("../../docs/scenarios.md", import.meta.url)),
  "utf8",
);

const VALUES = [
  "chat",
  "completion",
  "embeddings",
  "http",
  "infer",
  "infill",
  "predict",
  "profiles",
  "prompts",
  "rerank",
  "tensor",
  "traces",
];

const TYPES = [
  "ApiName",
  "ChatMessage",
  "ChatOptions",
  "CompletionOptions",
  "Datatype",
  "EmbeddingsOptions",
  "HttpAnswer",
  "HttpDescription",
  "HttpOptions",
  "InferOptions",
  "InfillOptions",
  "Iteration",
  "IterationContext",
  "LlmRequest",
  "Options",
  "Parameters",
  "PredictOptions",
  "Reply",
  "RerankOptions",
  "Scenario",
  "ScenarioFunction",
  "ScenarioOptions",
  "SetupContext",
  "Stage",
  "Tensor",
];

/** Names in `export { a, type B }` and `export type { C }`. */
function exported(text: string): readonly string[] {
  return [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)]
    .flatMap(([, names = ""]) => names.split(","))
    .map((name) => name.trim().replace(/^type /, ""))
    .filter((name) => name !== "");
}

describe('import ... from "plimsoll"', () => {
  it("has these values", () => {
    expect(Object.keys(plimsoll).toSorted()).toEqual(VALUES);
  });

  it("has these types", () => {
    expect(exported(source).toSorted()).toEqual([...VALUES, ...TYPES].toSorted());
  });

  it.each(VALUES)("%s is in docs/scenarios.md", (name) => {
    expect(page).toMatch(new RegExp(String.raw`\b${name}\b`));
  });
});
