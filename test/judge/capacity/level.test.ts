import { describe, expect, it } from "vitest";
import { answersOf, levelOf } from "../../../src/judge/capacity/level.ts";
import {
  censoredRequest,
  every,
  iteration,
  steadyLines,
  summaryOf,
} from "../../support/runs/run-lines.ts";

/** A level of which we cut off most, since the queue grew. */
async function cutShort() {
  const lines = steadyLines();
  const late = every(10, 2000, 190).flatMap((at) => [censoredRequest(at), iteration(at)]);
  return summaryOf([...lines.slice(0, -2), ...late, ...lines.slice(-2)]);
}

const facts = {
  load: 100,
  share: 0.99,
  good: [true, false],
  admission: undefined,
  served: undefined,
  warmup: 2000,
  settled: undefined,
  duration: undefined,
};

describe("a level", () => {
  it("that was cut short because the queue grew is trusted: that we cut it off is no fault", async () => {
    const summary = await cutShort();
    expect(summary.validity.status).toBe("invalid");
    const level = levelOf({ ...facts, saturated: true }, summary);
    expect(level).toMatchObject({ valid: true, held: false });
    expect(level).not.toHaveProperty("doubts");
  });

  it("that ran to its end is not, and says why", async () => {
    const level = levelOf({ ...facts, saturated: false }, await cutShort());
    expect(level.valid).toBe(false);
    expect(level.doubts?.length).toBeGreaterThan(0);
  });

  it("counts a request's wait for its turn in both times, so that the first token is never the later", async () => {
    const summary = await summaryOf(steadyLines());
    const { ttft } = summary.metrics;
    if (ttft?.kind !== "trend") throw new Error("the fixture has no TTFT");
    const trend = (p95: number) => ({ ...ttft, p95 });
    const times = (metrics: typeof summary.metrics) =>
      levelOf({ ...facts, saturated: false }, { ...summary, metrics });
    const sent = { ttft: trend(5), e2e: trend(9) };
    const open = { ...sent, ttft_scheduled: trend(50), e2e_scheduled: trend(54) };
    expect(times(open)).toMatchObject({ ttft: 50, e2e: 54 });
    // A closed loop has no schedule.
    expect(times(sent)).toMatchObject({ ttft: 5, e2e: 9 });
  });
});

describe("what levels say", () => {
  it("is less where they were measured before the server was steady, as the others found out", async () => {
    const summary = await summaryOf(steadyLines());
    const after = (warmup: number) =>
      levelOf({ ...facts, saturated: false, warmup, settled: 8000 }, summary);
    const trusts = answersOf([after(2000), after(10_000)]).map(({ trust }) => trust);
    expect(trusts).toEqual([0.2, 1]);
  });
});
