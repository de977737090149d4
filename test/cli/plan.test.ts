import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PlanEstimate } from "../../src/judge/capacity/plan-estimate.ts";
import { runHere } from "../support/memory-world.ts";
import { scratchFolder } from "../support/scratch.ts";

const level = {
  ...{
    load: 10,
    run: "a-run",
    held: true,
    broken: [],
    saturated: false,
    valid: true,
    warmup: 2000,
  },
  ...{ requests: 300, good: 300, effect: 1, throughput: 10, tokensPerSecond: 320 },
};

/** A folder with one result of a search in reports/. */
function kept(outcome: object, watts?: number): string {
  const cwd = scratchFolder("plan");
  const directory = join(cwd, "reports", "the-search");
  mkdirSync(join(directory, "levels", "a-run"), { recursive: true });
  const document = {
    ...{ schema: "plimsoll.capacity/1", id: "the-search", by: "rate", scenario: "steady" },
    ...{ slo: [], limits: {}, levels: [level], outcome },
  };
  writeFileSync(join(directory, "capacity.json"), JSON.stringify(document));
  if (watts !== undefined) {
    const usage = { energy: { watts, scope: "gpu", devices: 1 } };
    writeFileSync(join(directory, "levels", "a-run", "summary.json"), JSON.stringify({ usage }));
  }
  return cwd;
}

const estimate = { capacity: 12, low: 10, high: 14 };
const found = { end: "found", message: "", estimate, knee: 8 };

async function planned(cwd: string, ...flags: string[]): Promise<PlanEstimate> {
  const ran = await runHere(["plan", "the-search", "--json", ...flags], { cwd });
  expect(ran.stderr).toBe("");
  expect(ran.code).toBe(0);
  return JSON.parse(ran.stdout) as PlanEstimate;
}

describe("plimsoll plan", () => {
  it("needs 18,750/s for the example from the field, and says how it comes to it", async () => {
    const line = "plan --capacity 900 --peak 10000 --growth 50% --margin 25%";
    const { code, stdout } = await runHere(line.split(" "));
    expect(code).toBe(0);
    expect(stdout).toContain("22 replicas (21 + 1 spare)");
    expect(stdout).toContain("18,750/s = 10,000/s × 1.5 × 1.25");
    expect(stdout).toContain("told, not measured");
    expect(stdout).not.toContain("$");
    expect(stdout).not.toContain("kWh");
  });

  it("takes capacity, knee, tokens of a request and power from a search, with its interval", async () => {
    const given = await planned(kept(found, 400), "--peak", "40", "--gpu-hour-price", "2");
    expect(given.schema).toBe("plimsoll.plan-estimate/1");
    expect(given.replicas).toEqual({ value: 6, low: 5, high: 6 });
    expect(given.scaling).toMatchObject({ by: "knee", load: { value: 8 } });
    expect(given.basis).toMatchObject({ outputTokens: 32, power: { watts: 400 } });
    expect(given.spending.energy?.perMonth.value).toBeCloseTo(6 * 0.4 * 730, 6);
    expect(given.spending.gpus?.perMonth).toEqual({ value: 8760, low: 7300, high: 8760 });
    expect(given.spending.gpus?.perMillionOutputTokens?.value).toBeCloseTo(12 / 4.608, 9);
    expect(given.assumptions.join(" ")).toContain("the-search");
  });

  it("finds the search by its folder and its file too", async () => {
    const cwd = kept(found);
    for (const wanted of ["reports/the-search", "reports/the-search/capacity.json"]) {
      const { code } = await runHere(["plan", wanted, "--peak", "40"], { cwd });
      expect(code).toBe(0);
    }
  });

  it("says nothing of energy where power was neither measured nor told", async () => {
    const given = await planned(kept(found), "--peak", "40", "--energy-price", "0.2");
    expect(given.spending).toEqual({});
  });

  it("warns when the limit is a policy's, and when the search did not end", async () => {
    const outcome = { ...found, end: "budget", policy: { admittedPerSecond: 9 } };
    const { warnings } = await planned(kept(outcome), "--peak", "40");
    expect(warnings.join(" ")).toContain("a policy's limit");
    expect(warnings.join(" ")).toContain("did not come to its end");
  });

  it("warns when the fleet would be too small at the low end of the capacity", async () => {
    const wide = { ...found, estimate: { capacity: 12, low: 6, high: 20 } };
    const { warnings, replicas } = await planned(kept(wide), "--peak", "40");
    expect(warnings.join(" ")).toContain(`${replicas.high ?? 0} replicas would be needed`);
  });

  it("treats a load that held to the end as the least a replica carries", async () => {
    const given = await planned(kept({ end: "above", message: "" }), "--peak", "40");
    expect(given.basis.capacity).toEqual({ value: 10 });
    expect(given.warnings.join(" ")).toContain("at least this");
  });

  it.each([
    [["the-search"], "--peak is missing"],
    [["--peak", "4"], "one of them"],
    [["the-search", "--capacity", "3", "--peak", "4"], "one of them"],
    [["nowhere", "--peak", "4"], "no result of a capacity search"],
    [["--capacity", "0", "--peak", "4"], "more than 0"],
    [["--capacity", "3", "--peak", "4", "--growth", "50"], "not a share"],
    [["--capacity", "3", "--peak", "4", "--mean-load", "0"], "share of the peak"],
  ])("refuses %j", async (argv, words) => {
    const { code, stderr } = await runHere(["plan", ...argv], { cwd: kept(found) });
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });

  it("refuses a search that found nothing", async () => {
    const cwd = kept({ end: "below", message: "The limits are missed at the lowest load." });
    const { code, stderr } = await runHere(["plan", "the-search", "--peak", "4"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("found no capacity: The limits are missed");
  });
});
