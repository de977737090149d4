import { expect, it } from "vitest";
import { asking, startRun } from "../support/scripted-run.ts";

it("--peak auto finds a rate that the embedded server carries, and makes it the plan's peak", async () => {
  const main =
    '{ executor: "constant-arrival-rate", rate, timeUnit: "1m", duration: "3s", preAllocatedVUs: 100 }';
  const options = `export const options = ({ peak = 1 }) => { const rate = Math.round(60 * peak); return { scenarios: { main: ${main} } }; };\n`;
  const run = startRun(options + asking({ tokens: 8 }), ["--peak", "auto", "--workers", "auto"]);
  const { stderr, summary } = await run.ended;
  const found = /--peak auto found .*; 50 % of it is the peak: ([\d.]+)\/s/.exec(stderr)?.[1];
  expect(Number(found)).toBeGreaterThan(0);
  expect(summary.plan.parameters).toEqual({ peak: found });
  expect(summary.warnings.map(({ code }) => code)).toContain("peak_found");
  expect(summary.run.complete).toBe(true);
  expect(summary.census.measuredRequests.failed).toBe(0);
  expect(summary.rates.target).toBeCloseTo(Number(found), 0);
});
