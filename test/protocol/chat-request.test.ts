import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { originNow, systemClock } from "../../src/core/clock.ts";
import type { LlmRequest, Reply } from "../../src/core/request.ts";
import { openaiChat } from "../../src/protocol/api/openai/chat.ts";
import { performRequest } from "../../src/protocol/perform.ts";
import type { RequestFacts } from "../../src/protocol/request-facts.ts";
import { openTransport } from "../../src/protocol/transport.ts";
import {
  httpChunk,
  LAST_CHUNK,
  STREAM_HEAD,
  wireServer,
  type WireServer,
  type WireStep,
} from "../support/servers/wire-server.ts";

const NO_DEADLINES = { connect: 0, headers: 0, firstContent: 0, nextContent: 0, total: 0 };
const REQUEST: LlmRequest = {
  api: "chat",
  messages: [{ role: "user", content: "hello" }],
  maxTokens: 3,
};

let server: WireServer | undefined;
afterEach(() => server?.close());

async function ask(
  steps: readonly WireStep[],
  deadlines: Partial<typeof NO_DEADLINES> = {},
  signal = new AbortController().signal,
): Promise<{ facts: RequestFacts; reply: Reply }> {
  server = await wireServer(() => steps);
  return askAt(server.origin, deadlines, signal);
}

async function askAt(
  origin: string,
  deadlines: Partial<typeof NO_DEADLINES> = {},
  signal = new AbortController().signal,
): Promise<{ facts: RequestFacts; reply: Reply }> {
  const clock = systemClock(originNow());
  const transport = openTransport({ origin, mode: "fresh", connectTimeout: 1000, clock });
  const facts = { server: "llama.cpp", model: "m", basePath: "", headers: {} };
  return performRequest(
    REQUEST,
    { adapter: openaiChat, transport, facts },
    { clock, deadlines: { ...NO_DEADLINES, ...deadlines }, signal },
  );
}

const capture = (name: string): Buffer =>
  readFileSync(new URL(`../fixtures/llama-server/${name}`, import.meta.url));

const delta = (content: string): string =>
  `data: {"choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":null}]}\n\n`;
const FINISH = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}\n\n';
const DONE = "data: [DONE]\n\n";

