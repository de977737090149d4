/**
 * Real servers that somebody else runs, named by VLLM_URL, TRITON_URL, TORCHBRIDGE_URL and
 * TORCHBRIDGE_PREDICT_URL: what they say of themselves must be what was seen, and what they answer
 * must be what was asked.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { originNow, systemClock } from "../../src/core/clock.ts";
import type { ServerHistograms } from "../../src/core/telemetry-lines.ts";
import type { LlmRequest, Reply } from "../../src/core/request.ts";
import type { Summary } from "../../src/judge/summary.ts";
import { scraper } from "../../src/observe/server/scrape.ts";
import { probeServer } from "../../src/observe/server/server-source.ts";
import { findAdapter } from "../../src/protocol/api/apis.ts";
import { performRequest } from "../../src/protocol/perform.ts";
import type { RequestFacts } from "../../src/protocol/request-facts.ts";
import { openTransport } from "../../src/protocol/transport.ts";
import { chat, infer, predict } from "../../src/scenario/requests.ts";
import { tensor } from "../../src/scenario/tensors.ts";
import { plimsoll } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";

const named = (name: string): string => {
  const url = process.env[name] ?? "";
  if (url === "") console.warn(`skipped: ${name} names no server`);
  return url;
};
const vllm = named("VLLM_URL");
const triton = named("TRITON_URL");
const torchbridge = named("TORCHBRIDGE_URL");
const torchbridgePredict = named("TORCHBRIDGE_PREDICT_URL");

const clock = systemClock(originNow());
const DEADLINES = { connect: 5000, headers: 0, firstContent: 0, nextContent: 0, total: 60_000 };
let runs = 0;
const folder = scratchFolder("real");

async function ask(
  url: string,
  request: LlmRequest,
  {
    api,
    server,
    model,
  }: { readonly api: string; readonly server: string; readonly model?: string },
): Promise<{ facts: RequestFacts; reply: Reply }> {
  const transport = openTransport({ origin: url, mode: "keep-alive", connectTimeout: 5000, clock });
  const facts = { server, model, basePath: "", headers: {} };
  const signal = new AbortController().signal;
  const endpoint = { adapter: findAdapter(api)!, transport, facts };
  return performRequest(request, endpoint, { clock, deadlines: DEADLINES, signal });
}

/** Runs a scenario against it, whatever its verdict is. */
async function measure(url: string, scenario: string, ...flags: string[]): Promise<Summary> {
  const out = join(folder, String((runs += 1)));
  const { stdout } = await plimsoll([
    ...["run", scenario, "--target", url, "--out", out, "--json", ...flags],
  ]);
  return JSON.parse(stdout) as Summary;
}

describe.skipIf(vllm === "")("vLLM (VLLM_URL)", () => {
  test(
    "what it says of itself is what was seen, three times over",
    { timeout: 180_000 },
    async () => {
      const flags = ["--vus", "1", "--iterations", "40", "--output-tokens", "64"];
      for (const seed of ["1", "2", "3"]) {
        const { serverTimes = [], fingerprint } = await measure(
          vllm,
          "smoke",
          ...flags,
          "--seed",
          seed,
        );
        const itl = serverTimes.find(({ name }) => name === "itl");
        expect(Math.abs(itl!.ours!.mean / itl!.mean - 1)).toBeLessThan(0.05);
        expect(serverTimes.map(({ name }) => name)).toEqual(
          expect.arrayContaining(["ttft", "itl", "e2e", "queue", "prefill", "decode"]),
        );
        expect(fingerprint["server.cache_config"]).toContain("enable_prefix_caching=");
        expect(fingerprint).toHaveProperty(["model.root"]);
      }
    },
  );
});

const numbers = tensor("input", "FP32", [2, 4], (at) => at);

describe.skipIf(triton === "")("Triton (TRITON_URL), with the models llm and numbers", () => {
  const asked = { server: "triton", model: "llm" };
  const words = chat({ prompt: "one two three", maxTokens: 5 });

  test.each(["triton-generate", "triton-generate-stream"])(
    "%s counts what it sends",
    async (api) => {
      const { facts, reply } = await ask(triton, words, { api, ...asked });
      expect(facts.outcome.ok).toBe(true);
      expect(reply.text).toBe(" tok0 tok1 tok2 tok3 tok4");
      expect([facts.output?.count, facts.prompt?.count]).toEqual([5, 3]);
    },
  );

  test.each([true, false])("kserve-infer, in binary: %s", async (binary) => {
    const request = infer({ inputs: [numbers], binary });
    const { facts } = await ask(triton, request, {
      ...{ api: "kserve-infer", server: "triton", model: "numbers" },
    });
    expect(facts).toMatchObject({ outcome: { ok: true }, items: 2 });
  });

  test("what requests waited, took and shared an execution with", async () => {
    const scrape = scraper({ headers: {} }, clock, 3000);
    const watched = { baseUrl: triton, product: "triton", model: "numbers" };
    const found = await probeServer(watched, scrape);
    if ("unavailable" in found) throw new Error(found.unavailable.reason);
    const read = async (): Promise<ServerHistograms> => {
      const readings = await found.source.read("medium");
      return Object.assign({}, ...readings.map(({ histograms }) => histograms)) as ServerHistograms;
    };
    const before = await read();
    const asked = { api: "kserve-infer", server: "triton", model: "numbers" };
    const requests = Array.from({ length: 8 }, () =>
      ask(triton, infer({ inputs: [numbers] }), asked),
    );
    await Promise.all(requests);
    const after = await read();
    const grown = (name: keyof ServerHistograms): number =>
      after[name]!.counts.at(-1)! - (before[name]?.counts.at(-1) ?? 0);
    for (const name of ["queue", "compute_input", "compute_infer", "compute_output"] as const)
      expect(grown(name)).toBe(8);
    expect(after.batch_size!.sum - before.batch_size!.sum).toBe(16);
    expect(grown("batch_size")).toBeLessThanOrEqual(8);
  });
});

describe.skipIf(torchbridge === "")("TorchBridge's text server (TORCHBRIDGE_URL)", () => {
  test.each(["torchbridge-generate", "torchbridge-chat"])("%s streams text", async (api) => {
    const request = chat({ prompt: "the people of the world", maxTokens: 8, temperature: 1 });
    const { facts } = await ask(torchbridge, request, { api, server: "torchbridge" });
    expect(facts).toMatchObject({ outcome: { ok: true }, output: { source: "events" } });
  });
});

describe.skipIf(torchbridgePredict === "")("TorchBridge's /predict (four numbers in)", () => {
  test.each([
    ["one sample", [1, 2, 3, 4], 1],
    [
      "several samples",
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
      2,
    ],
  ] as const)("torchbridge-predict: %s", async (_what, input, items) => {
    const asked = { api: "torchbridge-predict", server: "torchbridge" };
    const { facts } = await ask(torchbridgePredict, predict({ input }), asked);
    expect(facts).toMatchObject({ outcome: { ok: true }, items });
  });
});

test("the page that tells how to name them is docs/servers.md", () => {
  const page = readFileSync(new URL("../../docs/servers.md", import.meta.url), "utf8");
  for (const name of ["VLLM_URL", "TRITON_URL", "TORCHBRIDGE_URL", "TORCHBRIDGE_PREDICT_URL"])
    expect(page).toContain(name);
});
