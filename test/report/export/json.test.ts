import { describe, expect, it } from "vitest";
import { renderJson } from "../../../src/report/export/json.ts";
import { summaryFixture } from "../../support/runs/summary-fixture.ts";

/** The same value with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, inner]) => [key, reversed(inner)]));
}

describe("the JSON output", () => {
  it("is the summary, nothing more or less", () => {
    expect(JSON.parse(renderJson(summaryFixture()))).toEqual(summaryFixture());
  });

  it("has its keys in the same order, whatever made them", () => {
    const backwards = reversed(summaryFixture()) as ReturnType<typeof summaryFixture>;
    expect(renderJson(backwards)).toBe(renderJson(summaryFixture()));
  });

  it("leads with what people read first", () => {
    const keys = Object.keys(JSON.parse(renderJson(summaryFixture())) as object);
    expect(keys.slice(0, 4)).toEqual(["schema", "run", "verdict", "validity"]);
  });
});
