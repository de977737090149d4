/** Retries, from what a scenario asks to what is recorded and measured, against a real socket. */
import { afterEach, describe, expect, it } from "vitest";
import { randomStream } from "../../src/core/random.ts";
import { retryAfterMs, retryDelay } from "../../src/load/retry.ts";
import { renderTerminal } from "../../src/report/run/terminal.ts";
import type { MetricSummary } from "../../src/judge/metric-summaries.ts";
import { resolveRetries } from "../../src/scenario/resolve/resolve-retries.ts";
import { chatServer, type ChatAnswer, type ChatServer } from "../support/servers/chat-server.ts";
import { runLoadWorker } from "../support/load-worker-run.ts";

let server: ChatServer | undefined;
afterEach(() => server?.close());

const busy = (retryAfter?: string): ChatAnswer => ({
  status: 429,
  ...(retryAfter !== undefined && { headers: { "retry-after": retryAfter } }),
});

async function run(answer: (n: number) => ChatAnswer, options: string, request = "{}") {
  server = await chatServer((_asked, n) => answer(n));
  return runLoadWorker({
    origin: server.origin,
    scenario: `
      export const options = { iterations: 1, slo: { ttft: "60ms" }, ${options} };
      export default async ({ llm, check }) => {
        const reply = await llm(chat({ prompt: "hi", ...${request} }));
        check(reply, { "answered": (r) => r.ok });
      };`,
  });
}

const rateOf = (metric: MetricSummary | undefined): number | undefined =>
  metric?.kind === "rate" ? metric.rate : undefined;
const meanOf = (metric: MetricSummary | undefined): number | undefined =>
  metric?.kind === "trend" ? metric.mean : undefined;
const countOf = (metric: MetricSummary | undefined): number | undefined =>
  metric?.kind === "counter" ? metric.count : undefined;

