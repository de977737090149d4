import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../../src/core/random.ts";
import { compareMetrics } from "../../../src/judge/compare/compare-metrics.ts";
import { defaultRules } from "../../../src/judge/compare/rules.ts";
import type {
  MetricEvidence,
  MetricRule,
  MetricVerdict,
  RunEstimate,
} from "../../../src/judge/compare/types.ts";

const rule: MetricRule = {
  id: "ttft p50",
  metric: "ttft",
  unit: "ms",
  better: "lower",
  scale: "log",
  margin: 0.05,
  gating: true,
};

function runs(values: readonly number[], session?: string): RunEstimate[] {
  return values.map((value, i) => ({
    run: `${session ?? "run"}-${i}`,
    value,
    ...(session === undefined ? {} : { session }),
  }));
}

function judge(evidence: Partial<MetricEvidence>): MetricVerdict {
  return compareMetrics([{ rule, baseline: [], candidate: [], ...evidence }]).metrics[0]!;
}

/** Nights of one run each, with 2 % noise, the same in every test. */
function sessions(count: number, perNight = 1): RunEstimate[] {
  const random = randomStream("nights", perNight);
  return Array.from({ length: count }, (_, i) =>
    runs(
      Array.from({ length: perNight }, () => 100 * Math.exp(0.02 * random.normal())),
      `night-${i}`,
    ),
  ).flat();
}

const baseline = runs([100, 102, 98, 101, 99], "monday");

describe("a few runs against a few", () => {
  it("a clear slowdown is a regression, with the Welch interval of the change", () => {
    const verdict = judge({ baseline, candidate: runs([108, 111, 107, 110, 109], "monday") });
    expect(verdict).toMatchObject({ outcome: "regression", method: "welch", caveats: [] });
    expect(verdict.change!.value).toBeCloseTo(0.09002, 5);
    expect(verdict.change!.low).toBeCloseTo(0.07072, 5);
    expect(verdict.change!.high).toBeCloseTo(0.10966, 5);
    expect(verdict.p).toBeCloseTo(9.864e-6, 9);
    expect(verdict.margin).toBeCloseTo(0.05, 12);
    expect(verdict.reason).toBe(
      "ttft p50 rose by 9 % (+7.07 % to +11 %): worse by more than the margin of 5 %",
    );
  });

  it("no change that is known well is a pass; the mirror image of a slowdown is an improvement", () => {
    const same = runs([99.5, 101, 100, 98.5, 101.5], "monday");
    expect(judge({ baseline, candidate: same }).outcome).toBe("pass");
    const faster = judge({ baseline, candidate: runs([90, 91, 92, 89, 90], "monday") });
    expect(faster).toMatchObject({ outcome: "improvement" });
    expect(faster.change!.high).toBeLessThan(0);
  });

  it("a real change within the margin passes", () => {
    const verdict = judge({ baseline, candidate: runs([102.9, 103, 103.1, 103, 103], "monday") });
    expect(verdict.p).toBeLessThan(0.05);
    expect(verdict.outcome).toBe("pass");
  });

  it("throughput is worse when it falls", () => {
    const higher: MetricRule = { ...rule, better: "higher" };
    const slower = judge({
      rule: higher,
      baseline,
      candidate: runs([88, 89, 90, 89, 88], "monday"),
    });
    expect(slower.outcome).toBe("regression");
    expect(slower.change!.value).toBeLessThan(-0.1);
    expect(slower.change!.low!).toBeLessThan(slower.change!.high!);
    const faster = judge({
      rule: higher,
      baseline,
      candidate: runs([109, 110, 111, 110], "monday"),
    });
    expect(faster.outcome).toBe("improvement");
  });

  it("noise is inconclusive, with the number of runs that would settle it", () => {
    const verdict = judge({
      baseline: runs([100, 120, 85, 105, 93], "monday"),
      candidate: runs([104, 90, 118, 99, 101], "monday"),
    });
    expect(verdict.outcome).toBe("inconclusive");
    expect(verdict.needed).toMatchObject({ kind: "each" });
    expect(verdict.reason).toMatch(/about \d+ more runs on each side would settle it$/);
    expect(verdict.mde80).toBeGreaterThan(0.1);
  });

  it("one against one says nothing, unless the noise is known", () => {
    const [old, fresh] = [runs([100]), runs([120])];
    expect(judge({ baseline: old, candidate: fresh })).toMatchObject({
      outcome: "inconclusive",
      method: "descriptive",
    });
    const { change } = judge({ baseline: old, candidate: fresh });
    expect(change!.value).toBeCloseTo(0.2, 12);
    expect(Object.keys(change!)).toEqual(["value"]);
    const known = judge({
      baseline: old,
      candidate: fresh,
      prior: { run: { sd: 0.01, df: 20 }, session: { sd: 0.02, df: 10 } },
    });
    expect(known).toMatchObject({ outcome: "regression", method: "moderated", caveats: [] });
  });

  it("different sittings of unknown noise are a caveat, and 2 % of it is allowed for in a claim", () => {
    const claim = (level: number) =>
      judge({
        baseline,
        candidate: runs(
          [-0.5, 0, 0.5, 0, 0].map((x) => x + level),
          "tuesday",
        ),
      });
    expect(claim(106)).toMatchObject({
      outcome: "inconclusive",
      caveats: [expect.stringContaining("different sittings")],
    });
    expect(claim(106).needed).toMatchObject({ kind: "pairs" });
    expect(claim(106).mde80).toBeGreaterThan(0.05);
    expect(claim(115)).toMatchObject({ outcome: "regression" });
    expect(claim(100)).toMatchObject({ outcome: "pass" });
  });

  it("a calibrated noise of sittings is in the interval, and is no caveat", () => {
    const candidate = runs([111.5, 112, 112.5, 112, 112], "tuesday");
    const prior = { run: { sd: 0.015, df: 20 }, session: { sd: 0.05, df: 10 } };
    const verdict = judge({ baseline, candidate, prior });
    expect(verdict).toMatchObject({ outcome: "inconclusive", caveats: [] });
    expect(verdict.change!.low).toBeLessThan(0);
  });

  it("several sittings on both sides: their means are compared, not their runs", () => {
    const sides = [1, 1.06].map((factor) =>
      ["a", "b", "c", "d"].flatMap((name, i) =>
        runs(
          [100, 100.1, 99.9].map((x) => x * factor * [1, 1.07, 0.93, 1.01][i]!),
          `${name}${factor}`,
        ),
      ),
    );
    const verdict = judge({ baseline: sides[0]!, candidate: sides[1]! });
    expect(verdict).toMatchObject({ method: "moderated", outcome: "inconclusive" });
    expect(verdict.baseline).toMatchObject({ runs: 12, sessions: 4 });
    expect(verdict.needed).toMatchObject({ kind: "pairs" });
  });
});

