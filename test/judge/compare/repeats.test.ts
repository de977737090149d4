import { describe, expect, it } from "vitest";
import { compareRuns } from "../../../src/judge/compare/compare-runs.ts";
import { itemPairs } from "../../../src/judge/compare/display/item-pairs.ts";
import { repeatsOf, thresholdIntervals } from "../../../src/judge/compare/repeats.ts";
import type { RunDigest } from "../../../src/judge/digest/digest.ts";
import type { Item } from "../../../src/judge/digest/items.ts";
import { packItems, packWindows } from "../../../src/judge/digest/pack.ts";
import { digest, digests } from "../../support/runs/run-digests.ts";

/** A run whose request k took `e2e(k)` ms. */
function withItems(run: string, e2e: (k: number) => number, count: number): RunDigest {
  const items = Array.from({ length: count }, (_, k): Item => {
    return { scenario: 0, iteration: k, request: 0, values: [undefined, undefined, e2e(k)] };
  });
  const data = { windows: packWindows({ width: 0, windows: [] }), items: packItems(items) };
  return digest(run, 1, { data });
}

describe("repeats", () => {
  it("are shown run by run, with the level of those that count and its interval", () => {
    const bad = digest("bad", 3, { validity: "invalid" });
    const { runs, metrics } = repeatsOf([...digests(5), bad]);
    expect(runs).toHaveLength(6);
    expect(runs.at(-1)?.leftOut).toBeDefined();
    const p95 = metrics.find(({ id }) => id === "ttft_scheduled p95");
    expect(p95?.runs).toHaveLength(6);
    const { low = NaN, value = NaN, high = NaN } = p95?.level ?? {};
    expect(value).toBeCloseTo(199.6, 0);
    expect(low).toBeLessThan(value);
    expect(high).toBeLessThan(210);
  });

  it("never claim that a failure which was not seen cannot happen", () => {
    const failed = repeatsOf(digests(3)).metrics.find(({ id }) => id === "request_failed");
    expect(failed?.level?.value).toBe(0);
    expect(failed?.level?.high).toBeGreaterThan(0);
  });

  it("say how sure one run is of what its thresholds are on, and nothing where it cannot be", () => {
    const limits: RunDigest["limits"] = [
      { figure: "request_failed", source: "rate<0.01", limit: 0.01, good: "below" },
      { figure: "ttft_scheduled p95", source: "p(95)<2000", limit: 2000, good: "below" },
      { figure: "no such figure", source: "p(95)<1", limit: 1, good: "below" },
    ];
    const [rate, ...rest] = thresholdIntervals(digest("one", 1, { limits }));
    expect(rate).toMatchObject({ metric: "request_failed", source: "rate<0.01", low: 0 });
    expect(rate?.high).toBeCloseTo(0.000998, 4);
    // The digest's quantile has no standard error.
    expect(rest).toEqual([]);
  });
});

describe("requests side by side", () => {
  it("are those that both sides have, with the mean over the runs of a side", () => {
    const baseline = [withItems("a", () => 100, 30), withItems("b", () => 400, 30)];
    const candidate = [withItems("c", (k) => (k === 7 ? 2000 : 210), 25)];
    const [found, ...others] = itemPairs({ baseline, candidate });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ metric: "e2e", count: 25, slower: 1 });
    expect(found?.ratio).toBeCloseTo(1.05, 2);
    const moved = found?.pairs.find(({ iteration }) => iteration === 7);
    expect(moved?.baseline).toBeCloseTo(200, -1);
    expect(moved?.candidate).toBeCloseTo(2000, -2);
  });

  it("keep the ones that moved most when there are many", () => {
    const baseline = [withItems("a", () => 100, 3000)];
    const candidate = [withItems("c", (k) => (k === 1501 ? 900 : 101), 3000)];
    const [found] = itemPairs({ baseline, candidate });
    expect(found?.count).toBe(3000);
    expect(found?.pairs.length).toBeLessThanOrEqual(400);
    expect(found?.pairs.map(({ iteration }) => iteration)).toContain(1501);
  });

  it("are none where the plans differ, or where there are too few", () => {
    const baseline = [withItems("a", () => 100, 30)];
    const other = { ...withItems("c", () => 100, 30), planHash: "another" };
    expect(itemPairs({ baseline, candidate: [other] })).toEqual([]);
    expect(itemPairs({ baseline, candidate: [withItems("c", () => 1, 5)] })).toEqual([]);
  });

  it("are in the comparison, as is what every run measured", () => {
    const compared = compareRuns({ baseline: digests(3), candidate: digests(2, 1.1) });
    const p95 = compared.runs?.find(({ id }) => id === "ttft_scheduled p95");
    expect(p95?.baseline).toHaveLength(3);
    expect(p95?.candidate.map(({ value }) => value > 210)).toEqual([true, true]);
    expect(compared.items).toEqual([]);
  });
});