describe("a chat request", () => {
  it("reads a real llama-server's stream: text, counts by usage, server times, one gap a token", async () => {
    const { facts, reply } = await ask([{ send: capture("chat-stream-usage.raw") }, { end: true }]);
    expect(reply.text).toBe("Z spell now");
    expect(facts.outcome).toEqual({ ok: true, finish: "length" });
    expect(facts.output).toEqual({ count: 3, source: "usage" });
    expect(facts.prompt).toEqual({ count: 42, source: "usage" });
    expect(facts.cached).toEqual({ count: 1, source: "usage" });
    expect(facts.server).toEqual({ promptMs: 0.88, predictedMs: 0.389 });
    expect(facts.perEvent).toBe("token");
    expect(facts.contentGapsUs).toHaveLength(3);
  });

  it("counts by timings when no usage was sent", async () => {
    const { facts } = await ask([{ send: capture("chat-stream-nousage.raw") }, { end: true }]);
    expect(facts.output?.source).toBe("timings");
  });

  it("counts reasoning as content and says apart when the answer began", async () => {
    const { facts, reply } = await ask([
      { send: capture("chat-stream-reasoning.raw") },
      { end: true },
    ]);
    expect(reply.reasoning).not.toBe("");
    expect(facts.firstContent).toBeLessThanOrEqual(facts.firstAnswer ?? Infinity);
  });

  it("does not take the role chunk for content", async () => {
    const { facts } = await ask([
      { send: STREAM_HEAD },
      { send: httpChunk('data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n') },
      { wait: 30 },
      { send: httpChunk(delta("a") + FINISH + DONE) + LAST_CHUNK },
    ]);
    expect((facts.firstContent ?? 0) - (facts.headers ?? 0)).toBeGreaterThan(20);
  });

  const broken: readonly [string, readonly WireStep[], string][] = [
    [
      "no finish reason",
      [{ send: STREAM_HEAD + httpChunk(delta("a") + DONE) + LAST_CHUNK }],
      "truncated",
    ],
    ["a cut stream", [{ send: STREAM_HEAD + httpChunk(delta("a")) }, { reset: true }], "truncated"],
    ["no content", [{ send: STREAM_HEAD + httpChunk(FINISH + DONE) + LAST_CHUNK }], "empty"],
    [
      "invalid JSON",
      [{ send: STREAM_HEAD + httpChunk("data: {x\n\n") + LAST_CHUNK }],
      "protocol_error",
    ],
    ["a reset before headers", [{ reset: true }], "connect_reset"],
    ["not HTTP", [{ send: "SSH-2.0-nope\r\n\r\n" }], "protocol_error"],
    [
      "context overflow",
      [{ send: capture("error-400-context.raw") }, { end: true }],
      "context_overflow",
    ],
    ["HTTP 404", [{ send: capture("error-404.raw") }, { end: true }], "http_status"],
    [
      "HTTP 503",
      [{ send: "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: 3\r\n\r\n" }],
      "overloaded",
    ],
    ["HTTP 401", [{ send: "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n" }], "auth"],
    [
      "an error event",
      [
        {
          send:
            STREAM_HEAD +
            httpChunk(`${delta("a")}data: {"error":{"code":500,"message":"boom"}}\n\n`) +
            LAST_CHUNK,
        },
      ],
      "server_error",
    ],
    [
      "an error event followed by [DONE]",
      [
        {
          send:
            STREAM_HEAD +
            httpChunk(`data: {"error":{"message":"boom"}}\n\n${FINISH}${DONE}`) +
            LAST_CHUNK,
        },
      ],
      "server_error",
    ],
  ];
  it.each(broken)("names %s as its one failure kind", async (_what, steps, failure) => {
    const { facts, reply } = await ask(steps);
    expect(facts.outcome).toMatchObject({ ok: false, failure });
    expect(reply.ok).toBe(false);
  });

  it("quotes the server's own error text", async () => {
    const { reply } = await ask([{ send: capture("error-400-context.raw") }, { end: true }]);
    expect(reply.message).toContain("exceeds the available context size");
  });

  it("says refused when nobody listens", async () => {
    server = await wireServer(() => []);
    const { origin } = server;
    await server.close();
    const { facts } = await askAt(origin);
    expect(facts.outcome).toMatchObject({ failure: "connect_refused" });
    expect(facts.headers).toBeUndefined();
  });

  const silent = new Promise(() => undefined);
  const late: readonly [string, readonly WireStep[], Partial<typeof NO_DEADLINES>, string][] = [
    ["headers", [{ until: silent }], { headers: 40 }, "timeout_headers"],
    [
      "content",
      [{ send: STREAM_HEAD }, { until: silent }],
      { firstContent: 40 },
      "timeout_first_content",
    ],
    [
      "further content",
      [{ send: STREAM_HEAD + httpChunk(delta("a")) }, { until: silent }],
      { nextContent: 40 },
      "stall",
    ],
    [
      "the end",
      [{ send: STREAM_HEAD + httpChunk(delta("a")) }, { until: silent }],
      { total: 40 },
      "timeout_total",
    ],
  ];
  it.each(late)(
    "gives up waiting for %s at its deadline",
    async (_what, steps, deadlines, failure) => {
      const { facts } = await ask(steps, deadlines);
      expect(facts.outcome).toMatchObject({ ok: false, failure });
    },
  );

  it("does not take pings for content when it waits for content", async () => {
    const pings: WireStep[] = Array.from({ length: 30 }, () => [
      { send: httpChunk(": ping\n\n") },
      { wait: 10 },
    ]).flat();
    const { facts } = await ask([{ send: STREAM_HEAD }, ...pings], { firstContent: 80 });
    expect(facts.outcome).toMatchObject({ failure: "timeout_first_content" });
  });

  it("is interrupted by its signal and keeps the content that had come", async () => {
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort();
    }, 60);
    const steps = [{ send: STREAM_HEAD + httpChunk(delta("a")) }, { until: silent }];
    const { facts, reply } = await ask(steps, {}, stop.signal);
    expect(facts.outcome).toMatchObject({ failure: "interrupted" });
    expect(reply.text).toBe("a");
  });
});
