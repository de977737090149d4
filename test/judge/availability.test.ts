import { describe, expect, test } from "vitest";
import type { FailureKind, RequestRecord } from "../../src/core/request-record.ts";
import type { RunLine } from "../../src/core/records.ts";
import {
  censoredRequest,
  every,
  failedRequest,
  metric,
  request,
  steadyLines,
  summaryOf,
  without,
} from "../support/runs/run-lines.ts";

/** 20 requests of the measured phase that succeeded, and these beside them. */
function withThese(more: readonly RequestRecord[]): readonly RunLine[] {
  const lines = steadyLines();
  return [...lines.slice(0, -2), ...more, ...lines.slice(-2)];
}

/** An answer that had begun (status 200), and ended like this. */
function broken(sent: number, failure: FailureKind): RequestRecord {
  return failedRequest(sent, { status: 200, outcome: { ok: false, failure, message: "it ended" } });
}

describe("request_lost", () => {
  test.each<FailureKind>(["connect_reset", "truncated", "stall", "server_error", "empty"])(
    "counts accepted requests that broke off: %s",
    async (kind) => {
      const summary = await summaryOf(withThese([broken(2050, kind)]));
      expect(metric(summary, "request_lost", "rate")).toMatchObject({ passes: 1, count: 21 });
    },
  );

  test("does not count those that were turned away, were slow, or that we cut off", async () => {
    const refused = failedRequest(2050);
    const unanswered = failedRequest(2060, {
      outcome: { ok: false, failure: "connect_reset", message: "reset" },
    });
    const slow = broken(2070, "timeout_total");
    const summary = await summaryOf(
      withThese([refused, without(unanswered, "status"), slow, censoredRequest(2080)]),
    );
    expect(metric(summary, "request_lost", "rate")).toMatchObject({ passes: 0, count: 21 });
  });

  test("is absent when the server accepted nothing", async () => {
    const lines = steadyLines().filter(({ type }) => type !== "request" && type !== "iteration");
    const refused = every(100, 2000, 5).map((at) => failedRequest(at));
    const summary = await summaryOf([...lines.slice(0, -1), ...refused, ...lines.slice(-1)]);
    expect(summary.metrics).not.toHaveProperty("request_lost");
    expect(metric(summary, "availability", "rate").rate).toBe(0);
  });
});

describe("availability", () => {
  test("is the share of requests that were answered, without those that we cut off", async () => {
    const more = [failedRequest(2050), broken(2060, "truncated"), censoredRequest(2070)];
    const summary = await summaryOf(withThese(more));
    expect(metric(summary, "availability", "rate")).toMatchObject({ passes: 20, count: 22 });
  });

  test("counts all attempts of a request as one", async () => {
    const first = failedRequest(2050, { attempt: 0, retryIn: 30 });
    const second = request(2100, { attempt: 1 });
    const summary = await summaryOf(withThese([first, second]));
    expect(metric(summary, "availability", "rate")).toMatchObject({ passes: 21, count: 21 });
    expect(metric(summary, "request_failed", "rate")).toMatchObject({ passes: 1, count: 22 });
  });
});
