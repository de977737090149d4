import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { validateXML } from "xmllint-wasm";
import fc from "fast-check";
import { renderJunit } from "../../src/report/junit.ts";
import type { Summary } from "../../src/judge/summary.ts";
import { emptySummary, failedSummary, summaryFixture } from "../support/summary-fixture.ts";

/** The schema of Apache Ant's JUnit reports, as a package on npm carries it. */
const schema = readFileSync(
  createRequire(import.meta.url).resolve("jest-junit-reporter/src/__tests__/fixtures/junit.xsd"),
  "utf8",
);

async function schemaErrors(xml: string): Promise<readonly string[]> {
  const { errors } = await validateXML({
    xml: [{ fileName: "junit.xml", contents: xml }],
    schema: [{ fileName: "junit.xsd", contents: schema }],
  });
  return errors.map(({ message }) => message);
}

describe("junit.xml", () => {
  it("looks like this for a run that passed and one that failed", async () => {
    await expect(renderJunit(summaryFixture())).toMatchFileSnapshot(
      "../fixtures/report/passed.junit.xml",
    );
    await expect(renderJunit(failedSummary())).toMatchFileSnapshot(
      "../fixtures/report/failed.junit.xml",
    );
  });

  it("is valid against the JUnit schema, also for an empty run", async () => {
    for (const summary of [summaryFixture(), failedSummary(), emptySummary()])
      expect(await schemaErrors(renderJunit(summary))).toEqual([]);
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

  it("stays valid whatever servers and files say", async () => {
    const base = failedSummary();
    const texts = fc.sample(fc.string({ unit: "binary", minLength: 1 }), 20);
    for (const text of ["]]><script>&\u0000\ud800\u000b\n", ...texts]) {
      const [first] = base.thresholds;
      const xml = renderJunit({
        ...base,
        verdict: { ...base.verdict, status: "target_failed", reasons: [text] },
        thresholds: [{ ...first!, key: `ttft{scenario:${text}}`, ok: false }],
      });
      expect(await schemaErrors(xml)).toEqual([]);
    }
  });
});
