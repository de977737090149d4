import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rateWords } from "../../../src/report/text/rate-words.ts";

describe("the rate in words", () => {
  it("tells a closed loop's starts from the schedule's", () => {
    expect(rateWords({ target: 10, achieved: 16.7, achievedShare: 0.998 })).toEqual({
      started: "9.98/s",
      planned: " of 10.0/s planned",
      unplanned: ", and 6.72/s in closed loops",
    });
  });

  it("knows of no plan in a closed loop, and of no rate in a run that never began", () => {
    expect(rateWords({ achieved: 8.6 })).toEqual({ started: "8.60/s", planned: "", unplanned: "" });
    expect(rateWords({})).toBeUndefined();
  });

  it("takes no rounding of the share for a closed loop", () => {
    const counts = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }));
    fc.assert(
      fc.property(counts, fc.double({ min: 0.1, max: 1e5, noNaN: true }), ([a, b], seconds) => {
        const [started, planned] = [Math.min(a, b), Math.max(a, b)];
        const [achieved, target] = [started / seconds, planned / seconds];
        const words = rateWords({ target, achieved, achievedShare: started / planned });
        expect(words?.unplanned).toBe("");
      }),
    );
  });
});
