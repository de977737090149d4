import { describe, expect, it } from "vitest";
import { validateXML } from "xmllint-wasm";
import { renderHtml } from "../../../src/report/run/html.ts";
import { renderJunit } from "../../../src/report/export/junit.ts";
import { renderK6Summary } from "../../../src/report/export/k6-summary.ts";
import { renderMarkdown } from "../../../src/report/export/markdown.ts";
import { renderOtlp } from "../../../src/report/export/otlp.ts";
import { renderPrometheus } from "../../../src/report/export/prometheus.ts";
import { renderTerminal } from "../../../src/report/run/terminal.ts";
import { oddRuns } from "../../support/runs/odd-runs.ts";
import { reportAssets } from "../../support/pages/report-assets.ts";
import { judged } from "../../support/runs/run-lines.ts";
import { junitSchema } from "../../support/pages/junit-schema.ts";

const NONSENSE = /NaN|undefined|Infinity|\[object/;

/** The text of a page, without what belongs to the program that is inlined in it. */
function visible(page: string): string {
  return page.replaceAll(/<(script|style)\b(?![^>]*application\/json).*?<\/\1>/gs, "");
}

describe.each(Object.entries(oddRuns))("the report of a run that is %s", (name, lines) => {
  it("makes sense on the terminal and in Markdown", async () => {
    const { summary } = await judged(lines);
    const terminal = renderTerminal(summary, { color: false, report: "report.html" });
    const markdown = renderMarkdown(summary);
    expect(terminal + markdown).not.toMatch(NONSENSE);
    await expect(`${terminal}\n---\n\n${markdown}`).toMatchFileSnapshot(
      `../../fixtures/report/odd/${name}.txt`,
    );
  });

  it("is a whole page, and says no number that was not measured", async () => {
    const { summary, series } = await judged(lines);
    const page = visible(renderHtml({ summary, series }, reportAssets()));
    expect(page).not.toMatch(NONSENSE);
    expect(page).toMatch(/<h1>.+<\/h1>/);
    expect(page).toContain('id="trust"');
    if (summary.metrics.ttft === undefined) expect(page).not.toContain('id="chart-band-ttft"');
  });

  it("is a failure or an error in JUnit unless it passed, and holds no nonsense elsewhere", async () => {
    const { summary, series } = await judged(lines);
    const junit = renderJunit(summary);
    if (summary.verdict.status === "passed") expect(junit).not.toMatch(/<(failure|error) /);
    else expect(junit).toMatch(/<(failure|error) /);
    const texts = [
      renderPrometheus(summary),
      renderK6Summary(summary),
      renderOtlp({ summary, series }),
    ];
    for (const text of texts) expect(text).not.toMatch(NONSENSE);
  });
});

describe("the reports of odd runs", () => {
  it("are valid JUnit", async () => {
    const summaries = await Promise.all(Object.values(oddRuns).map((lines) => judged(lines)));
    const { errors } = await validateXML({
      xml: summaries.map(({ summary }, i) => ({
        fileName: `${i}.xml`,
        contents: renderJunit(summary),
      })),
      schema: [{ fileName: "junit.xsd", contents: junitSchema() }],
    });
    expect(errors.map(({ message }) => message)).toEqual([]);
  });
});
