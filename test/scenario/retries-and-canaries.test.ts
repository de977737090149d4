/** What `retries` and `canaries` of the options become in the plan. */
import { describe, expect, it } from "vitest";
import { planHash } from "../../src/scenario/hash.ts";
import { resolvePlan } from "../../src/scenario/resolve/resolve.ts";

const file = { name: "mine", file: "/scenarios/mine.ts", fileHash: "0" };
const planOf = (options: object) => resolvePlan(file, { vus: 1, ...options }, {}).plan;

function problemOf(options: object): string {
  try {
    planOf(options);
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}

describe("retries", () => {
  it("are off, and then not in the plan: its hash is what it was", () => {
    expect(planOf({})).not.toHaveProperty("retries");
    expect(planHash(planOf({ retries: 0 }))).toBe(planHash(planOf({})));
  });

  it("are a number, or say more", () => {
    const { retries } = planOf({ retries: 2 });
    expect(retries).toMatchObject({ maxRetries: 2, backoff: 500, maxRetryAfter: 60_000 });
    expect(retries?.on).toContain("overloaded");
    expect(retries?.on).not.toContain("truncated");
    const own = { maxRetries: 1, on: ["truncated"], backoff: "1s", maxRetryAfter: 0 };
    expect(planOf({ retries: own }).retries).toEqual({
      maxRetries: 1,
      on: ["truncated"],
      backoff: 1000,
      maxBackoff: 8000,
      maxRetryAfter: 0,
    });
  });

  it.each<[unknown, string]>([
    [-1, "options.retries.maxRetries: expected a whole number from 0, got -1"],
    [{ on: ["overloaded"] }, "options.retries.maxRetries: is missing"],
    [{ maxRetries: 1, on: ["429"] }, "options.retries.on[0]: expected one of connect_refused"],
    [{ maxRetries: 1, on: ["interrupted"] }, "options.retries.on[0]: expected one of"],
    [{ max_retries: 1 }, 'unknown key "max_retries"; did you mean "maxRetries"?'],
  ])("that are wrong (%j) are refused with their place", (retries, message) => {
    expect(problemOf({ retries })).toContain(message);
  });
});

describe("canaries", () => {
  it("are off, and then not in the plan", () => {
    expect(planOf({})).not.toHaveProperty("canaries");
  });

  it("that are true ask one prompt, and look whether replies are well formed", () => {
    expect(planOf({ canaries: true }).canaries).toEqual({
      every: 10_000,
      prompts: [{ prompt: expect.stringMatching(/./) as string, maxTokens: 32 }],
      replies: { wellFormed: true },
    });
  });

  it("keep patterns as texts, so that the plan is JSON", () => {
    const { canaries } = planOf({
      canaries: {
        every: "5s",
        prompts: ["a", { prompt: "b", system: "c", maxTokens: 4, expect: /four/gi }],
        replies: { expect: "yes" },
      },
    });
    expect(canaries).toEqual({
      every: 5000,
      prompts: [
        { prompt: "a", maxTokens: 32 },
        { prompt: "b", system: "c", maxTokens: 4, expect: { pattern: "four", flags: "i" } },
      ],
      replies: { wellFormed: false, expect: { text: "yes" } },
    });
    expect(JSON.parse(JSON.stringify(canaries))).toEqual(canaries);
  });

  it.each<[unknown, string]>([
    [{}, "options.canaries: they look at nothing"],
    [{ every: "100ms", prompts: ["a"] }, "options.canaries.every: expected a duration of at least"],
    [{ prompts: [{ expect: "a" }] }, "options.canaries.prompts[0].prompt: is missing"],
    [{ replies: { expect: 4 } }, "expected a text or a regular expression, got 4"],
    [{ replies: { expect: "" } }, "expected a text or a regular expression"],
    [{ replies: { wellformed: true } }, 'did you mean "wellFormed"?'],
  ])("that are wrong (%j) are refused with their place", (canaries, message) => {
    expect(problemOf({ canaries })).toContain(message);
  });
});
