/**
 * Servers that misbehave, on real sockets: each ends as one failure kind, in bounded time and
 * memory, while another request goes on unharmed.
 */
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { originNow, systemClock } from "../../src/core/clock.ts";
import type { FailureKind } from "../../src/core/request-record.ts";
import { findAdapter } from "../../src/protocol/api/apis.ts";
import { performRequest } from "../../src/protocol/perform.ts";
import type { RequestFacts } from "../../src/protocol/request-facts.ts";
import { openTransport, type ConnectionMode } from "../../src/protocol/transport.ts";
import {
  hostileServer,
  type HostileServer,
  type Misbehave,
} from "../support/servers/hostile-server.ts";
import { HELLO } from "../support/played-answer.ts";
import { httpChunk, LAST_CHUNK, STREAM_HEAD } from "../support/servers/wire-server.ts";

const MB = 1024 * 1024;
const clock = systemClock(originNow());
const OFF = { connect: 2000, headers: 0, firstContent: 0, nextContent: 0, total: 0 };

const servers: HostileServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

interface Limits {
  readonly headers?: number;
  readonly nextContent?: number;
  readonly firstContent?: number;
  readonly total?: number;
}

async function ask(
  misbehave: Misbehave,
  limits: Limits = {},
  { api = "chat", mode = "fresh" }: { api?: string; mode?: ConnectionMode } = {},
): Promise<RequestFacts> {
  const server = await hostileServer(misbehave);
  servers.push(server);
  const { origin } = server;
  const transport = openTransport({ origin, mode, connectTimeout: 2000, clock });
  try {
    const { facts } = await performRequest(
      HELLO,
      {
        adapter: findAdapter(api)!,
        transport,
        facts: {
          server: undefined,
          model: "m",
          basePath: "",
          headers: { authorization: "Bearer sk-secret" },
        },
      },
      { clock, deadlines: { ...OFF, ...limits }, signal: new AbortController().signal },
    );
    return facts;
  } finally {
    await transport.close();
  }
}

/** The most that resident memory grew while the work was done, bytes. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  await work();
  clearInterval(look);
  return Math.max(most, process.memoryUsage.rss()) - before;
}

const delta = (text: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text } }] })}\n\n`;
const FINISH = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}\n\n';
const DONE = "data: [DONE]\n\n";
const GOOD = STREAM_HEAD + httpChunk(delta("a") + FINISH + DONE) + LAST_CHUNK;

/** Bytes without end, as fast as they are taken. */
const flood =
  (head: string, block: Buffer): Misbehave =>
  async (connection) => {
    await connection.send(head);
    while (connection.open) await connection.send(block);
  };

const repeated = (text: string, bytes: number): Buffer =>
  Buffer.from(text.repeat(Math.ceil(bytes / text.length)));

const chunked = (text: string): Buffer => Buffer.from(httpChunk(text));

