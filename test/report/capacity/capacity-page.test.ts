import { describe, expect, it } from "vitest";
import { outcomeOf, type CapacityDocument } from "../../../src/judge/capacity/capacity.ts";
import type { Level } from "../../../src/judge/capacity/level.ts";
import { planEstimate } from "../../../src/judge/capacity/plan-estimate.ts";
import { renderCapacityPage } from "../../../src/report/capacity/capacity-page.ts";
import { renderCapacity } from "../../../src/report/capacity/capacity-text.ts";
import { renderPlanPage } from "../../../src/report/plan/plan-page.ts";
import { chartsOf } from "../../support/pages/page-charts.ts";
import { reportAssets } from "../../support/pages/report-assets.ts";

const assets = reportAssets();

function level(load: number, changes: Partial<Level> = {}): Level {
  const held = load <= 8;
  return {
    ...{ load, run: `run-${load}`, held, broken: [], saturated: false, valid: true, warmup: 2000 },
    ...{ requests: 400, good: held ? 400 : 300, effect: 1 },
    ...{ throughput: load, goodput: held ? load : 6, tokensPerSecond: 32 * load },
    ...{ ttft: 50 * load, tpot: 20, e2e: 500 + 60 * load, failedShare: 0, power: 200 + load },
    ...(!held && { limiting: "ttft" }),
    ...changes,
  };
}

function found(levels: readonly Level[]): CapacityDocument {
  const limits = { start: 4, share: 0.99, tolerance: 0.05, least: 0.1, most: 1e5 };
  return {
    schema: "plimsoll.capacity/1",
    ...{ id: "2026-11-21-capacity-steady", plimsoll: "0.1.0", scenario: "steady" },
    ...{ startedAt: "2026-11-21T16:00:00.000Z", planHash: "0", by: "rate", limits, levels },
    slo: [{ metric: "ttft", limit: 500 }],
    outcome: outcomeOf(levels, limits, { end: "budget", why: "12 levels were measured" }),
  };
}

describe("the page of a capacity", () => {
  const document = found([4, 8, 16, 10, 9].map((load) => level(load)));

  it("has the curves against the load, in order of load, and the numbers in tables", () => {
    const page = renderCapacityPage(document, assets);
    const charts = chartsOf(page);
    expect(charts.map(({ id }) => id)).toEqual([
      "chart-throughput",
      "chart-latency",
      "chart-power",
      "chart-pareto",
    ]);
    expect(charts[0]?.x).toEqual([4, 8, 9, 10, 16]);
    expect(charts[0]?.y[1]).toEqual([4, 8, 6, 6, 6]);
    expect(page).toMatch(/Capacity \d/);
    expect(page).toContain("Numbers of this chart");
  });

  it("draws the front through levels that none beats in both", () => {
    // More tokens in less time than the level of 9: that one is not on the front.
    const better = found([level(4), level(9, { e2e: 5000 }), level(10, { e2e: 900 })]);
    const charts = chartsOf(renderCapacityPage(better, assets));
    const front = charts.find(({ id }) => id === "chart-pareto")?.y[0];
    expect(front).toEqual([740, null, 900]);
  });

  it("leaves out what was not measured, and levels that do not count", () => {
    const without = document.levels.map(({ power: _, ...rest }) => rest);
    const page = renderCapacityPage(found([...without, level(12, { valid: false })]), assets);
    const charts = chartsOf(page);
    expect(charts.map(({ id }) => id)).not.toContain("chart-power");
    expect(charts[0]?.x).not.toContain(12);
    expect(page).toContain("INVALID, not counted");
  });

  it("says that levels were not given the time to become steady", () => {
    const slow = [4, 8, 16, 10, 9].map((load) => level(load, { settled: 24_000 }));
    expect(renderCapacity(found(slow), { color: false, width: 200 })).toContain(
      "Levels take about 30 s to become steady, and had 2 s: a longer --level-time gives them the time.",
    );
    expect(renderCapacity(document, { color: false })).not.toContain("steady, and had");
  });

  it("has no columns in which no level has anything", () => {
    const without = document.levels.map(({ power: _, ...rest }) => rest);
    const headings = (levels: readonly Level[]) => {
      const page = renderCapacityPage(found(levels), assets);
      return ["power", "steady after"].filter((heading) => page.includes(`>${heading}</`));
    };
    expect(headings(without)).toEqual([]);
    expect(headings([...document.levels, level(7, { settled: 3000 })])).toEqual([
      "power",
      "steady after",
    ]);
  });

  it("can be made before there is a level", () => {
    expect(renderCapacityPage(found([]), assets)).toContain("No level was measured.");
    expect(renderCapacity(found([]), { color: false })).toContain("No level was measured.");
  });
});

describe("the page of a plan", () => {
  it("has the answer, what it needs and costs, and what it takes for granted", () => {
    const wishes = {
      ...{ peak: 10_000, growth: 0.5, margin: 0.25, lost: 1, hours: 730, meanLoad: 1 },
      ...{ gpusPerReplica: 1, pue: 1, gpuHourPrice: 2.5 },
    };
    const capacity = { value: 900, low: 850, high: 950 };
    const page = renderPlanPage(
      planEstimate({ by: "rate", capacity }, wishes),
      { plimsoll: "0.1.0", madeAt: "2026-11-21T16:00:00.000Z" },
      assets,
    );
    expect(page).toContain("22 replicas (21 + 1 spare)");
    expect(page).toContain("18,750/s");
    expect(page.replaceAll(/<script.*?<.script>/gs, "")).not.toMatch(/NaN|undefined/);
    for (const title of ["What it needs", "What it costs", "Assumptions"])
      expect(page).toContain(title);
  });
});