describe("sittings that are few", () => {
  const slower = runs([115, 114, 116], "tonight");
  const outcome = (sittings: number) =>
    judge({ baseline: sessions(sittings, 5), candidate: slower }).outcome;

  it("find 15 % whether they are one, two, three or nine: more of them never cost power", () => {
    expect([1, 2, 3, 5, 9].map(outcome)).toEqual(new Array(5).fill("regression"));
  });

  it("say what was assumed, and what they show counts more the more they are", () => {
    const wild = (sittings: number) =>
      sessions(sittings, 1).map((run) => ({ ...run, value: 100 * (run.value / 100) ** 5 }));
    const mde = [3, 9].map((count) => judge({ baseline: wild(count), candidate: slower }).mde80!);
    expect(mde[1]! / Math.sqrt(1 + 1 / 9)).toBeGreaterThan(mde[0]! / Math.sqrt(1 + 1 / 3));
    const few = judge({ baseline: sessions(3, 5), candidate: slower });
    expect(few.caveats).toEqual([expect.stringContaining("an assumed 2 %")]);
  });
});

describe("a night against at least ten", () => {
  it("one like the others passes; one far outside is a regression at once", () => {
    const like = judge({ baseline: sessions(20), candidate: runs([100], "tonight") });
    expect(like).toMatchObject({ outcome: "pass", screen: "pass", method: "history" });
    const gross = judge({ baseline: sessions(20), candidate: runs([125], "tonight") });
    expect(gross).toMatchObject({ outcome: "regression", screen: "gross" });
  });

  it("one a little outside is suspect: it asks for pairs and fails nobody", () => {
    const verdict = judge({ baseline: sessions(20), candidate: runs([106], "tonight") });
    expect(verdict).toMatchObject({ outcome: "inconclusive", screen: "suspect" });
    expect(verdict.needed).toMatchObject({ kind: "pairs" });
    expect(verdict.reason).toContain("plimsoll ab");
  });

  it("history too noisy for the margin is underpowered", () => {
    const noisy = sessions(12).map((run) => ({ ...run, value: 100 * (run.value / 100) ** 4 }));
    const verdict = judge({ baseline: noisy, candidate: runs([100], "tonight") });
    expect(verdict).toMatchObject({ outcome: "inconclusive", screen: "underpowered" });
  });

  it("nights of more runs than the candidate count with as many runs as it has", () => {
    const three = judge({ baseline: sessions(15, 3), candidate: runs([100, 101, 99], "tonight") });
    const one = judge({ baseline: sessions(15, 3), candidate: runs([100], "tonight") });
    expect(three.mde80).toBeLessThan(one.mde80!);
  });
});

