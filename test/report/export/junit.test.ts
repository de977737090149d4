import { describe, expect, it } from "vitest";
import { validateXML } from "xmllint-wasm";
import fc from "fast-check";
import { compareRuns } from "../../../src/judge/compare/compare-runs.ts";
import type { ComparisonDocument } from "../../../src/judge/compare/comparison.ts";
import type { Summary } from "../../../src/judge/summary.ts";
import { renderJunit } from "../../../src/report/export/junit.ts";
import { reporters } from "../../../src/report/reporters.ts";
import { junitSchema } from "../../support/pages/junit-schema.ts";
import { digests } from "../../support/runs/run-digests.ts";
import { emptySeries } from "../../support/runs/series-fixture.ts";
import { emptySummary, failedSummary, summaryFixture } from "../../support/runs/summary-fixture.ts";

/** Of all of them in one go: starting the validator costs a second. */
async function schemaErrors(...documents: readonly string[]): Promise<readonly string[]> {
  const { errors } = await validateXML({
    xml: documents.map((contents, i) => ({ fileName: `${i}.xml`, contents })),
    schema: [{ fileName: "junit.xsd", contents: junitSchema() }],
  });
  return errors.map(({ message }) => message);
}

describe("junit.xml", () => {
  it("looks like this for a run that passed and one that failed", async () => {
    await expect(renderJunit(summaryFixture())).toMatchFileSnapshot(
      "../../fixtures/report/passed.junit.xml",
    );
    await expect(renderJunit(failedSummary())).toMatchFileSnapshot(
      "../../fixtures/report/failed.junit.xml",
    );
  });

  it("is valid against the JUnit schema, also for an empty run", async () => {
    const documents = [summaryFixture(), failedSummary(), emptySummary()].map((summary) =>
      renderJunit(summary),
    );
    expect(await schemaErrors(...documents)).toEqual([]);
  });

  it("is refused by the schema when a case has no class name: the check can fail", async () => {
    const broken = renderJunit(summaryFixture()).replace(/ classname="[^"]*"/, "");
    expect(await schemaErrors(broken)).not.toEqual([]);
  });

  it("has a case for each threshold, a failure for each one that was missed", () => {
    const summary = failedSummary();
    const xml = renderJunit(summary);
    expect(xml.match(/<testcase /g)).toHaveLength(2 + summary.thresholds.length);
    const missed = summary.thresholds.filter(({ ok, value }) => !ok && value !== undefined);
    expect(missed.length).toBeGreaterThan(0);
    expect(xml.match(/<failure /g)).toHaveLength(missed.length);
    expect(xml).toContain(`failures="${missed.length}"`);
  });

  it("calls an invalid measurement an error, not a failure", () => {
    const base = summaryFixture();
    const gates = base.validity.gates.map((one, i) =>
      i === 1 ? { ...one, status: "invalid" as const, value: 0.93 } : one,
    );
    const verdict = { ...base.verdict, status: "invalid", exitCode: 5 } as Summary["verdict"];
    const xml = renderJunit({ ...base, verdict, validity: { status: "invalid", gates } });
    expect(xml).toContain('<error type="invalid"');
    expect(xml).not.toContain("<failure");
  });

  it("has a case for the comparison and each gating metric; worse is a failure, don't know an error", async () => {
    const compared = (scale: number, runs: number): ComparisonDocument =>
      compareRuns({
        name: "main",
        baseline: digests(runs, 1, { session: "before" }),
        candidate: digests(runs, scale, { session: "after" }),
      });
    const render = (comparison: ComparisonDocument): string =>
      reporters.junit.render({ summary: summaryFixture(), comparison, series: emptySeries() });
    const same = render(compared(1, 5));
    const worse = render(compared(1.3, 5));
    const unknown = render(compared(1, 1));
    expect(same).not.toMatch(/<(failure|error) /);
    expect(same).toContain("steady: 5 runs against the baseline main (5 runs)");
    expect(worse).toContain('<failure type="regression"');
    expect(worse.match(/<testcase [^>]*classname="[^"]*\.comparison"/g)?.length).toBeGreaterThan(3);
    expect(unknown).toContain('<error type="inconclusive"');
    expect(unknown).not.toContain("<failure");
    expect(await schemaErrors(same, worse, unknown)).toEqual([]);
    await expect(worse).toMatchFileSnapshot("../../fixtures/report/regression.junit.xml");
  });

  it("stays valid whatever servers and files say", async () => {
    const base = failedSummary();
    const texts = fc.sample(fc.string({ unit: "binary", minLength: 1 }), 20);
    const documents = ["]]><script>&\u0000\ud800\u000b\n", ...texts].map((text) => {
      const [first] = base.thresholds;
      return renderJunit({
        ...base,
        verdict: { ...base.verdict, status: "target_failed", reasons: [text] },
        thresholds: [{ ...first!, key: `ttft{scenario:${text}}`, ok: false }],
      });
    });
    expect(await schemaErrors(...documents)).toEqual([]);
  });
});
