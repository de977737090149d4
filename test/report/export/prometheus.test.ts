import parsePrometheusTextFormat from "parse-prometheus-text-format";
import { describe, expect, it } from "vitest";
import { renderPrometheus } from "../../../src/report/export/prometheus.ts";
import { emptySummary, failedSummary, summaryFixture } from "../../support/runs/summary-fixture.ts";

describe("metrics.prom", () => {
  it("looks like this", async () => {
    await expect(renderPrometheus(failedSummary())).toMatchFileSnapshot(
      "../../fixtures/report/failed.prom",
    );
  });

  it("is read by an independent parser, with the values of the summary in base units", () => {
    const summary = summaryFixture();
    const families = parsePrometheusTextFormat(renderPrometheus(summary));
    const ttft = families.find(({ name }) => name === "plimsoll_ttft_seconds");
    expect(ttft?.type).toBe("SUMMARY");
    const { quantiles = {} } = ttft?.metrics[0] ?? {};
    const expected = summary.metrics.ttft;
    if (expected?.kind !== "trend") throw new Error("the fixture has no ttft");
    expect(Number(quantiles["0.95"])).toBeCloseTo(expected.p95 / 1000, 9);
    // That parser forgets the count of a summary with labels.
    const count = /^plimsoll_ttft_seconds_count\{[^}]*\} (\d+)$/m.exec(
      renderPrometheus(summary),
    )?.[1];
    expect(Number(count)).toBe(expected.count);
  });

  it("has every metric of the summary once, and no metric that the run does not have", () => {
    const summary = summaryFixture();
    const names = parsePrometheusTextFormat(renderPrometheus(summary)).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const metric of Object.keys(summary.metrics))
      expect(names.filter((name) => name.startsWith(`plimsoll_${metric}`))).not.toEqual([]);
    expect(parsePrometheusTextFormat(renderPrometheus(emptySummary()))).not.toContainEqual(
      expect.objectContaining({ name: "plimsoll_ttft_seconds" }),
    );
  });

  it("keeps quotes, backslashes and line breaks of labels as they were", () => {
    const base = summaryFixture();
    const model = 'a "quoted" \\ model\nwith a second line';
    const text = renderPrometheus({ ...base, target: { ...base.target!, model } });
    expect(text).toContain('model="a \\"quoted\\" \\\\ model\\nwith a second line"');
    for (const line of text.trimEnd().split("\n")) expect(line).toMatch(/^(# |plimsoll_)/);
  });

  it("has nothing in it that a terminal would obey", () => {
    const base = summaryFixture();
    const model = "a\u001b[2Jb\u009b8m\u202ec\rd";
    const text = renderPrometheus({ ...base, target: { ...base.target!, model } });
    expect(text).toContain('model="a\\\\u001b[2Jb\\\\u009b8m\\\\u202ec\\\\u000dd"');
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});
