import { describe, expect, it } from "vitest";
import { admissionOf } from "../../../src/judge/capacity/admission.ts";
import { policySentences } from "../../../src/report/text/policy-words.ts";
import { censoredRequest, every, failedRequest, request } from "../../support/runs/run-lines.ts";

const refused = (at: number, retryAfter?: string) =>
  failedRequest(at, { status: 429, ...(retryAfter !== undefined && { retryAfter }) });

describe("what a server that turns requests away does", () => {
  it("is nothing to tell when it turns none away", () => {
    expect(admissionOf(every(100, 0, 20).map((at) => request(at)))).toBeUndefined();
  });

  it("is even when every second lets in as many, and uneven when one lets in all", () => {
    const even = every(100, 0, 40).map((at, i) => (i % 2 === 0 ? request(at) : refused(at)));
    expect(admissionOf(even)?.evenness).toBeCloseTo(1);
    const first = every(100, 0, 40).map((at) => (at < 1000 ? request(at) : refused(at)));
    const uneven = admissionOf(first);
    expect(uneven?.evenness).toBeCloseTo(0.25);
    // From the first refusal at 1000 to the answer of the last one.
    expect(uneven?.longestShut).toBe(2920);
    expect(uneven).toMatchObject({ asked: 40, refused: 30 });
  });

  it("does not count what we cut off ourselves", () => {
    expect(admissionOf([refused(0), request(100), censoredRequest(200)])?.asked).toBe(2);
  });

  it("tells whether a request is let in once the announced time is over", () => {
    const kept = [refused(0, "1"), request(500), request(1030), refused(1040, "1"), request(2100)];
    expect(admissionOf(kept)?.retryAfter).toEqual({
      ...{ told: 2, median: 1000, tried: 2, admitted: 2 },
    });
    const broken = every(100, 0, 30).map((at) => refused(at, "1"));
    const { retryAfter } = admissionOf(broken) ?? {};
    expect(retryAfter).toMatchObject({ told: 30, admitted: 0 });
    expect(retryAfter?.tried).toBeGreaterThan(15);
    expect(admissionOf([refused(0), request(10)])).not.toHaveProperty("retryAfter");
    expect(admissionOf([refused(0, "soon"), request(10)])).not.toHaveProperty("retryAfter");
  });

  it("is said in words", () => {
    const admission = admissionOf(every(100, 0, 30).map((at) => refused(at, "1")));
    const words = policySentences({ admittedPerSecond: 20, admission: admission! }).join(" ");
    expect(words).toContain("the limit of a policy, not of the machine. It admits 20.0/s.");
    expect(words).toContain("Retry-After announces 1 s, but does not keep it under this load");
    const silent = admissionOf([refused(0), request(10)])!;
    expect(policySentences({ admittedPerSecond: 20, admission: silent }).at(-1)).toContain(
      "announce no Retry-After",
    );
    expect(policySentences(undefined)).toEqual([]);
  });
});
