import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../../src/core/request-record.ts";
import { timelineOf } from "../../../src/report/run/request-timeline.ts";
import { failedRecord } from "../../support/runs/series-fixture.ts";

const answered: RequestRecord = {
  ...failedRecord(1, "stall", ""),
  scheduled: 1000,
  sent: 1010,
  headers: 1030,
  firstContent: 1060,
  lastContent: 1160,
  ended: 1170,
  contentGapsUs: [50_000, 60_000, 40_000],
  outcome: { ok: true, finish: "length" },
};

describe("the timeline of a request", () => {
  it("has a part for each wait, one after the other, on the common scale", () => {
    const { parts } = timelineOf(answered, 340);
    expect(parts.map(({ part }) => part)).toEqual([
      ...["queued", "headers", "first", "stream", "rest"],
    ]);
    let end = 0;
    for (const { x, width } of parts) {
      expect(Number(x)).toBeCloseTo(end, 0);
      end = Number(x) + Number(width);
    }
    // 170 of 340 ms: half of the width.
    expect(end).toBeCloseTo(500, 0);
  });

  it("has a stroke where each content event came", () => {
    const strokes = [...timelineOf(answered, 1000).events.matchAll(/M([\d.]+) /g)];
    expect(strokes.map(([, x]) => Number(x))).toEqual([60, 120, 160]);
  });

  it("says the same in words", () => {
    expect(timelineOf(answered, 340).label).toBe(
      "waited to be sent 10.0 ms, headers after 20.0 ms, first token after 30.0 ms, tokens for 100 ms, then 10.0 ms",
    );
  });

  it("leaves out what did not happen, and marks where it failed", () => {
    const refused = failedRecord(2, "connect_refused", "refused");
    const { parts, events, label } = timelineOf({ ...refused, ended: refused.sent + 5 }, 1000);
    expect(parts.map(({ part }) => part)).toContain("failed");
    expect(parts.map(({ part }) => part)).not.toContain("stream");
    expect(events).toBe("");
    expect(label).toContain("connect_refused");
  });
});
