import { describe, expect, it } from "vitest";
import { parseFlags } from "../../../src/cli/flags/flags.ts";
import { marginsOf, COMPARE_FLAGS } from "../../../src/cli/flags/margins.ts";
import { exitCodeOf, policyOf, POLICY_FLAGS } from "../../../src/cli/flags/policy.ts";
import { compareRuns } from "../../../src/judge/compare/compare-runs.ts";
import { rulesFor } from "../../../src/judge/compare/gather.ts";
import { renderComparison } from "../../../src/report/compare/comparison-text.ts";
import { digest, digests, FINGERPRINT } from "../../support/runs/run-digests.ts";

const baseline = digests(5);
const policy = policyOf(parseFlags([], POLICY_FLAGS).flags);
const candidate = (scale: number, more = {}) => digests(3, scale, { session: "today", ...more });
const policyWith = (...argv: string[]) => policyOf(parseFlags(argv, POLICY_FLAGS).flags);

describe("a comparison of runs", () => {
  it("passes what did not change, with 0", () => {
    const compared = compareRuns({ baseline, candidate: candidate(1) });
    expect(compared.verdict).toEqual({ status: "pass", reasons: [] });
    expect(exitCodeOf(compared, policy)).toBe(0);
  });

  it("fails what got 15 % slower, with 1, and names the metrics", () => {
    const compared = compareRuns({ baseline, candidate: candidate(1.15), name: "main" });
    expect(compared.verdict.status).toBe("regression");
    expect(exitCodeOf(compared, policy)).toBe(1);
    const worse = compared.metrics.filter(
      ({ gating, outcome }) => gating && outcome === "regression",
    );
    expect(worse.map(({ rule }) => rule.id)).toEqual([
      "tpot p50",
      "output_tokens_per_second",
      "ttft_scheduled p50",
      "ttft_scheduled p95",
    ]);
    const text = renderComparison(compared, { color: false, width: 200 });
    expect(text.split("\n")[0]).toBe(
      "✘ REGRESSION  steady: 3 runs against the baseline main (5 runs)",
    );
    expect(text).toMatch(
      /tpot p50 +9\.99 ms \[.*\] +11\.5 ms \[.*\] +\+15\.1 % \[.*\] +5\.0 % +5 vs 3/,
    );
  });

  it("says improvement, and passes, where it got faster", () => {
    const compared = compareRuns({ baseline, candidate: candidate(0.85) });
    expect(compared.verdict.status).toBe("improvement");
    expect(exitCodeOf(compared, policy)).toBe(0);
  });

  it("says inconclusive with the number of runs, with 3, where noise hides the answer", () => {
    const noisy = [0.8, 1.3, 0.9, 1.2].map((scale, i) => digest(`n-${i}`, scale));
    const compared = compareRuns({ baseline: noisy, candidate: candidate(1.02) });
    expect(compared.verdict.status).toBe("inconclusive");
    expect(exitCodeOf(compared, policy)).toBe(3);
    expect(renderComparison(compared, { color: false })).toMatch(/more runs? .*would settle it/);
    expect(exitCodeOf(compared, policyWith("--allow", "inconclusive"))).toBe(0);
    expect(exitCodeOf(compared, policyWith("--fail-on", "regression,inconclusive"))).toBe(1);
  });

  it("compares nothing where the model or the threads differ: 4, and says in what", () => {
    for (const [field, value] of [
      ["model.name", "big.gguf"],
      ["server.flags", "--threads 2"],
    ] as const) {
      const fingerprint = { ...FINGERPRINT, [field]: value };
      const compared = compareRuns({ baseline, candidate: candidate(1.5, { fingerprint }) });
      expect(compared.metrics).toEqual([]);
      expect(compared.verdict.reasons.join()).toContain(`${field} differs`);
      expect(exitCodeOf(compared, policy)).toBe(4);
      const varied = compareRuns({
        baseline,
        candidate: candidate(1.5, { fingerprint }),
        vary: [field],
      });
      expect(exitCodeOf(varied, policy)).toBe(1);
      const group = compareRuns({
        baseline,
        candidate: candidate(1, { fingerprint }),
        vary: ["server", "model"],
      });
      expect(exitCodeOf(group, policy)).toBe(0);
    }
  });

  it("lowers its confidence for soft differences, and still judges", () => {
    const fingerprint = { ...FINGERPRINT, "gpu.driver": "551.2" };
    const old = digests(5, 1, { fingerprint: { ...FINGERPRINT, "gpu.driver": "550.1" } });
    const compared = compareRuns({ baseline: old, candidate: candidate(1, { fingerprint }) });
    expect(compared.verdict.status).toBe("pass");
    expect(compared.caveats.join()).toMatch(/low confidence: gpu\.driver differs/);
  });

  it("calls an invalid candidate invalid, 5, before anything else", () => {
    const more = {
      validity: "invalid",
      status: "invalid",
      trouble: "the client was busy",
    } as const;
    const compared = compareRuns({
      baseline,
      candidate: candidate(1.5, { ...more, fingerprint: {} }),
    });
    expect(compared.verdict.status).toBe("invalid");
    expect(compared.verdict.reasons[0]).toMatch(/the client was busy/);
    expect(exitCodeOf(compared, policy)).toBe(5);
  });

  it("calls a server that died a failed target, 6; not slow", () => {
    const dead = digest("dead", 1, { status: "target_failed", trouble: "it died" });
    const compared = compareRuns({ baseline, candidate: [...candidate(1), dead] });
    expect(exitCodeOf(compared, policy)).toBe(6);
  });

  it("leaves single invalid runs out, and says so", () => {
    const bad = digest("bad-9", 3, { validity: "invalid", status: "invalid" });
    const compared = compareRuns({ baseline, candidate: [...candidate(1), bad] });
    expect(compared.verdict.status).toBe("pass");
    expect(compared.caveats.join()).toMatch(/left out: bad-9/);
    expect(compared.candidate.runs.at(-1)).toMatchObject({ leftOut: "the measurement is invalid" });
  });

  it("judges the scenario's limits apart, from the interval", () => {
    const limits = [
      { figure: "ttft_scheduled p95", source: "p(95)<150", limit: 150, good: "below" },
      { figure: "tpot p50", source: "p(50)<50", limit: 50, good: "below" },
    ] as const;
    const compared = compareRuns({ baseline, candidate: candidate(1, { limits }) });
    expect(compared.sla.map(({ status }) => status)).toEqual(["violated", "met"]);
    expect(compared.verdict.status).toBe("pass");
    expect(exitCodeOf(compared, policy)).toBe(1);
    expect(exitCodeOf(compared, policyWith("--fail-on", "regression"))).toBe(0);
  });

  it("shows drift against the anchor that the renewed baseline hides", () => {
    const anchor = digests(5, 1, { session: "spring" });
    const compared = compareRuns({
      baseline: digests(5, 1.15),
      candidate: candidate(1.16),
      anchor,
    });
    expect(compared.verdict.status).toBe("pass");
    expect(renderComparison(compared, { color: false, width: 200 })).toMatch(
      /pinned anchor: .*tpot p50 rose/,
    );
    expect(exitCodeOf(compared, policyWith("--fail-on", "drift"))).toBe(1);
  });

  it("judges pairs by their differences, whatever the level does meanwhile", () => {
    const drifting = [1, 1.2, 0.9, 1.4, 1.1];
    const pairs = drifting.map((level, i) => ({
      baseline: digest(`a-${i}`, level),
      candidate: digest(`b-${i}`, level * (1.1 + 0.002 * i)),
    }));
    const sides = {
      baseline: pairs.map((one) => one.baseline),
      candidate: pairs.map((one) => one.candidate),
    };
    expect(compareRuns({ ...sides, pairs }).verdict.status).toBe("regression");
    expect(compareRuns(sides).verdict.status).toBe("inconclusive");
  });
});

