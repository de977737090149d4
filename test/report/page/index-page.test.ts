import { describe, expect, it } from "vitest";
import { renderIndex, sparkline, type IndexEntry } from "../../../src/report/page/index-page.ts";
import { reportAssets } from "../../support/pages/report-assets.ts";
import { failedSummary, summaryFixture } from "../../support/runs/summary-fixture.ts";

const assets = reportAssets();

function entry(day: number, changes: Partial<IndexEntry> = {}): IndexEntry {
  const id = `run-${day}`;
  const startedAt = `2026-03-0${day}T02:00:00.000Z`;
  return {
    id,
    name: "nightly",
    startedAt,
    hasReport: true,
    summary: summaryFixture(),
    ...changes,
  };
}

/** Text of the cells of a table, row by row. */
function cells(html: string, section: string): readonly (readonly string[])[] {
  const part = html.split(`id="${section}"`)[1]?.split("</section>")[0] ?? "";
  const body = part.split("<tbody>")[1] ?? "";
  return body
    .split("</tr>")
    .slice(0, -1)
    .map((row) =>
      [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, text = ""]) =>
        text.replace(/<[^>]*>/g, "").trim(),
      ),
    );
}

describe("the page of all runs", () => {
  it("has a row for each run, newest first, with a link to its report", () => {
    const html = renderIndex([entry(1), entry(3), entry(2, { summary: failedSummary() })], assets);
    const rows = cells(html, "runs");
    expect(rows.map(([started]) => started)).toEqual([
      "2026-03-03 02:00:00",
      "2026-03-02 02:00:00",
      "2026-03-01 02:00:00",
    ]);
    expect(rows[1]?.[2]).toBe("✘ Failed");
    expect(html).toContain('href="run-3/report.html"');
  });

  it("shows a run that was never judged as such, without numbers and without a link", () => {
    const { id, name, startedAt } = entry(4);
    const unjudged = { id, name, startedAt, hasReport: false };
    const html = renderIndex([unjudged, entry(1)], assets);
    const [first] = cells(html, "runs");
    expect(first?.[2]).toBe("not judged");
    expect(first?.slice(5).every((text) => text.startsWith("–"))).toBe(true);
    expect(html).not.toContain("run-4/report.html");
  });

  it("draws the course of a figure over at least three valid runs", () => {
    expect(renderIndex([entry(1), entry(2)], assets)).not.toContain('id="trends"');
    const rows = cells(renderIndex([entry(1), entry(2), entry(3)], assets), "trends");
    expect(rows.length).toBeGreaterThan(2);
    expect(rows[0]?.[0]).toBe("nightly");
  });

  it("leaves runs that cannot be trusted out of the course", () => {
    const base = summaryFixture();
    const invalid = { ...base, validity: { ...base.validity, status: "invalid" as const } };
    const entries = [entry(1), entry(2), entry(3, { summary: invalid })];
    expect(renderIndex(entries, assets)).not.toContain('id="trends"');
  });

  it("says how to make a run when there is none", () => {
    expect(renderIndex([], assets)).toContain("plimsoll run steady");
  });

  it("shows names as text", () => {
    const html = renderIndex(
      [entry(1, { name: "<script>alert(1)</script>", id: "a b\"'" })],
      assets,
    );
    expect(html).not.toContain("<script>alert");
    expect(html).toContain(`href="a%20b%22'/report.html"`.replace("'", "&#x27;"));
  });
});

describe("a sparkline", () => {
  it("runs from the left to the right edge, lowest at the bottom, highest at the top", () => {
    expect(sparkline([1, 3, 2])).toBe("M0.0 13.00L500.0 1.00L1000.0 7.00");
  });

  it("is level when nothing changed", () => {
    expect(sparkline([5, 5])).toBe("M0.0 7.00L1000.0 7.00");
  });
});
