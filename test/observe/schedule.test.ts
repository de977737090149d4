import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Schedule } from "../../src/observe/schedule.ts";

const INTERVALS = { fast: 100, medium: 1000 };

function schedule(start = 0): Schedule {
  return new Schedule(["fast", "medium"], INTERVALS, start);
}

describe("a schedule", () => {
  test("reads every tier at its start, then each on its own grid", () => {
    const one = schedule(50);
    expect(one.next()).toBe(50);
    expect(one.take(50)).toEqual({ tiers: ["fast", "medium"], missed: 0, atEdge: false });
    expect(one.next()).toBe(150);
    expect(one.take(150)).toEqual({ tiers: ["fast"], missed: 0, atEdge: false });
  });

  test("keeps its grid when a read comes late, and counts what it missed", () => {
    const one = schedule();
    one.take(0);
    expect(one.take(345)).toEqual({ tiers: ["fast"], missed: 2, atEdge: false });
    expect(one.next()).toBe(400);
  });

  test("reads all tiers at a phase edge, beside its grid", () => {
    const one = schedule();
    one.take(0);
    one.addEdges([250, 130]);
    expect(one.next()).toBe(100);
    expect(one.take(100).tiers).toEqual(["fast"]);
    expect(one.next()).toBe(130);
    expect(one.take(130)).toEqual({ tiers: ["fast", "medium"], missed: 0, atEdge: true });
    expect(one.next()).toBe(200);
  });

  test("reads once for edges that lie together or have passed", () => {
    const one = schedule();
    one.take(0);
    one.addEdges([20, 21, 22]);
    expect(one.take(30).tiers).toEqual(["fast", "medium"]);
    expect(one.next()).toBe(100);
    one.addEdges([-5]);
    expect(one.next()).toBe(-5);
    expect(one.take(31).tiers).toEqual(["fast", "medium"]);
  });

  test("reads a stretched tier half as often, the others as before", () => {
    const one = schedule();
    one.take(0);
    expect(one.stretch("fast")).toBe(200);
    expect(one.intervalOf("fast")).toBe(200);
    expect([one.next(), one.take(200).tiers, one.next()]).toEqual([200, ["fast"], 400]);
  });

  test("is never stretched beyond a minute", () => {
    const one = schedule();
    const intervals = Array.from({ length: 20 }, () => one.stretch("fast"));
    expect(Math.max(...intervals.map((interval) => interval ?? 0))).toBeLessThanOrEqual(60_000);
    expect(intervals.at(-1)).toBeUndefined();
  });

  test("never asks for a moment that has passed, and accounts for every tick", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (gaps) => {
        const one = schedule();
        let [now, fast, missed] = [0, 0, 0];
        for (const gap of gaps) {
          now += gap;
          const due = one.take(now);
          if (due.tiers.includes("fast")) fast += 1;
          missed += due.missed;
          expect(one.next()).toBeGreaterThan(now);
        }
        const all = schedule();
        const ticks = Math.floor(now / 100) + Math.floor(now / 1000) + 2;
        const whole = all.take(now);
        expect(whole.missed + 2).toBe(ticks);
        expect(fast + missed).toBeLessThanOrEqual(ticks);
      }),
    );
  });
});
