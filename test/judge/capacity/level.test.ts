import { describe, expect, it } from "vitest";
import { levelOf } from "../../../src/judge/capacity/level.ts";
import {
  censoredRequest,
  every,
  iteration,
  steadyLines,
  summaryOf,
} from "../../support/run-lines.ts";

/** A level of which we cut off most, since the queue grew. */
async function cutShort() {
  const lines = steadyLines();
  const late = every(10, 2000, 190).flatMap((at) => [censoredRequest(at), iteration(at)]);
  return summaryOf([...lines.slice(0, -2), ...late, ...lines.slice(-2)]);
}

const facts = { load: 100, share: 0.99, good: [true, false], admission: undefined };

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
});