describe("pairs", () => {
  const pairs = (factors: readonly number[]) =>
    factors.map((factor, i) => ({ baseline: 100 + 20 * i, candidate: (100 + 20 * i) * factor }));

  it("find 8 % under any drift that both arms share", () => {
    const verdict = judge({ pairs: pairs([1.07, 1.09, 1.08, 1.1, 1.06]) });
    expect(verdict).toMatchObject({ outcome: "regression", method: "paired" });
  });

  it("pass what is the same, and say how many more they want when they cannot tell", () => {
    expect(judge({ pairs: pairs([1.01, 0.99, 1, 1.005, 0.995]) }).outcome).toBe("pass");
    const unclear = judge({ pairs: pairs([1.1, 0.95, 1.06, 0.97, 1.04]) });
    expect(unclear.outcome).toBe("inconclusive");
    expect(unclear.needed).toMatchObject({ kind: "pairs" });
  });
});

describe("shares of requests", () => {
  const failed = defaultRules.find(({ id }) => id === "request_failed")!;
  const rate = (passes: readonly number[], count = 1000): RunEstimate[] =>
    passes.map((bad, i) => ({ run: `r${i}`, value: bad / count, passes: bad, count }));

  it("no failures among 150 requests rule out nothing that matters; among 300 they do", () => {
    const flawless = (each: number) =>
      judge({
        rule: failed,
        baseline: rate([0, 0, 0], each),
        candidate: rate([0, 0, 0], each),
      });
    const few = flawless(50);
    expect(few).toMatchObject({ outcome: "inconclusive", doubt: "noise" });
    // 1 % of 268 requests is what 0 failures leave open (Wilson, one-sided 95 %).
    expect(few.needed).toEqual({ kind: "candidate", more: 3 });
    // Runs without any difference do not tell how large a change they would have shown.
    expect(few.mde80).toBeUndefined();
    const enough = flawless(100);
    expect(enough.outcome).toBe("pass");
    expect(enough.caveats.join()).toContain("cannot be ruled out");
  });

  it("half a percent of new failures in five runs is a regression", () => {
    const verdict = judge({
      rule: failed,
      baseline: rate([0, 0, 0, 0, 0]),
      candidate: rate([5, 6, 4, 5, 5]),
    });
    expect(verdict.outcome).toBe("regression");
    expect(verdict.reason).toContain("0.5 percentage points");
  });

  it("one failure in one of five runs is none", () => {
    const candidate = rate([0, 1, 0, 0, 0]);
    expect(judge({ rule: failed, baseline: rate([0, 0, 0, 0, 0]), candidate }).outcome).toBe(
      "pass",
    );
  });

  it("a burst of failures in one run does not count as so many proofs", () => {
    const candidate = rate([0, 0, 40, 0, 0]);
    const verdict = judge({ rule: failed, baseline: rate([0, 0, 0, 0, 0]), candidate });
    expect(verdict.outcome).toBe("inconclusive");
  });
});

describe("several metrics", () => {
  const slow = { rule, baseline, candidate: runs([103, 108, 107, 104, 106], "monday") };
  const others = Array.from({ length: 5 }, (_, i) => ({
    rule: { ...rule, id: `other ${i}` },
    baseline,
    candidate: runs([100, 101, 99, 100.5, 99.5], "monday"),
  }));

  it("the gating ones are tested together by Holm, the others by Benjamini-Hochberg", () => {
    const alone = compareMetrics([slow]).metrics[0]!;
    const among = compareMetrics([slow, ...others]).metrics[0]!;
    expect(alone.adjustedP).toBe(alone.p);
    expect(among.adjustedP).toBeCloseTo(6 * alone.p!, 12);
    const diagnostics = others.map((one) => ({ ...one, rule: { ...one.rule, gating: false } }));
    expect(compareMetrics([slow, ...diagnostics]).metrics[0]!.adjustedP).toBe(alone.p);
  });

  it("where suspects are named, only these gate and only these count", () => {
    const { metrics } = compareMetrics([slow, ...others], { suspects: ["ttft p50"] });
    expect(metrics[0]).toMatchObject({ gating: true, adjustedP: metrics[0]!.p });
    expect(metrics[1]).toMatchObject({ gating: false, notGated: "it was not suspect" });
  });

  it("one regression outweighs everything; diagnostics outweigh nothing", () => {
    expect(compareMetrics(others).outcome).toBe("pass");
    expect(compareMetrics([slow, ...others]).outcome).toBe("regression");
    const diagnostic = { ...slow, rule: { ...rule, gating: false } };
    expect(compareMetrics([diagnostic, ...others]).outcome).toBe("pass");
    expect(compareMetrics([diagnostic]).outcome).toBe("inconclusive");
  });

  it("a quantile of few values cannot pass, and fails all the same", () => {
    const p99 = { ...rule, quantile: 0.99 };
    const side = (effective: number, scale = 1) =>
      baseline.map((run) => ({ ...run, value: run.value * scale, effective }));
    const verdict = (effective: number, scale: number) =>
      judge({ rule: p99, baseline: side(2000), candidate: side(effective, scale) });
    expect(verdict(2000, 1).outcome).toBe("pass");
    expect(verdict(1500, 1)).toMatchObject({
      outcome: "inconclusive",
      doubt: "few",
      tooFew: "a pass takes 2000 effective values a run, and there are 1500",
      needed: { kind: "longer", times: 2000 / 1500 },
    });
    expect(verdict(1500, 1).reason).toContain("runs 1.4 times as long would have them");
    for (const effective of [1, 33, 1500, 2000])
      expect(verdict(effective, 1.5).outcome).toBe("regression");
    expect(judge({ rule: p99, baseline, candidate: baseline })).toMatchObject({ doubt: "few" });
  });

  it("what would be a regression alone, but not among so many, is suspect and passes nobody", () => {
    const slower = runs([100, 111, 108, 103, 110], "monday");
    const alone = compareMetrics([{ rule, baseline, candidate: slower }]);
    expect(alone.outcome).toBe("regression");
    const among = compareMetrics([{ rule, baseline, candidate: slower }, ...others]);
    expect(among.metrics[0]).toMatchObject({ outcome: "inconclusive", doubt: "suspect" });
    expect(among.outcome).toBe("inconclusive");
  });
});

