/** Tokens that came together tell nothing of how they were spaced; those behind them do. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../../src/core/records.ts";
import { requestValues } from "../../../src/judge/collect/request-values.ts";
import { isBunched, tokenGapsOf } from "../../../src/judge/collect/token-columns.ts";
import { request, served, marks, footer, header, summaryOf } from "../../support/runs/run-lines.ts";

/** An answer in reads of so many tokens each, `ms` apart. */
function inReads(sizes: readonly number[], ms: number): RequestRecord {
  const contentGapsUs = sizes.flatMap((size, i) => [
    i === 0 ? 100_000 : ms * 1000,
    ...Array<number>(size - 1).fill(0),
  ]);
  const count = contentGapsUs.length;
  const firstContent = 1100;
  return request(1000, {
    contentGapsUs,
    firstContent,
    lastContent: firstContent + (sizes.length - 1) * ms,
    output: { count, source: "usage" },
    asked: {},
  });
}

describe("an answer in bursts", () => {
  it("has the time per token of what came after its first read", () => {
    const reads = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 20 });
    fc.assert(
      fc.property(reads, fc.integer({ min: 2, max: 50 }), (sizes, ms) => {
        const record = inReads(sizes, ms);
        fc.pre(!isBunched(record));
        const later = sizes.slice(1).reduce((sum, size) => sum + size, 0);
        expect(requestValues(record).tpot).toBeCloseTo(((sizes.length - 1) * ms) / later, 9);
      }),
    );
  });

  it("is bunched exactly where most of 8 tokens and more came together", () => {
    const reads = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(reads, (sizes) => {
        const all = sizes.reduce((sum, size) => sum + size, 0);
        const most = Math.max(...sizes) > all / 2;
        const record = inReads(sizes, 20);
        expect(isBunched(record)).toBe(all >= 8 && most);
        expect(tokenGapsOf(record).length).toBe(isBunched(record) ? 0 : all - 1);
        if (isBunched(record)) expect(requestValues(record).tpot).toBeUndefined();
      }),
    );
  });

  it("is one burst also where its body was too long for one read", () => {
    const contentGapsUs = Array.from({ length: 400 }, (_, i) => (i % 100 === 0 ? 900 : 0));
    expect(isBunched({ ...inReads([400], 1), contentGapsUs })).toBe(true);
  });

  it("of a healthy stream is a token", () => {
    expect(isBunched(inReads(Array<number>(16).fill(1), 1))).toBe(false);
    expect(requestValues(inReads(Array<number>(16).fill(1), 10)).tpot).toBe(10);
  });
});

describe("tokens that were counted and not sent", () => {
  it("divide no time", () => {
    const record = {
      ...inReads([1, 1, 1, 1], 10),
      output: { count: 44, source: "usage" },
      hidden: { count: 40, source: "usage" },
    } as const;
    expect(requestValues(record)).toMatchObject({ tpot: 10, output_tokens: 44, hidden_tokens: 40 });
  });
});

it("several answers in one request have a time per token each, and no gaps", () => {
  // Two answers in step: a token of each with every read.
  const record = { ...inReads([2, 2, 2, 2], 10), choices: 2 };
  expect(requestValues(record).tpot).toBe(10);
  expect(tokenGapsOf(record).length).toBe(0);
});

it("an exact length that was not reached is a mismatch, however the answer ended", async () => {
  const short = {
    outcome: { ok: true, finish: "stop" },
    output: { count: 3, source: "usage" },
    contentGapsUs: [50_000, 10_000, 10_000],
    asked: { output: 16, exact: true },
  } as const;
  const at = Array.from({ length: 30 }, (_, i) => 1000 + i * 60);
  const { validity } = await summaryOf([header(), ...marks, ...served(at, short), footer(4100)]);
  const gate = validity.gates.find(({ id }) => id === "token_counts");
  expect(gate).toMatchObject({ status: "invalid", value: 1 });
  expect(gate?.detail).toContain("asked for exactly 16 tokens, but 3 were counted");
});
