import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RequestRecord } from "../../../src/core/request-record.ts";
import type { RunLine } from "../../../src/core/records.ts";
import { differenceSentence, notedDifferences } from "../../../src/judge/compare/comparable.ts";
import { CacheAuditor } from "../../../src/judge/validity/cache-audit.ts";
import type { BaselineCheck, Summary } from "../../../src/judge/summary.ts";
import { digest } from "../../support/runs/run-digests.ts";
import { request, sample, steadyLines, summaryOf } from "../../support/runs/run-lines.ts";

const usage = (count: number) => ({ count, source: "usage" as const });

/** Prompts of 100 tokens, 80 of them words made for the run, of which the server had so many. */
function steady(cached: number | undefined, changes: Partial<RequestRecord> = {}): RunLine[] {
  return steadyLines().map((line) =>
    line.type === "request"
      ? {
          ...line,
          prompt: usage(100),
          asked: { output: 4, fresh: 80 },
          ...(cached !== undefined && { cached: usage(cached) }),
          ...changes,
        }
      : line,
  );
}

function gate({ validity }: Summary): Pick<BaselineCheck, "status" | "value" | "detail"> {
  const { status, value, detail } = validity.gates.find(({ id }) => id === "cached_prompts")!;
  return { status, value, detail } as Pick<BaselineCheck, "status" | "value" | "detail">;
}

describe("prompts that were made for the run", () => {
  test("are new where the cache had the template and some words by chance", async () => {
    for (const cached of [0, 16, 20, 24]) {
      const summary = await summaryOf(steady(cached));
      expect(gate(summary)).toMatchObject({ status: "ok", value: 0 });
      expect(summary.fingerprint["prompts.cached_share"]).toBe(cached / 100);
    }
  });

  test("make the run invalid where the server had them already", async () => {
    const summary = await summaryOf(steady(96));
    expect(gate(summary)).toEqual({
      status: "invalid",
      value: 72 / 76,
      detail:
        "1440 of 1520 tokens of 20 prompts, by the server's usage; " +
        "iteration 0: 96 of 100 prompt tokens came from the cache",
    });
    expect(summary.verdict).toMatchObject({ status: "invalid", exitCode: 5 });
  });

  test("may be tried again, and then the server has them", async () => {
    const summary = await summaryOf(steady(96, { attempt: 1 }));
    expect(gate(summary).status).toBe("not_measured");
  });

  test("say nothing of prompts in the scenario's own words", async () => {
    const summary = await summaryOf(steady(96, { asked: { output: 4 } }));
    expect(gate(summary).status).toBe("not_measured");
    expect(summary.fingerprint["prompts.cached_share"]).toBe(0.96);
  });

  test("are held against the server's counters where its answers tell nothing", async () => {
    const grown = (hits: number): RunLine[] =>
      Object.entries({ server_cached_tokens: hits, server_requests: 30 }).flatMap(
        ([metric, growth]) => [
          sample(990, metric, 7, "server"),
          sample(4099, metric, 7 + growth, "server"),
        ],
      );
    const run = async (hits: number) => {
      const lines = steady(undefined);
      return summaryOf([...lines.slice(0, -1), ...grown(hits), ...lines.slice(-1)]);
    };
    // Thirty requests with the warm-up's: 30 x 24 tokens may be in a cache.
    expect(gate(await run(720))).toMatchObject({ status: "ok", value: 0 });
    const warm = await run(2900);
    expect(gate(warm)).toMatchObject({ status: "invalid", value: (2900 - 720) / (30 * 76) });
    expect(warm.fingerprint["prompts.cached_share"]).toBe(Number((2900 / 3000).toFixed(4)));
  });

  test("were never known beyond what came from the cache, whatever the server counts", () => {
    const counts = fc.record({ prompt: fc.nat(500), cached: fc.nat(600), fresh: fc.nat(500) });
    fc.assert(
      fc.property(fc.array(counts), (all) => {
        const auditor = new CacheAuditor();
        for (const { prompt, cached, fresh } of all)
          auditor.add(
            request(0, { prompt: usage(prompt), cached: usage(cached), asked: { fresh } }),
          );
        const { anew } = auditor.result();
        const sum = all.reduce((total, one) => total + one.cached, 0);
        expect(anew.known).toBeLessThanOrEqual(sum);
        expect(anew.fresh).toBeLessThanOrEqual(all.reduce((total, one) => total + one.prompt, 0));
      }),
    );
  });
});

describe("two runs of which one met a warm cache", () => {
  const cold = digest("1", 1, { fingerprint: { "prompts.cached_share": 0.16 } });
  const warm = digest("1", 1, { fingerprint: { "prompts.cached_share": 0.96 } });

  test("are not comparable, and the message says which", () => {
    const [found] = notedDifferences([cold], [warm]);
    expect(found).toMatchObject({ field: "prompts.cached_share", class: "hard" });
    expect(differenceSentence(found!)).toBe(
      "the server had 16 % of the prompt tokens in its cache for the baseline, and 96 % for the " +
        "candidate: the candidate met a warm server (prompts.cached_share)",
    );
    expect(differenceSentence(notedDifferences([warm], [cold])[0]!)).toMatch(
      /the baseline met a warm server/,
    );
  });

  test("are the same within five points, which the template's share may differ by", () => {
    const near = digest("1", 1, { fingerprint: { "prompts.cached_share": 0.2 } });
    expect(notedDifferences([cold], [near])).toEqual([]);
  });
});