describe("retries", () => {
  it("are off unless somebody asks: a 429 is one failed request", async () => {
    const { requests, judged } = await run(() => busy("0.01"), "");
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ retryAfter: "0.01", outcome: { failure: "overloaded" } });
    expect(requests[0]).not.toHaveProperty("attempt");
    expect(Object.keys(judged.summary.metrics)).not.toContain("retries");
  });

  it("make a record of every attempt, and obey Retry-After", async () => {
    const answers = [busy("0.08"), busy("0.12"), {}];
    const { requests, judged } = await run((n) => answers[n]!, "retries: 2");
    const [first, second, third] = requests;
    expect(requests.map(({ request, attempt }) => [request, attempt])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
    ]);
    expect(requests.map(({ retryIn }) => retryIn)).toEqual([80, 120, undefined]);
    expect(requests.map(({ outcome }) => outcome.ok)).toEqual([false, false, true]);
    expect(second!.sent).toBeGreaterThanOrEqual(first!.ended + 80);
    expect(third!.sent).toBeGreaterThanOrEqual(second!.ended + 120);
    expect(third!.firstAttempt).toEqual({ sent: first!.sent });

    const { metrics, failures, checks, slo } = judged.summary;
    expect(countOf(metrics.requests)).toBe(3);
    expect(rateOf(metrics.request_failed)).toBeCloseTo(2 / 3);
    expect(countOf(metrics.retries)).toBe(2);
    expect(rateOf(metrics.request_given_up)).toBe(0);
    expect(failures.kinds).toMatchObject([{ kind: "overloaded", count: 2 }]);
    expect(checks).toEqual([{ name: "answered", passes: 1, fails: 0 }]);
    const shown = renderTerminal(judged.summary, { color: false });
    expect(shown).toContain("  Retries   2 of the requests; 0 % given up in the end\n");
    expect(shown).toContain("TTFT with retries");
    // What the user waited is measured, and held against the SLO.
    expect(meanOf(metrics.ttft_with_retries)).toBeGreaterThanOrEqual(200);
    expect(meanOf(metrics.ttft_with_retries)).toBe(third!.firstContent! - first!.sent);
    expect(meanOf(metrics.ttft)).toBe(third!.firstContent! - third!.sent);
    expect(slo.met).toBe(0);
  });

  it("count from the schedule in an open loop, and leave our own lateness alone", async () => {
    server = await chatServer((_asked, n) => (n === 0 ? busy("0.1") : {}));
    const { requests, judged } = await runLoadWorker({
      origin: server.origin,
      scenario: `
        export const options = { retries: 1, scenarios: { main: {
          executor: "constant-arrival-rate", rate: 1, duration: "1s", preAllocatedVUs: 1 } } };
        export default ({ llm }) => llm(chat({ prompt: "hi" }));`,
    });
    const [first, second] = requests;
    expect(second).not.toHaveProperty("scheduled");
    expect(second!.firstAttempt).toEqual({ sent: first!.sent, scheduled: first!.scheduled });
    const { metrics } = judged.summary;
    expect(meanOf(metrics.ttft_scheduled)).toBe(second!.firstContent! - first!.scheduled!);
    expect(metrics.dispatch_lag).toMatchObject({ count: 1 });
  });

  it("end when there are no more: the request is given up", async () => {
    const options = `retries: { maxRetries: 1, backoff: 4, maxBackoff: 4 }`;
    const { requests, judged } = await run(() => busy(), options);
    expect(requests.map(({ attempt }) => attempt)).toEqual([0, 1]);
    expect(rateOf(judged.summary.metrics.request_given_up)).toBe(1);
    expect(judged.summary.checks).toMatchObject([{ passes: 0, fails: 1 }]);
  });

  it("can be asked for, or refused, by one request", async () => {
    const own = await run((n) => (n === 0 ? busy("0.01") : {}), "", "{ maxRetries: 3 }");
    expect(own.requests.map(({ attempt }) => attempt)).toEqual([0, 1]);
    await server?.close();
    const none = await run(() => busy(), "retries: 5", "{ maxRetries: 0 }");
    expect(none.requests).toHaveLength(1);
  });

  it("are not made after what lasts, or once the user has seen the beginning", async () => {
    const { requests } = await run(() => ({ status: 404 }), "retries: 3");
    expect(requests).toHaveLength(1);
    await server?.close();
    const empty = await run(() => ({ pieces: [] }), "retries: 3");
    expect(empty.requests.map(({ outcome }) => outcome)).toMatchObject([{ failure: "empty" }]);
  });

  it("end with the user's patience", async () => {
    const request = `{ giveUpAfter: "200ms" }`;
    const { requests } = await run(() => busy("30"), "retries: 3", request);
    expect(requests).toHaveLength(1);
    expect(requests[0]).not.toHaveProperty("retryIn");
  });
});

describe("the wait before the next attempt", () => {
  const policy = resolveRetries({ maxRetries: 9 })!;
  const wait = (attempt: number, retryAfter?: string): number => {
    const outcome = { ok: false, failure: "overloaded", message: "" } as const;
    const facts = { outcome, status: 429, ...(retryAfter !== undefined && { retryAfter }) };
    return retryDelay(policy, { facts, attempt, wall: 0 }, randomStream("wait", attempt))!;
  };

  it("doubles from half a second to eight, less up to a quarter", () => {
    for (let attempt = 0; attempt < 9; attempt += 1) {
      const full = Math.min(500 * 2 ** attempt, 8000);
      expect(wait(attempt)).toBeGreaterThan(full * 0.75);
      expect(wait(attempt)).toBeLessThanOrEqual(full);
    }
  });

  it("is that of Retry-After up to a minute, and our own beyond", () => {
    expect(wait(0, "60")).toBe(60_000);
    expect(wait(0, "61")).toBeLessThanOrEqual(500);
    expect(wait(0, "soon")).toBeLessThanOrEqual(500);
  });

  it("reads Retry-After as seconds or as a date", () => {
    const wall = Date.UTC(2026, 10, 21, 12, 0, 0);
    expect(retryAfterMs("Sat, 21 Nov 2026 12:00:05 GMT", wall)).toBe(5000);
    expect(retryAfterMs(" 1.5 ", wall)).toBe(1500);
    expect(retryAfterMs("-1", wall)).toBeUndefined();
    expect(retryAfterMs("2026", 0)).toBe(2_026_000);
  });
});
