import { describe, expect, test } from "vitest";
import type { CanaryRecord, RunLine, TargetLine } from "../../../src/core/records.ts";
import type { BaselineCheck, Summary } from "../../../src/judge/summary.ts";
import {
  failedRequest,
  request,
  sample,
  steadyLines,
  summaryOf,
} from "../../support/runs/run-lines.ts";

/** The steady run asks for 30 x 100 prompt tokens and gets 30 x 4; traffic from 1000 to 4100. */
const ours = { server_prompt_tokens: 3000, server_output_tokens: 120, server_requests: 30 };

/** Readings of the server's counters just before and just after the traffic. */
function readings(grown: Readonly<Record<string, number>>, from = 5000): RunLine[] {
  return Object.entries(grown).flatMap(([metric, growth]) => [
    sample(900, metric, from - 50, "server"),
    sample(990, metric, from, "server"),
    sample(4099, metric, from + growth, "server"),
    sample(4200, metric, from + growth + 7, "server"), // teardown asked for more
  ]);
}

function run(extra: readonly RunLine[], product?: string): Promise<Summary> {
  const lines = steadyLines().map((line) =>
    line.type === "target" ? withProduct(line, product ?? "vllm") : line,
  );
  return summaryOf([...lines.slice(0, -1), ...extra, ...lines.slice(-1)]);
}

function withProduct(line: TargetLine, server: string): TargetLine {
  return { ...line, identity: { ...line.identity, server } };
}

function gate(
  { validity }: Summary,
  id: string,
): Pick<BaselineCheck, "status" | "value" | "detail"> {
  const { status, value, detail } = validity.gates.find((one) => one.id === id) ?? {};
  return { status, value, detail } as Pick<BaselineCheck, "status" | "value" | "detail">;
}

function canary(sent: number): CanaryRecord {
  return {
    type: "canary",
    prompt: 0,
    worker: 0,
    sent,
    ended: sent + 1,
    outcome: { ok: true, finish: "length" },
    promptTokens: { count: 21, source: "usage" },
    outputTokens: { count: 8, source: "usage" },
  };
}

const cached = { cached: { count: 0, source: "usage" } } as const;

