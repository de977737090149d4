/**
 * llama.cpp's routes through our adapters, on the real llama-server (LLAMA_SERVER_BIN) and on the
 * embedded one: what is counted must be what was asked.
 */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { originNow, systemClock } from "../../src/core/clock.ts";
import type { LlmRequest, Reply } from "../../src/core/request.ts";
import { findAdapter } from "../../src/protocol/api/apis.ts";
import { performRequest } from "../../src/protocol/perform.ts";
import type { RequestFacts } from "../../src/protocol/request-facts.ts";
import { openTransport } from "../../src/protocol/transport.ts";
import { chat, completion, embeddings, infill, rerank } from "../../src/scenario/requests.ts";
import {
  ready,
  spawnServer,
  startEmbedded,
  stopServer,
  testModel,
  type ReadyServer,
} from "../support/servers/embedded-server.ts";

const binary = process.env["LLAMA_SERVER_BIN"] ?? "";
const missing = binary === "" || !existsSync(binary);
if (missing) {
  console.warn(`skipped: LLAMA_SERVER_BIN (${JSON.stringify(binary)}) names no llama-server`);
}
const clock = systemClock(originNow());
const DEADLINES = { connect: 5000, headers: 0, firstContent: 0, nextContent: 0, total: 60_000 };

interface Asked {
  readonly api: string;
  readonly server?: string;
  readonly model?: string;
}

async function ask(
  url: string,
  request: LlmRequest,
  { api, server = "llama.cpp", model = "tiny" }: Asked,
): Promise<{ facts: RequestFacts; reply: Reply }> {
  const transport = openTransport({ origin: url, mode: "fresh", connectTimeout: 5000, clock });
  const facts = { server, model, basePath: "", headers: {} };
  return performRequest(
    request,
    { adapter: findAdapter(api)!, transport, facts },
    { clock, deadlines: DEADLINES, signal: new AbortController().signal },
  );
}

const settings = { maxTokens: 12, ignoreEos: true, temperature: 0, seed: 1, cachePrompt: false };
const prompt = "the people of the world";
const hello = chat({ system: "you are the river", prompt, ...settings });

const spawnReal = async (...args: string[]): Promise<ReadyServer> =>
  ready(
    spawnServer(binary, [
      ...["-m", await testModel(), "--host", "127.0.0.1", "--port", "0", "--offline"],
      ...["--alias", "tiny", "-np", "2", "-c", "1024", "-t", "1", "--cache-ram", "0"],
      ...args,
    ]),
  );

/** What holds of every route that generates, on either server. */
function expectFull({ facts, reply }: { facts: RequestFacts; reply: Reply }): void {
  expect(reply.message).toBeUndefined();
  expect(facts.outcome).toEqual({ ok: true, finish: "length" });
  expect(facts.output).toEqual({ count: 12, source: "usage" });
  expect(facts.prompt?.count).toBeGreaterThan(4);
  expect(reply.text).not.toBe("");
}

