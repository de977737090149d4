import { describe, expect, it } from "vitest";
import { renderMarkdown } from "../../../src/report/export/markdown.ts";
import { emptySummary, failedSummary, summaryFixture } from "../../support/runs/summary-fixture.ts";

describe("the Markdown summary", () => {
  it("fits a pull-request comment", async () => {
    const text = renderMarkdown(failedSummary());
    await expect(text).toMatchFileSnapshot("../../fixtures/report/failed.md");
    await expect(renderMarkdown(summaryFixture())).toMatchFileSnapshot(
      "../../fixtures/report/passed.md",
    );
  });

  it("says so when nothing was measured", () => {
    const text = renderMarkdown(emptySummary());
    expect(text).toContain("Target failed");
    expect(text).toContain("no data");
    expect(text).not.toMatch(/NaN|undefined/);
  });

  it("shows what servers said as text: no markup, no mentions, no table cells", () => {
    const base = failedSummary();
    const [first] = base.failures.kinds;
    const message = "` | @team <img src=x> [a](b)\n# title";
    const text = renderMarkdown({
      ...base,
      verdict: { ...base.verdict, reasons: [message] },
      failures: { ...base.failures, kinds: [{ ...first!, messages: [{ message, count: 1 }] }] },
    });
    expect(text).toContain("`' \\| @team <img src=x> [a](b) # title`");
    const outside = text.replaceAll(/`[^`\n]*`/g, "").replaceAll("\\`", "");
    expect(outside).not.toMatch(/@team|(?<!\\)<img|\n# /);
  });
});