describe("the server's own counts", () => {
  test("agree exactly where both counted the same", async () => {
    const summary = await run(readings({ ...ours, server_cached_tokens: 0 }));
    expect(summary.serverCounts).toEqual({
      from: 990,
      to: 4099,
      counts: [
        ...[{ what: "requests", server: 30, client: 30 }].map(exactly),
        ...[{ what: "prompt_tokens", server: 3000, client: 3000 }].map(exactly),
        ...[{ what: "output_tokens", server: 120, client: 120 }].map(exactly),
      ],
      missing: {},
    });
    expect(gate(summary, "server_counts")).toMatchObject({ status: "ok", value: 0 });
    expect(gate(summary, "foreign_requests")).toMatchObject({ status: "ok", value: 0 });
  });

  test("that fall short of ours by more than 1 % make the run suspect, whoever is wrong", async () => {
    const summary = await run(readings({ ...ours, server_output_tokens: 118 }));
    expect(gate(summary, "server_counts")).toMatchObject({ status: "warn", value: 2 / 120 });
    expect(gate(summary, "server_counts").detail).toContain(
      "output tokens: 118 by the server, 120 by us",
    );
    expect(gate(summary, "foreign_requests")).toMatchObject({ status: "ok" });
  });

  test("of more requests than ours mean that others used it", async () => {
    const more = { ...ours, server_requests: 36, server_output_tokens: 200 };
    const summary = await run(readings(more));
    expect(gate(summary, "foreign_requests")).toMatchObject({ status: "invalid", value: 0.2 });
    expect(gate(summary, "server_counts")).toMatchObject({ status: "ok" });
    expect(summary.verdict.status).toBe("invalid");
  });

  test("have the canaries in them, which are no strangers", async () => {
    const more = { server_prompt_tokens: 3126, server_output_tokens: 168, server_requests: 36 };
    const canaries = Array.from({ length: 6 }, (_, i) => canary(2000 + i));
    const summary = await run([...canaries, ...readings({ ...more, server_cached_tokens: 0 })]);
    expect(gate(summary, "foreign_requests")).toMatchObject({ status: "ok", value: 0 });
    expect(gate(summary, "server_counts")).toMatchObject({ status: "ok", value: 0 });
    expect(summary.metrics.requests).toMatchObject({ count: 20 });
  });

  test("of more tokens mean the same where it counts no requests", async () => {
    const { server_prompt_tokens, server_output_tokens } = ours;
    const more = { server_prompt_tokens, server_output_tokens: server_output_tokens + 6 };
    expect(gate(await run(readings(more)), "foreign_requests")).toMatchObject({
      status: "warn",
      value: 0.05,
    });
  });

  test("of more tokens for no more requests are a difference, not strangers", async () => {
    const more = { ...ours, server_output_tokens: 150 };
    const summary = await run(readings(more));
    expect(gate(summary, "server_counts")).toMatchObject({ status: "warn", value: 0.25 });
    expect(gate(summary, "foreign_requests")).toMatchObject({ status: "ok", value: 0 });
  });

  test("of prompts are compared without cached tokens where it does not count those", async () => {
    const withCache = steadyLines().map((line): RunLine =>
      line.type === "request" ? { ...line, cached: { count: 40, source: "timings" } } : line,
    );
    const lines = readings({ ...ours, server_prompt_tokens: 1800 });
    const summary = await summaryOf([...withCache.slice(0, -1), ...lines, ...withCache.slice(-1)]);
    expect(summary.serverCounts?.counts[1]).toMatchObject({
      what: "prompt_tokens",
      ...{ server: 1800, client: 1800, deviation: 0 },
    });
  });

  test("of prompts cannot be compared where nobody counts cached ones", async () => {
    const { serverCounts } = await run(readings(ours));
    expect(serverCounts?.missing).toEqual({
      prompt_tokens: "neither the server nor the requests count cached tokens",
    });
  });

  test("may be higher by what failed requests can have cost, and by no more", async () => {
    const failed = failedRequest(3000, { asked: { prompt: 100, output: 4 } });
    const at = async (output: number): Promise<unknown> => {
      const lines = readings({ server_requests: 30, server_output_tokens: output });
      const { serverCounts } = await run([failed, ...lines]);
      return serverCounts?.counts.find(({ what }) => what === "output_tokens")?.deviation;
    };
    expect(await at(120)).toBe(0);
    expect(await at(124)).toBe(0);
    expect(await at(125)).toBe(1 / 120);
  });

  test("cannot be compared when a request failed that had no limit", async () => {
    const unlimited = failedRequest(3000); // it did not say how many tokens it wants
    const { serverCounts } = await run([unlimited, ...readings(ours)]);
    expect(serverCounts?.missing["output_tokens"]).toContain("no limit");
  });

  test("cannot be compared when only events were counted", async () => {
    const counted = request(3000, { output: { count: 4, source: "events" }, ...cached });
    const { serverCounts } = await run([counted, ...readings(ours)]);
    expect(serverCounts?.missing["output_tokens"]).toBe("1 requests have no exact count");
  });

  test("of llama.cpp above a million are no finer than their six digits", async () => {
    const grown = { server_output_tokens: 120 };
    const coarse = readings(grown, 3_214_570).map((line) =>
      line.type === "sample" ? { ...line, value: Number(line.value.toPrecision(6)) } : line,
    );
    const known = await run(coarse, "llama.cpp");
    const [count] = known.serverCounts?.counts ?? [];
    expect(count).toMatchObject({ server: 120, resolution: 10, deviation: 0 });
    const off = readings({ server_output_tokens: 140 }, 3_214_570);
    const [excess] = (await run(off, "llama.cpp")).serverCounts?.counts ?? [];
    expect(excess?.deviation).toBeCloseTo(10 / 120, 12);
  });

  test.each([
    // 30 requests of one answer, and 24 of three.
    { product: "vllm", requests: 102, invalid: 0, one: "choices" },
    { product: "vllm", requests: 54, invalid: -48 / 102, one: "choices" },
    { product: "vllm", requests: 112, invalid: 10 / 102, one: "choices" },
    { product: "vllm", requests: 102, invalid: 0, one: "items" },
    { product: "sglang", requests: 54, invalid: 0, one: "choices" },
    { product: "sglang", requests: 102, invalid: 0, one: "choices" },
    { product: "sglang", requests: 108, invalid: 6 / 54, one: "choices" },
    { product: "sglang", requests: 48, invalid: -6 / 54, one: "items" },
  ] as const)(
    "of $product: $requests for 30 requests and 24 with three $one",
    async ({ product, requests, invalid, one }) => {
      const several = Array.from({ length: 24 }, (_, i) => request(2000 + i, { [one]: 3 }));
      const { serverCounts } = await run(
        [...several, ...readings({ ...ours, server_requests: requests })],
        product,
      );
      const found = serverCounts?.counts.find(({ what }) => what === "requests");
      expect(found?.deviation).toBeCloseTo(invalid, 12);
    },
  );

  test("of prompts may have each prompt once for every choice that was asked", async () => {
    const several = Array.from({ length: 10 }, (_, i) =>
      request(2000 + i, { choices: 3, prompt: { count: 100, source: "usage" }, ...cached }),
    );
    const at = async (prompts: number): Promise<number | undefined> => {
      const grown = { ...ours, server_cached_tokens: 0, server_prompt_tokens: prompts };
      const { serverCounts } = await run([...several, ...readings(grown)]);
      return serverCounts?.counts.find(({ what }) => what === "prompt_tokens")?.deviation;
    };
    expect(await at(4000)).toBe(0);
    expect(await at(6000)).toBe(0);
    expect(await at(6400)).toBe(0.1);
    expect(await at(3600)).toBe(-0.1);
  });

  test("of what came from a cache have the prompt of every further choice, which is no repetition", async () => {
    const asked = { prompt: 100, output: 4, fresh: 100 };
    const lines = (grown: number): RunLine[] => [
      ...Array.from({ length: 20 }, (_, i) => request(2000 + i, { choices: 3, asked })),
      ...readings({ ...ours, server_requests: 90, server_cached_tokens: grown }),
    ];
    expect(gate(await run(lines(7000)), "cached_prompts")).toMatchObject({
      ...{ status: "ok", value: 0 },
    });
    expect(gate(await run(lines(9000)), "cached_prompts")).toMatchObject({ status: "invalid" });
  });

  test("are not compared across a restart, however the counters stand", async () => {
    const message = "telemetry: server was restarted: its counters began anew";
    const restart: RunLine = { type: "warning", at: 3000, code: "source_restarted", message };
    for (const lines of [[restart, ...readings(ours)], readings({ server_output_tokens: -10 })]) {
      const summary = await run(lines);
      expect(summary.serverCounts).toBeUndefined();
      expect(gate(summary, "server_counts")).toMatchObject({
        status: "not_measured",
        detail: "the server was restarted during the run",
      });
    }
  });

  test.each([
    ["before the traffic", (at: number) => at > 1000],
    ["after it", (at: number) => at < 4000],
  ])("are not compared when the server was not read %s", async (_name, kept) => {
    const lines = readings(ours).filter((line) => line.type === "sample" && kept(line.at));
    expect(gate(await run(lines), "foreign_requests").detail).toBe(
      "the server was not read before and after the traffic",
    );
  });

  test("are not measured where the server shows none", async () => {
    expect(gate(await run([]), "server_counts")).toMatchObject({
      status: "not_measured",
      detail: "the server showed no counter of tokens or requests",
    });
  });
});

function exactly<Count extends object>(count: Count): Count & object {
  return { ...count, unknown: 0, resolution: 0, deviation: 0 };
}
