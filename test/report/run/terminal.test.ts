import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textWidth } from "../../../src/report/text/plain-text.ts";
import { renderTerminal } from "../../../src/report/run/terminal.ts";
import { emptySummary, failedSummary, summaryFixture } from "../../support/runs/summary-fixture.ts";

const report = "reports/20260301-120000-steady-7f3a/report.html";

// eslint-disable-next-line no-control-regex
const SGR = /\u001b\[\d+m/g;

describe("the terminal summary", () => {
  it("reads well when the run passed", async () => {
    const text = renderTerminal(summaryFixture(), { color: false, report });
    await expect(text).toMatchFileSnapshot("../../fixtures/report/terminal-passed.txt");
  });

  it("reads well when the run failed", async () => {
    const text = renderTerminal(failedSummary(), { color: false, report });
    await expect(text).toMatchFileSnapshot("../../fixtures/report/terminal-failed.txt");
  });

  it("reads well when nothing was measured", async () => {
    const text = renderTerminal(emptySummary(), { color: false });
    await expect(text).toMatchFileSnapshot("../../fixtures/report/terminal-empty.txt");
  });

  it("shows the last words of a server that did not start, each on its line", () => {
    const base = emptySummary();
    const words = Array.from({ length: 30 }, (_, i) => `log line ${i} ${"x".repeat(100)}`);
    const reason = ["the target did not start. Its last words:", ...words].join("\n");
    const text = renderTerminal(
      { ...base, verdict: { ...base.verdict, reasons: [reason] } },
      { color: false },
    );
    expect(text).toContain("\n  The target did not start. Its last words:\n");
    expect(text).toContain("\n  │ log line 29 ");
    expect(text).not.toContain("log line 3 ");
    for (const line of text.split("\n")) expect(textWidth(line)).toBeLessThanOrEqual(80);
  });

  it("says the same with colour and without", () => {
    for (const summary of [summaryFixture(), failedSummary(), emptySummary()]) {
      const coloured = renderTerminal(summary, { color: true, report });
      expect(coloured).toMatch(SGR);
      expect(coloured.replaceAll(SGR, "")).toBe(renderTerminal(summary, { color: false, report }));
    }
  });

  it("fits in 80 columns", () => {
    for (const summary of [summaryFixture(), failedSummary(), emptySummary()]) {
      for (const line of renderTerminal(summary, { color: false, report }).split("\n")) {
        expect(textWidth(line)).toBeLessThanOrEqual(80);
      }
    }
  });

  it("never lets a server's words steer the terminal", () => {
    const text = fc.string({ unit: "binary" }).map((s) => `\u001b[2J\u009b31m\r\n${s}`);
    fc.assert(
      fc.property(text, (message) => {
        const base = failedSummary();
        const [first] = base.failures.kinds;
        const out = renderTerminal(
          {
            ...base,
            run: { ...base.run, name: message, id: message },
            target: { ...base.target!, model: message },
            verdict: { ...base.verdict, reasons: [message] },
            failures: {
              ...base.failures,
              kinds: [{ ...first!, messages: [{ message, count: 1 }] }],
            },
            warnings: [{ code: "c", message, advice: message }],
          },
          { color: false, report: message },
        );
        // eslint-disable-next-line no-control-regex
        expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      }),
      { numRuns: 25 },
    );
  });
});
