import { describe, expect, it } from "vitest";
import { compareRuns } from "../../../src/judge/compare/compare-runs.ts";
import type { TableBlock } from "../../../src/report/page/blocks.ts";
import { comparisonSection } from "../../../src/report/compare/section-comparison.ts";
import { digests } from "../../support/runs/run-digests.ts";
import { seriesFixture } from "../../support/runs/series-fixture.ts";
import { summaryFixture } from "../../support/runs/summary-fixture.ts";

/** The shift function's table, of shifts such as 0.3 for p10, p20, ... */
function shiftTable(shifts: readonly number[]): TableBlock {
  const shift = shifts.map((change, i) => ({
    ...{ p: 10 * (i + 1), baseline: 100, candidate: 100 * (1 + change), change },
  }));
  const curves = { p: [50, 99], baseline: [1, 2], candidate: [1, 3] };
  const document = compareRuns({ baseline: digests(5), candidate: digests(4) });
  const comparison = { ...document, shapes: [{ metric: "ttft", unit: "ms", curves, shift }] };
  const section = comparisonSection({
    ...{ comparison, summary: summaryFixture(), series: seriesFixture() },
  });
  const pairs = section?.blocks.flatMap((one) => (one.partial === "pair" ? one.blocks : [])) ?? [];
  const table = pairs.find((block) => block.partial === "table");
  if (table === undefined) throw new Error("there is no shift function");
  return table;
}

function placesOf(table: TableBlock): readonly number[] {
  return table.rows.map(({ cells }) => Number(cells.at(-1)?.interval?.value));
}

describe("the shift function", () => {
  it("has all rows on one scale, on which the largest shift still fits", () => {
    const [small = 0, middle = 0, large = 0] = placesOf(shiftTable([0.1, 0.5, 1]));
    expect(small - 50).toBeCloseTo((large - 50) / 10, 1);
    expect(middle - 50).toBeCloseTo((large - 50) / 2, 1);
    expect(large).toBeLessThan(100);
    expect(shiftTable([0.1, 0.5, 1]).caption).toContain("±110 %");
  });

  it("does not blow small shifts up", () => {
    expect(placesOf(shiftTable([0.01, -0.02]))).toEqual([52.5, 45]);
  });
});
