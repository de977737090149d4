import { describe, expect, it } from "vitest";
import { PlimsollError } from "../../../src/core/errors.ts";
import { resolvePlan } from "../../../src/scenario/resolve/resolve.ts";

const file = { name: "mine", file: "/scenarios/mine.ts", fileHash: "0" };

function problemOf(options: unknown): string {
  try {
    resolvePlan(file, options, {});
  } catch (error) {
    if (error instanceof PlimsollError && error.exitCode === 2) return error.message;
    throw error;
  }
  return "accepted";
}

/** The problem of a scenario that is right but for these fields. */
function problemWith(fields: Record<string, unknown>): string {
  const right = { executor: "constant-arrival-rate", rate: 1, duration: "1s", preAllocatedVUs: 1 };
  return problemOf({ scenarios: { main: { ...right, ...fields } } });
}

const main = "options.scenarios.main";
const trace = { file: "t", fileHash: "0", entries: [], blockTokens: 512 };

describe("a wrong scenario is one message with its place", () => {
  it.each<[string, Record<string, unknown>, string]>([
    ["a wrong type", { rate: "10" }, `${main}.rate: expected a whole number from 1, got "10"`],
    ["a negative rate", { rate: -4 }, `${main}.rate: expected a whole number from 1, got -4`],
    ["a fractional rate", { rate: 0.5 }, `${main}.rate: expected a whole number from 1, got 0.5`],
    ["no rate", { rate: undefined }, `${main}.rate: is missing: give a whole number from 1`],
    [
      "a zero duration",
      { duration: 0 },
      `${main}.duration: expected a duration of at least 1s ("30s", "1m30s"; a bare number is ms), got 0`,
    ],
    ["no unit that exists", { duration: "5 parsecs" }, `${main}.duration: expected a duration`],
    ["no time unit", { timeUnit: "0s" }, `${main}.timeUnit: expected a duration of at least 1ms`],
    [
      "missing VUs",
      { preAllocatedVUs: undefined },
      `${main}.preAllocatedVUs: is missing: give a whole number from 0`,
    ],
    ["no VUs at all", { preAllocatedVUs: 0 }, `${main}.preAllocatedVUs: there are no VUs`],
    [
      "fewer VUs at most than at first",
      { preAllocatedVUs: 5, maxVUs: 2 },
      `${main}.maxVUs: is less than preAllocatedVUs (5)`,
    ],
    [
      "a misspelt key",
      { preAlocatedVUs: 5 },
      `${main}: unknown key "preAlocatedVUs"; did you mean "preAllocatedVUs"?`,
    ],
    ["another executor's key", { vus: 5 }, `${main}: unknown key "vus"`],
    [
      "an unknown executor",
      { executor: "constant-arival-rate" },
      `${main}.executor: unknown executor "constant-arival-rate"; did you mean "constant-arrival-rate"?`,
    ],
    [
      "no executor",
      { executor: undefined },
      `${main}.executor: is missing; known are constant-arrival-rate`,
    ],
    ["an executor that k6 removed", { executor: "externally-controlled" }, "was removed in k6 v2"],
    [
      "an unknown arrival",
      { arrival: "weibull" },
      `${main}.arrival: expected one of constant, poisson, gamma, got "weibull"`,
    ],
    [
      "gamma without a shape",
      { arrival: "gamma" },
      `${main}.burstiness: goes with arrival: "gamma"`,
    ],
    ["a shape without gamma", { burstiness: 2 }, `${main}.burstiness: goes with arrival: "gamma"`],
    ["a tag that is no text", { tags: { a: {} } }, `${main}.tags.a: expected a text, got {}`],
    [
      "a bad phase",
      { phase: "the spike" },
      `${main}.phase: expected a name of letters, digits, _ and -`,
    ],
    ["a negative start", { startTime: "-1s" }, `${main}.startTime: expected a duration`],
  ])("%s", (_, fields, message) => {
    expect(problemWith(fields)).toContain(message);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["no stages", { stages: [] }, `${main}.stages: is empty`],
    ["stages of no list", { stages: {} }, `${main}.stages: expected a list, got {}`],
    [
      "stages of no length",
      { stages: [{ duration: 0, target: 5 }] },
      `${main}.stages: last 0 s in all`,
    ],
    [
      "stages without traffic",
      { startVUs: 0, stages: [{ duration: "1m", target: 0 }] },
      `${main}.stages: never start anything`,
    ],
    [
      "a negative target",
      { stages: [{ duration: "1m", target: -1 }] },
      `${main}.stages[0].target: expected a whole number from 0, got -1`,
    ],
    [
      "a misspelt key of a stage",
      { stages: [{ duration: "1m", taget: 1 }] },
      `${main}.stages[0]: unknown key "taget"; did you mean "target"?`,
    ],
  ])("%s", (_, fields, message) => {
    expect(problemOf({ scenarios: { main: { executor: "ramping-vus", ...fields } } })).toContain(
      message,
    );
  });

  it.each<[string, unknown, string]>([
    ["options of no object", 7, "options: expected an object, got 7"],
    [
      "a misspelt option",
      { treshold: {} },
      'options: unknown key "treshold"; did you mean "thresholds"?',
    ],
    ["no scenarios", { scenarios: {} }, "options.scenarios: is empty"],
    ["scenarios of no object", { scenarios: [] }, "options.scenarios: expected an object, got []"],
    ["a scenario of no object", { scenarios: { main: 1 } }, `${main}: expected an object, got 1`],
    ["a bad name", { scenarios: { "a b": {} } }, '"a b" is not a name'],
    [
      "fewer iterations than VUs",
      { vus: 5, iterations: 2 },
      "options.scenarios.default.iterations: is less than vus (5)",
    ],
    [
      "two shortcuts",
      { iterations: 5, stages: [] },
      "options: `iterations` and `stages` cannot be used together",
    ],
    [
      "a shortcut and scenarios",
      { duration: "1s", scenarios: {} },
      "options: `duration` and `scenarios` cannot be used together",
    ],
    ["an SLO of something else", { slo: { itl: "1s" } }, 'options.slo: unknown key "itl"'],
    ["an SLO of no duration", { slo: { ttft: "fast" } }, "options.slo.ttft: expected a duration"],
    [
      "a deadline of no duration",
      { deadlines: { total: "never" } },
      "options.deadlines.total: expected a duration",
    ],
    ["a bad seed", { seed: -1 }, "options.seed: expected a whole number from 0, got -1"],
    [
      "thresholds of no list",
      { thresholds: { ttft: "p(95)<1" } },
      'options.thresholds.ttft: expected a list, got "p(95)<1"',
    ],
    [
      "a misspelt threshold key",
      { thresholds: { ttft: [{ threshold: "p(95)<1", abortOnFial: true }] } },
      'options.thresholds.ttft[0]: unknown key "abortOnFial"; did you mean "abortOnFail"?',
    ],
    [
      "an empty trace",
      { scenarios: { main: { executor: "trace", trace } } },
      `${main}.trace: is empty`,
    ],
    [
      "a trace that was not read",
      { scenarios: { main: { executor: "trace", trace: ["t.jsonl"] } } },
      `${main}.trace: expected what traces.read(...) returns`,
    ],
  ])("%s", (_, options, message) => {
    expect(problemOf(options)).toContain(message);
  });

  it("names every place that is wrong, one a line", () => {
    expect(problemWith({ rate: -1, maxVUs: "many" }).split("\n")).toEqual([
      expect.stringContaining(`${main}.maxVUs`),
      expect.stringContaining(`${main}.rate`),
    ]);
  });
});

describe("k6 options without meaning here", () => {
  it("are accepted, and said to have no effect", () => {
    const { notes } = resolvePlan(file, { rps: 5, summaryTrendStats: ["p(95)"] }, {});
    expect(notes).toEqual([
      `k6's option "rps" has no effect here: use an arrival-rate executor`,
      `k6's option "summaryTrendStats" has no effect here`,
    ]);
  });
});
