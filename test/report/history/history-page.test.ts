import { describe, expect, it } from "vitest";
import { compareMetrics } from "../../../src/judge/compare/compare-metrics.ts";
import { evidenceOf, rulesFor } from "../../../src/judge/compare/gather.ts";
import { historyOf } from "../../../src/judge/history/history.ts";
import { renderHistoryPage } from "../../../src/report/history/history-page.ts";
import { historyRuns } from "../../support/runs/history-runs.ts";
import { reportAssets } from "../../support/pages/report-assets.ts";
import { chartsOf } from "../../support/pages/page-charts.ts";

const facts = { plimsoll: "0.1.0", madeAt: "2026-11-21T20:00:00.000Z" };

function page(runs: ReturnType<typeof historyRuns>): string {
  return renderHistoryPage(historyOf("steady", runs), [], facts, reportAssets());
}

describe("the page of a history", () => {
  it("draws every metric over the sittings, its levels and its change points", () => {
    const slower = page(historyRuns(40, (night) => (night < 20 ? 1 : 1.15)));
    expect(slower).toContain("history of steady");
    const tpot = chartsOf(slower).find(({ id }) => id === "chart-tpot-p50")!;
    expect(tpot.x).toHaveLength(40);
    expect(tpot.labels?.[20]).toBe("2026-01-21 c20");
    expect(tpot.marks).toHaveLength(1);
    expect(tpot.marks[0]).toMatchObject({ x: 20 });
    expect(tpot.marks[0]?.label).toMatch(/^\+1\d\.\d %$/);
    const [, level = []] = tpot.y;
    expect(new Set(level).size).toBe(2);
    expect(slower).toMatch(/<h1>.*▲<\/span> \d change points/);
    expect(slower).toContain("server.build: b1 → b2");
  });

  it("says that nothing changed when nothing did, with axes that noise does not fill", () => {
    const quiet = page(historyRuns(40, () => 1));
    expect(quiet).toMatch(/<h1>.*No change points/);
    const tpot = chartsOf(quiet).find(({ id }) => id === "chart-tpot-p50")!;
    const values = tpot.y[0]!.filter((value) => value !== null);
    const { low, high } = tpot.span!;
    expect(low).toBeLessThan(0.95 * Math.min(...values));
    expect(high).toBeGreaterThan(1.05 * Math.max(...values));
  });

  it("asks nothing of a few sittings", () => {
    const few = page(historyRuns(3, () => 1));
    expect(few).toMatch(/<h1>.*3 sittings/);
    expect(few).toContain("Change points are looked for from 10 sittings on.");
    expect(page([])).toContain("No valid runs yet");
  });

  it("has the drift against the anchors of baselines", () => {
    const runs = historyRuns(4, (night) => (night < 3 ? 1 : 1.3));
    const [baseline, candidate] = [runs.slice(0, 3), runs.slice(3)];
    const evidence = evidenceOf({ baseline, candidate }, rulesFor(candidate));
    const drifts = [{ baseline: "main", metrics: compareMetrics(evidence).metrics }];
    const text = renderHistoryPage(historyOf("steady", runs), drifts, facts, reportAssets());
    expect(text).toContain("Anchor of main");
    expect(text).toMatch(/Worse than the anchor of main: tpot p50 \+\d/);
  });

  it("shows what a commit or a build contains as text", () => {
    const evil = "</script><script>alert(1)</script>";
    const named = historyRuns(12, (night) => (night < 6 ? 1 : 1.3), {
      commit: evil,
      build: (night) => `${evil}${night < 6 ? 1 : 2}`,
    });
    const text = page(named);
    expect(text).not.toContain("<script>alert");
    expect(text).toContain("&lt;script&gt;alert");
  });
});