describe("values that are missing or odd", () => {
  it("a metric without values on one side is inconclusive and says so", () => {
    const verdict = judge({ baseline });
    expect(verdict).toMatchObject({ outcome: "inconclusive", method: "descriptive" });
    expect(verdict.reason).toBe("ttft p50: no values in the candidate");
    expect([verdict.p, verdict.change, verdict.candidate]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("a value of 0 is compared by differences: no goodput at all is a regression", () => {
    const goodput = { ...rule, id: "goodput", unit: "1/s", better: "higher" as const };
    const verdict = judge({
      rule: goodput,
      baseline: runs([5, 5.1, 4.9], "m"),
      candidate: runs([0, 0, 0.1], "m"),
    });
    expect(verdict).toMatchObject({ outcome: "regression", rule: { scale: "linear" } });
    expect(verdict.margin).toBeCloseTo(0.25, 12);
  });

  it("a floor widens the margin: 1.5 ms more of 10 is nothing that anybody would notice", () => {
    const small = runs([10, 10.1, 9.9, 10, 10], "m");
    const slower = runs([11.5, 11.6, 11.4, 11.5, 11.5], "m");
    expect(judge({ baseline: small, candidate: slower }).outcome).toBe("regression");
    const floored = judge({ rule: { ...rule, floor: 2 }, baseline: small, candidate: slower });
    expect(floored.outcome).toBe("pass");
    expect(floored.margin).toBeCloseTo(0.2, 3);
  });

  it("values without any spread are judged by their difference", () => {
    const same = runs([7, 7, 7], "m");
    expect(judge({ baseline: same, candidate: same }).outcome).toBe("pass");
    expect(judge({ baseline: same, candidate: runs([8, 8, 8], "m") }).outcome).toBe("regression");
  });
});

describe("verdicts (property)", () => {
  const values = fc.array(fc.double({ min: 50, max: 200, noNaN: true }), {
    minLength: 2,
    maxLength: 8,
  });

  it("do not depend on the unit, and turn round with the sides", () => {
    fc.assert(
      fc.property(values, values, fc.double({ min: 0.01, max: 100, noNaN: true }), (a, b, unit) => {
        const [one, other] = [runs(a, "s"), runs(b, "s")];
        const verdict = judge({ baseline: one, candidate: other });
        const scaled = judge({
          baseline: one.map((run) => ({ ...run, value: run.value * unit })),
          candidate: other.map((run) => ({ ...run, value: run.value * unit })),
        });
        expect(scaled.outcome).toBe(verdict.outcome);
        const turned = judge({ baseline: other, candidate: one });
        expect(turned.outcome === "improvement").toBe(verdict.outcome === "regression");
      }),
    );
  });

  it("say a regression only of a change that is worse by more than the margin", () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const verdict = judge({ baseline: runs(a, "s"), candidate: runs(b, "s") });
        if (verdict.outcome !== "regression") return;
        expect(verdict.change!.value).toBeGreaterThan(verdict.margin);
        expect(verdict.change!.low).toBeGreaterThan(0);
      }),
    );
  });
});
