import { describe, expect, it } from "vitest";
import {
  renderBiggerIsBetter,
  renderSmallerIsBetter,
} from "../../../src/report/export/benchmark-action.ts";
import { renderK6Summary } from "../../../src/report/export/k6-summary.ts";
import { renderOtlp } from "../../../src/report/export/otlp.ts";
import { seriesFixture } from "../../support/runs/series-fixture.ts";
import { emptySummary, failedSummary, summaryFixture } from "../../support/runs/summary-fixture.ts";

describe("k6-summary.json", () => {
  it("looks like this", async () => {
    await expect(renderK6Summary(failedSummary())).toMatchFileSnapshot(
      "../../fixtures/report/failed.k6-summary.json",
    );
  });

  it("gives what k6 measures too under k6's name, with the same values", () => {
    const { metrics } = JSON.parse(renderK6Summary(summaryFixture())) as {
      metrics: Record<string, { type: string; contains: string; values: Record<string, number> }>;
    };
    expect(metrics["http_req_duration"]).toEqual({
      type: "trend",
      contains: "time",
      values: metrics["e2e"]?.values,
    });
    expect(metrics["http_reqs"]?.type).toBe("counter");
  });

  it("has no metrics for a run that measured nothing", () => {
    const { metrics } = JSON.parse(renderK6Summary(emptySummary())) as { metrics: object };
    expect(Object.keys(metrics)).not.toContain("http_req_duration");
  });
});

describe("the files for github-action-benchmark", () => {
  it("look like this", async () => {
    await expect(renderSmallerIsBetter(summaryFixture())).toMatchFileSnapshot(
      "../../fixtures/report/smaller-is-better.json",
    );
    await expect(renderBiggerIsBetter(summaryFixture())).toMatchFileSnapshot(
      "../../fixtures/report/bigger-is-better.json",
    );
  });

  it("are empty arrays for a run that measured nothing", () => {
    expect(JSON.parse(renderSmallerIsBetter(emptySummary()))).toEqual([]);
    expect(JSON.parse(renderBiggerIsBetter(emptySummary()))).toEqual([]);
  });
});

describe("otlp.json", () => {
  const histogram = { unit: "ms", edges: [900, 1000, 2000, 9853], counts: [0, 400, 198] } as const;
  const histograms = [{ metric: "e2e", ...histogram }] as const;
  const input = { summary: summaryFixture(), series: { ...seriesFixture(), histograms } };

  it("looks like this", async () => {
    await expect(renderOtlp(input)).toMatchFileSnapshot("../../fixtures/report/passed.otlp.json");
  });

  it("has one bucket more than bounds, and as many values in them as there are", () => {
    const request = JSON.parse(renderOtlp(input)) as {
      resourceMetrics: [{ scopeMetrics: [{ metrics: OtlpMetric[] }] }];
    };
    const { metrics } = request.resourceMetrics[0].scopeMetrics[0];
    const points = metrics.flatMap(({ histogram }) => histogram?.dataPoints ?? []);
    expect(points.length).toBeGreaterThan(0);
    for (const { explicitBounds, bucketCounts } of points) {
      expect(bucketCounts).toHaveLength(explicitBounds.length + 1);
      expect(explicitBounds).toEqual([1, 2]);
    }
    expect(metrics.map(({ name }) => name)).toContain("gen_ai.client.operation.duration");
  });
});

interface OtlpMetric {
  readonly name: string;
  readonly histogram?: {
    readonly dataPoints: readonly {
      readonly explicitBounds: readonly number[];
      readonly bucketCounts: readonly string[];
    }[];
  };
}
