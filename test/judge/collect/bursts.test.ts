/** Tokens that came together tell nothing of how they were spaced; those behind them do. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../../src/core/request-record.ts";
import { RequestView } from "../../../src/judge/collect/request-view.ts";
import { request, served, marks, footer, header, summaryOf } from "../../support/runs/run-lines.ts";

const seen = (record: RequestRecord): RequestView => new RequestView().of(record);

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
        fc.pre(!seen(record).bunched);
        const later = sizes.slice(1).reduce((sum, size) => sum + size, 0);
        expect(seen(record).values.tpot).toBeCloseTo(((sizes.length - 1) * ms) / later, 9);
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
        expect(seen(record).bunched).toBe(all >= 8 && most);
        expect(seen(record).gaps.length).toBe(seen(record).bunched ? 0 : all - 1);
        if (seen(record).bunched) expect(seen(record).values.tpot).toBeUndefined();
      }),
    );
  });

  it("is one burst also where its body was too long for one read", () => {
    const contentGapsUs = Array.from({ length: 400 }, (_, i) => (i % 100 === 0 ? 900 : 0));
    expect(seen({ ...inReads([400], 1), contentGapsUs }).bunched).toBe(true);
  });

  it("of a healthy stream is a token", () => {
    expect(seen(inReads(Array<number>(16).fill(1), 1)).bunched).toBe(false);
    expect(seen(inReads(Array<number>(16).fill(1), 10)).values.tpot).toBe(10);
  });
});

describe("tokens that were counted and not sent", () => {
  it("divide no time", () => {
    const record = {
      ...inReads([1, 1, 1, 1], 10),
      output: { count: 44, source: "usage" },
      hidden: { count: 40, source: "usage" },
    } as const;
    expect(seen(record).values).toMatchObject({ tpot: 10, output_tokens: 44, hidden_tokens: 40 });
  });
});

it("several answers in one request have a time per token each, and no gaps", () => {
  // Two answers in step: a token of each with every read.
  const record = { ...inReads([2, 2, 2, 2], 10), choices: 2 };
  expect(seen(record).values.tpot).toBe(10);
  expect(seen(record).gaps.length).toBe(0);
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