describe.skipIf(missing)("the real llama-server", () => {
  let server: ReadyServer;
  beforeAll(async () => {
    server = await spawnReal();
  });
  afterAll(() => stopServer(server));

  test.each(["chat", "completions", "responses", "completion"])(
    "%s generates exactly the tokens that were asked for, cold",
    async (api) => {
      const first = await ask(server.url, hello, { api });
      const second = await ask(server.url, hello, { api });
      expectFull(first);
      expectFull(second);
      expect(second.facts.cached?.count).toBe(0);
      expect(second.reply.text).toBe(first.reply.text);
      expect(second.facts.server?.promptMs).toBeGreaterThan(0);
    },
  );

  test.each(["chat", "completions", "completion", "messages"])(
    "%s proves a hit of the prefix cache",
    async (api) => {
      const warm = { ...hello, cachePrompt: true };
      await ask(server.url, warm, { api });
      const { facts } = await ask(server.url, warm, { api });
      expect(facts.cached?.count).toBeGreaterThan(3);
      expect(facts.cached!.count).toBeLessThan(facts.prompt!.count);
    },
  );

  test("messages counts the whole prompt, cached or not", async () => {
    const [first, second] = [
      await ask(server.url, hello, { api: "messages" }),
      await ask(server.url, hello, { api: "messages" }),
    ];
    expect(second.facts.prompt).toEqual(first.facts.prompt);
    expect(second.facts.outcome.ok).toBe(true);
  });

  test("completion knows the tokens of every event", async () => {
    const { facts } = await ask(server.url, completion({ prompt, ...settings }), {
      api: "completion",
    });
    expect(facts.perEvent).toBe("token");
    const carried = facts.contentTokens ?? facts.contentGapsUs!.map(() => 1);
    expect(carried.reduce((sum, tokens) => sum + tokens, 0)).toBeLessThanOrEqual(12);
  });

  test("completion takes token ids, and counts them", async () => {
    const ids = completion({ prompt: [1, 700, 701, 702], ...settings });
    const { facts } = await ask(server.url, ids, { api: "completion" });
    expect(facts.prompt?.count).toBe(4);
  });

  test.each(["chat", "completions", "responses", "messages", "completion"])(
    "%s names a prompt longer than the context",
    async (api) => {
      const long = chat({ prompt: `${prompt} `.repeat(300), maxTokens: 4 });
      const { facts } = await ask(server.url, long, { api });
      expect(facts.outcome).toMatchObject({ ok: false, failure: "context_overflow" });
    },
  );

  test("infill fills a gap, and its tokens are counted", async () => {
    const gap = infill({ prompt: "the people", suffix: "of the world", ...settings });
    const { facts, reply } = await ask(server.url, gap, { api: "infill" });
    expect(facts).toMatchObject({
      outcome: { ok: true, finish: "length" },
      output: { count: 12, source: "usage" },
      perEvent: "token",
    });
    expect(reply.text.trim().split(" ")).toHaveLength(12);
    // The words, and the marks of the prefix, the suffix and the middle.
    expect(facts.prompt!.count).toBe(2 + 3 + 3);
  });

  test("embeddings and rerank fail with the server's own words where they are off", async () => {
    for (const request of [embeddings({ input: "a" }), rerank({ query: "a", documents: ["b"] })]) {
      const { facts, reply } = await ask(server.url, request, { api: request.api });
      expect(facts.outcome).toMatchObject({ ok: false, failure: "http_status" });
      expect(reply.message).toMatch(/^HTTP 501: .*not support/);
    }
  });

  test("a described service can be the same server", async () => {
    const http = {
      path: "/completion",
      body: { prompt: "{{prompt}}", n_predict: "{{maxTokens}}", stream: true, ignore_eos: true },
      answer: {
        format: "sse",
        text: "content",
        outputTokens: "tokens_predicted",
        promptTokens: "tokens_evaluated",
        end: { path: "stop" },
      },
    } as const;
    const { facts } = await ask(
      server.url,
      { api: "http", messages: [], prompt, maxTokens: 12, http },
      { api: "http" },
    );
    expect(facts.outcome).toMatchObject({ ok: true });
    expect(facts.output).toEqual({ count: 12, source: "usage" });
  });
});

describe.skipIf(missing)("the real llama-server with embeddings", () => {
  let server: ReadyServer;
  beforeAll(async () => {
    server = await spawnReal("--embeddings", "--pooling", "mean");
  });
  afterAll(() => stopServer(server));

  test("embeddings counts its prompt and has no output", async () => {
    const request = embeddings({ input: [prompt, "the river"] });
    const { facts } = await ask(server.url, request, { api: "embeddings" });
    expect(facts.outcome).toEqual({ ok: true, finish: "stop" });
    expect(facts.prompt?.count).toBeGreaterThan(6);
    expect(facts.output).toBeUndefined();
  });
});

describe.skipIf(missing)("the real llama-server that ranks", () => {
  let server: ReadyServer;
  beforeAll(async () => {
    server = await spawnReal("--reranking");
  });
  afterAll(() => stopServer(server));

  test("rerank ranks documents and counts them", async () => {
    const request = rerank({ query: prompt, documents: ["the river", "the sea"] });
    const { facts } = await ask(server.url, request, { api: "rerank" });
    expect(facts.outcome).toEqual({ ok: true, finish: "stop" });
    expect(facts.prompt?.count).toBeGreaterThan(4);
  });
});

describe("the embedded server", () => {
  let server: ReadyServer;
  beforeAll(async () => {
    server = await startEmbedded(["--parallel", "2", "--ctx", "512"]);
  });
  afterAll(() => stopServer(server));

  test.each(["chat", "completions", "completion"])(
    "%s generates exactly the tokens that were asked for, cold",
    async (api) => {
      await ask(server.url, hello, { api, server: "plimsoll" });
      const again = await ask(server.url, hello, { api, server: "plimsoll" });
      expectFull(again);
      expect(again.facts.cached?.count).toBe(0);
    },
  );

  test.each(["chat", "completions", "completion"])(
    "%s names a prompt longer than the context",
    async (api) => {
      const long = chat({ prompt: `${prompt} `.repeat(300), maxTokens: 4 });
      const { facts } = await ask(server.url, long, { api, server: "plimsoll" });
      expect(facts.outcome).toMatchObject({ ok: false, failure: "context_overflow" });
    },
  );
});
