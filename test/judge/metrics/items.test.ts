import { describe, expect, test } from "vitest";
import type { RequestRecord } from "../../../src/core/request-record.ts";
import type { Summary } from "../../../src/judge/summary.ts";
import {
  mark,
  marks,
  metric,
  footer,
  header,
  request,
  served,
  summaryOf,
  every,
  threshold,
  without,
} from "../../support/runs/run-lines.ts";

/** Answered 50 ms after it was sent, in one body. */
function batch(sent: number, items: number, changes: Partial<RequestRecord> = {}): RequestRecord {
  const text = without(request(sent), "output", "asked");
  const at = { firstContent: sent + 50, lastContent: sent + 50, ended: sent + 50 };
  return {
    ...text,
    ...at,
    api: "embeddings",
    items,
    contentGapsUs: [50_000],
    contentTokens: [0],
    ...changes,
  };
}

function summary(
  requests: readonly RequestRecord[],
  plan: Parameters<typeof header>[0] = {},
): Promise<Summary> {
  const drain = mark("drain", [4000, 4100], { measured: false });
  return summaryOf([header(plan), ...marks, ...requests, drain, footer(4100)]);
}

/** 20 requests of 8 inputs and 100 prompt tokens in 2 s. */
const twenty = every(100, 2000, 20).map((at) => batch(at, 8));

describe("requests that carry inputs, documents or samples", () => {
  test("are counted by what they carry, and by their prompt tokens", async () => {
    const { metrics, rates } = await summary(twenty);
    expect(metrics.items_per_second).toMatchObject({ kind: "gauge", value: 80 });
    expect(metrics.input_tokens_per_second).toMatchObject({ kind: "gauge", value: 1000 });
    expect(rates).toMatchObject({ requests: 10, items: 80, inputTokens: 1000 });
  });

  test("count when they are answered: failed ones and late ones do not", async () => {
    const late = batch(3990, 1000);
    const failed = batch(2500, 1000, {
      outcome: { ok: false, failure: "http_status", message: "HTTP 500" },
    });
    const { metrics } = await summary([...twenty, failed, late]);
    expect(metrics.items_per_second).toMatchObject({ value: 80 });
  });

  test("have no first token and no output, so none is shown", async () => {
    const { metrics, rates, headline } = await summary(twenty);
    for (const name of ["ttft", "ttft_scheduled", "ttfa", "output_tokens_per_second"] as const)
      expect(metrics).not.toHaveProperty(name);
    expect(rates).not.toHaveProperty("outputTokens");
    expect(headline).toContain("items_per_second");
    expect(metric({ metrics } as Summary, "e2e", "trend").p50).toBe(50);
  });

  test("are held against their end where the first token has a limit", async () => {
    const limits = (limit: number) =>
      ({
        slo: { limits: [{ metric: "ttft_scheduled", limit }] },
        thresholds: [threshold({ key: "ttft", metric: "ttft", source: `p(95)<${limit}`, limit })],
      }) as const;
    const met = await summary(twenty, limits(60));
    expect(met.slo.share).toBe(1);
    expect(met.thresholds[0]).toMatchObject({ status: "passed", value: 50 });
    const missed = await summary(twenty, limits(40));
    expect(missed.slo.share).toBe(0);
    expect(missed.thresholds[0]).toMatchObject({ status: "failed", value: 50 });
  });

  test("beside requests for text leave those their first token", async () => {
    const lines = served(every(100, 2000, 20)).filter((line) => line.type === "request");
    const { metrics } = await summary([...lines, ...twenty]);
    expect(metric({ metrics } as Summary, "ttft", "trend").count).toBe(20);
    expect(metrics.items_per_second).toMatchObject({ value: 80 });
    expect(metrics.output_tokens_per_second).toMatchObject({ value: 40 });
  });
});

test("a run for text alone has no items", async () => {
  const lines = served(every(100, 2000, 20)).filter((line) => line.type === "request");
  const { metrics } = await summary(lines);
  expect(metrics).not.toHaveProperty("items_per_second");
});