describe("a hostile server", () => {
  interface Hostile {
    readonly what: string;
    readonly misbehave: Misbehave;
    readonly failure: FailureKind;
    readonly limits?: Limits;
    readonly says?: RegExp;
    readonly api?: string;
  }
  const lines = (...all: readonly string[]): string => `${all.join("\r\n")}\r\n\r\n`;
  const once =
    (...sends: readonly (string | Buffer)[]): Misbehave =>
    async (connection) => {
      for (const send of sends) await connection.send(send);
      connection.end();
    };

  const cases: readonly Hostile[] = [
    {
      what: "an endless stream of content",
      misbehave: flood(STREAM_HEAD, chunked(delta("abc").repeat(500))),
      // What comes is kept until the deadline, at most 2^20 events: the time bounds the memory.
      limits: { total: 150 },
      failure: "timeout_total",
    },
    {
      what: "an endless stream of pings",
      misbehave: flood(STREAM_HEAD, chunked(": ping\n\n".repeat(5000))),
      limits: { firstContent: 200 },
      failure: "timeout_first_content",
    },
    {
      what: "an endless line",
      misbehave: flood(`${STREAM_HEAD}${httpChunk("data: ")}`, chunked("x".repeat(MB))),
      failure: "protocol_error",
      says: /longer than/,
    },
    {
      what: "an endless line in single bytes",
      misbehave: flood(`${STREAM_HEAD}${httpChunk("data: ")}`, repeated("1\r\nx\r\n", 4 * MB)),
      limits: { total: 1500 },
      failure: "timeout_total",
    },
    {
      what: "an endless event",
      misbehave: flood(STREAM_HEAD, chunked(`data: ${"x".repeat(1000)}\n`.repeat(1000))),
      failure: "protocol_error",
      says: /longer than/,
    },
    {
      what: "an endless JSON body",
      misbehave: flood(
        STREAM_HEAD.replace("text/event-stream", "application/json"),
        chunked(" ".repeat(MB)),
      ),
      failure: "protocol_error",
      says: /longer than/,
    },
    {
      what: "an endless error body",
      misbehave: flood(STREAM_HEAD.replace("200 OK", "500 No"), chunked("x".repeat(MB))),
      limits: { total: 300 },
      failure: "timeout_total",
    },
    {
      what: "an endless line of NDJSON",
      misbehave: flood(
        STREAM_HEAD.replace("text/event-stream", "application/x-ndjson"),
        chunked("x".repeat(MB)),
      ),
      api: "ollama-chat",
      failure: "protocol_error",
      says: /longer than/,
    },
    {
      what: "one delta of 20 MB",
      misbehave: once(STREAM_HEAD, httpChunk(delta("x".repeat(20 * MB)))),
      failure: "protocol_error",
    },
    {
      what: "a compressed bomb that nobody asked for",
      misbehave: once(
        lines(
          "HTTP/1.1 200 OK",
          "Content-Type: text/event-stream",
          "Content-Encoding: gzip",
          "Connection: close",
        ),
        gzipSync(Buffer.alloc(64 * MB, "a")),
      ),
      failure: "protocol_error",
      says: /compressed \(gzip\)/,
    },
    {
      what: "headers that never end",
      misbehave: flood("HTTP/1.1 200 OK\r\n", repeated("X-Header: value\r\n", 64 * 1024)),
      failure: "protocol_error",
      says: /[Hh]eaders/,
    },
    {
      what: "one header that never ends",
      misbehave: flood("HTTP/1.1 200 OK\r\nX: ", repeated("x", 64 * 1024)),
      failure: "protocol_error",
    },
    {
      what: "headers a byte at a time",
      misbehave: (connection) => connection.drip("HTTP/1.1 200 OK\r\nContent-Type: x", 20),
      limits: { headers: 120 },
      failure: "timeout_headers",
    },
    {
      what: "content a byte at a time",
      misbehave: async (connection) => {
        await connection.send(STREAM_HEAD + httpChunk(delta("a")));
        await connection.drip("1\r\nd\r\n".repeat(1000), 20);
      },
      limits: { nextContent: 150 },
      failure: "stall",
    },
    {
      what: "a reset before anything",
      misbehave: (connection) => connection.reset(),
      failure: "connect_reset",
    },
    {
      what: "a close before anything",
      misbehave: once(),
      failure: "connect_reset",
    },
    {
      what: "a reset in the headers",
      misbehave: async (connection) => {
        await connection.send("HTTP/1.1 200 OK\r\nContent-");
        await connection.reset();
      },
      failure: "connect_reset",
    },
    {
      what: "a reset after the headers",
      misbehave: async (connection) => {
        await connection.send(STREAM_HEAD);
        await connection.reset();
      },
      failure: "truncated",
    },
    {
      what: "a reset in an event",
      misbehave: async (connection) => {
        await connection.send(STREAM_HEAD + httpChunk(`${delta("a")}data: {"ch`));
        await connection.reset();
      },
      failure: "truncated",
    },
    {
      what: "a close without the last chunk",
      misbehave: once(STREAM_HEAD, httpChunk(delta("a") + FINISH)),
      failure: "truncated",
    },
    {
      what: "a body shorter than its content-length",
      misbehave: once(
        lines("HTTP/1.1 200 OK", "Content-Type: application/json", "Content-Length: 1000"),
        '{"choices":[]}',
      ),
      failure: "truncated",
    },
    {
      what: "a body longer than its content-length",
      misbehave: once(
        lines("HTTP/1.1 200 OK", "Content-Type: application/json", "Content-Length: 5"),
        '{"choices":[]}',
      ),
      failure: "protocol_error",
    },
    {
      what: "two content-lengths",
      misbehave: once(lines("HTTP/1.1 200 OK", "Content-Length: 5", "Content-Length: 6"), "abcde"),
      failure: "protocol_error",
    },
    {
      what: "an invalid content-length",
      misbehave: once(lines("HTTP/1.1 200 OK", "Content-Length: many"), "abcde"),
      failure: "protocol_error",
    },
    {
      what: "an invalid chunk size",
      misbehave: once(STREAM_HEAD, "xyz\r\ndata: a\r\n"),
      failure: "protocol_error",
    },
    {
      what: "a chunk size beyond all numbers",
      misbehave: once(STREAM_HEAD, `${"f".repeat(40)}\r\ndata: a\r\n`),
      failure: "protocol_error",
    },
    {
      what: "an event that is not JSON",
      misbehave: once(STREAM_HEAD, httpChunk("data: <html>\n\n"), LAST_CHUNK),
      failure: "protocol_error",
      says: /not JSON: "<html>"/,
    },
    {
      what: "an event that is not JSON while we wait for content",
      misbehave: async (connection) => {
        await connection.send(STREAM_HEAD + httpChunk("data: <html>\n\n"));
        await connection.closed;
      },
      limits: { firstContent: 100 },
      failure: "protocol_error",
    },
    {
      what: "JSON nested without end",
      misbehave: once(STREAM_HEAD, httpChunk(`data: ${"[".repeat(2 * MB)}\n\n`), LAST_CHUNK),
      failure: "protocol_error",
    },
    {
      what: "an error nested without end",
      misbehave: once(
        lines("HTTP/1.1 500 No", "Connection: close"),
        '{"error":'.repeat(5000) + '"deep"' + "}".repeat(5000),
      ),
      failure: "http_status",
    },
    {
      what: "a redirect",
      misbehave: once(
        lines(
          "HTTP/1.1 302 Found",
          "Location: http://user:pw@other.example/x",
          "Content-Length: 0",
        ),
      ),
      failure: "http_status",
      says: /^HTTP 302: a redirect to http:\/\/\*\*\*@other\.example\/x$/,
    },
    {
      what: "an upgrade",
      misbehave: once(
        lines("HTTP/1.1 101 Switching Protocols", "Upgrade: x", "Connection: upgrade"),
      ),
      failure: "protocol_error",
    },
    {
      what: "informational responses without end",
      misbehave: flood("", repeated("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n", 16 * 1024)),
      limits: { headers: 300 },
      failure: "timeout_headers",
    },
    {
      what: "HTTP/0.9",
      misbehave: once("hello\n"),
      failure: "protocol_error",
    },
  ];

  it.each(cases.map((hostile) => [hostile.what, hostile] as const))(
    "that sends %s is one failure, bounded, and harms nobody else",
    async (_what, { misbehave, limits, failure, says, api }) => {
      let facts: RequestFacts | undefined;
      let other: RequestFacts | undefined;
      const grown = await growth(async () => {
        const slow: Misbehave = async (connection) => {
          await connection.send(STREAM_HEAD + httpChunk(delta("a")));
          await connection.drip(httpChunk(FINISH + DONE) + LAST_CHUNK, 1);
          connection.end();
        };
        [facts, other] = await Promise.all([
          ask(misbehave, { total: 10_000, ...limits }, api === undefined ? {} : { api }),
          ask(slow),
        ]);
      });
      expect(facts!.outcome).toMatchObject({ ok: false, failure });
      expect(facts!.outcome.ok ? "" : facts!.outcome.message).toMatch(says ?? /./);
      expect(other!.outcome).toEqual({ ok: true, finish: "length" });
      expect(grown / MB).toBeLessThan(100);
      expect(servers[0]!.requests).toBe(1);
    },
  );

  it("that sends a million events in one write is read to its end", async () => {
    const body = Buffer.concat([
      Buffer.from(STREAM_HEAD.replace("Transfer-Encoding: chunked", "Connection: close")),
      repeated(delta("a"), 1_000_000 * delta("a").length),
      Buffer.from(FINISH + DONE),
    ]);
    let facts: RequestFacts | undefined;
    const grown = await growth(async () => {
      facts = await ask(async (connection) => {
        await connection.send(body);
        connection.end();
      });
    });
    expect(facts?.outcome).toEqual({ ok: true, finish: "length" });
    expect(facts?.contentGapsUs).toHaveLength(1_000_000);
    expect(grown / MB).toBeLessThan(100);
  });

  it("that never stops sending content is cut before it fills the memory", async () => {
    const block = chunked(delta("x".repeat(60_000)).repeat(4));
    const facts = await ask(flood(STREAM_HEAD, block));
    expect(facts.outcome).toMatchObject({ ok: false, failure: "protocol_error" });
  });

  it("that stays open after a good answer keeps no other request waiting", async () => {
    const facts = await ask(async (connection) => {
      await connection.send(GOOD);
      await connection.closed;
    });
    expect(facts.outcome).toMatchObject({ ok: true });
  });

  it("on a kept connection is the same failure", async () => {
    const facts = await ask(
      flood("HTTP/1.1 200 OK\r\nX: ", repeated("x", 64 * 1024)),
      {},
      {
        mode: "keep-alive",
      },
    );
    expect(facts.outcome).toMatchObject({ ok: false, failure: "protocol_error" });
  });
});