describe("rules", () => {
  it("gate on what users wait from the schedule in an open loop, from sending in a closed one", () => {
    const gating = (loop: "open" | "closed") =>
      rulesFor([digest("x", 1, { loop })])
        .filter((rule) => rule.gating)
        .map(({ id }) => id);
    expect(gating("open")).toEqual(
      expect.arrayContaining(["ttft_scheduled p50", "ttft_scheduled p95"]),
    );
    expect(gating("open")).not.toContain("ttft p50");
    expect(gating("closed")).toEqual(expect.arrayContaining(["ttft p50", "ttft p95"]));
    expect(gating("open").length).toBeLessThanOrEqual(6);
    expect(gating("closed").length).toBeLessThanOrEqual(6);
  });

  it("take margins of a figure or of a whole metric, and refuse what is not judged", () => {
    const margins = (...argv: string[]) => marginsOf(parseFlags(argv, COMPARE_FLAGS).flags);
    const given = margins("--margin", "ttft.p95=8%", "--margin", "itl=0.2");
    const rules = new Map(rulesFor([digest("x")], given).map((rule) => [rule.id, rule.margin]));
    expect([rules.get("ttft p95"), rules.get("ttft p50")]).toEqual([0.08, 0.05]);
    expect([rules.get("itl p50"), rules.get("itl p99")]).toEqual([0.2, 0.2]);
    expect(() => rulesFor([], margins("--margin", "ttfb=5%"))).toThrow(
      /nothing is judged by the name "ttfb"/,
    );
    expect(() => margins("--margin", "ttft=-3%")).toThrow(/not a size/);
    expect(() => compareRuns({ baseline, candidate: baseline, vary: ["sever"] })).toThrow(
      /no field "sever"/,
    );
  });
});
