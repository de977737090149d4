import { describe, expect, it } from "vitest";
import { reporters, type Reporter } from "../../src/report/reporters.ts";
import { reportAssets } from "../support/pages/report-assets.ts";
import { seriesFixture } from "../support/runs/series-fixture.ts";
import { summaryFixture } from "../support/runs/summary-fixture.ts";

describe("the table of reporters", () => {
  it("makes every document from the same input, each for a file of its own", () => {
    const input = { summary: summaryFixture(), series: seriesFixture() };
    const assets = reportAssets();
    const files = Object.values<Reporter>(reporters).flatMap((reporter) => {
      if (reporter.kind === "rows") return Object.keys(reporter.files);
      if (reporter.kind === "documents") return Object.keys(reporter.files);
      expect(reporter.render(input, assets)).not.toBe("");
      return [reporter.file];
    });
    expect(files).toEqual([
      "report.html",
      "requests.csv",
      "samples.csv",
      "summary.json",
      "report.md",
      "junit.xml",
      "metrics.prom",
      "otlp.json",
      "k6-summary.json",
      "benchmark-smaller-is-better.json",
      "benchmark-bigger-is-better.json",
    ]);
  });
});
