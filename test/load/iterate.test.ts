import { describe, expect, it } from "vitest";
import { iterate, type IterationSetting } from "../../src/load/iterate.ts";
import { defaultVocabulary } from "../../src/scenario/vocabulary.ts";
import type { ScenarioFunction } from "../../src/scenario/script.ts";
import { openScenario, plan } from "../support/runs/run-lines.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

/** Runs the function, and cuts it off at this moment. */
async function cutOff(script: ScenarioFunction, at: number, halted = false) {
  const clock = new VirtualClock();
  const cut = new AbortController();
  const setting: IterationSetting = {
    scenario: openScenario,
    seed: 1,
    salt: "",
    function: script,
    endpointFor: () => {
      throw new Error("no request is made here");
    },
    deadlines: plan().deadlines,
    retries: undefined,
    canaries: undefined,
    clock,
    wall: 0,
    vocabulary: { ...defaultVocabulary, exact: true },
    env: {},
    data: undefined,
    worker: 0,
    record: () => undefined,
    describeError: (thrown) => `mine.js:3: ${thrown instanceof Error ? thrown.message : "?"}`,
    halted: () => halted,
  };
  const ended = iterate(setting, { iteration: 0, vu: 1, phase: "steady" }, cut.signal);
  await clock.advanceTo(at);
  cut.abort();
  return ended;
}

const never = () => new Promise<never>(() => undefined);

describe("an iteration that is cut off", () => {
  it("is interrupted while it sleeps, however long", async () => {
    const script: ScenarioFunction = ({ sleep }) => sleep(1e6);
    expect(await cutOff(script, 60_000)).toEqual({ outcome: "interrupted" });
  });

  it("has failed, with the place, when it waited ten seconds for nothing of ours", async () => {
    expect(await cutOff(never, 10_000)).toEqual({
      outcome: "failed",
      error: expect.stringMatching(/^mine\.js:3: the function never ended/) as string,
    });
  });

  it("may wait for something of its own for a while", async () => {
    expect(await cutOff(never, 9000)).toEqual({ outcome: "interrupted" });
    const script: ScenarioFunction = async ({ sleep }) => {
      await sleep(8);
      await never();
    };
    expect(await cutOff(script, 12_000)).toEqual({ outcome: "interrupted" });
    expect(await cutOff(script, 18_000)).toMatchObject({ outcome: "failed" });
  });

  it("is interrupted, and nobody's fault, when the whole run was stopped", async () => {
    expect(await cutOff(never, 60_000, true)).toEqual({ outcome: "interrupted" });
  });
});

describe("a script's check", () => {
  it("must not have a name of the canaries'", async () => {
    const script: ScenarioFunction = ({ check }) => check(1, { "canary: same text": () => true });
    expect(await cutOff(script, 0)).toMatchObject({
      outcome: "failed",
      error: expect.stringContaining("has a name of the built-in ones") as string,
    });
  });
});
