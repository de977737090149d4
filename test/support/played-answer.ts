/**
 * An answer as bytes, played to the real client without a network: every cut of the bytes can be
 * tried in no time, and the clock stands still, so records can be compared as a whole.
 */
import type { Clock } from "../../src/core/clock.ts";
import type { LlmRequest, Reply } from "../../src/core/request.ts";
import type { Adapter, ServerFacts } from "../../src/protocol/adapter.ts";
import { performRequest } from "../../src/protocol/perform.ts";
import type { RequestFacts } from "../../src/protocol/request-facts.ts";
import type { HttpRequest } from "../../src/protocol/http1/request-text.ts";
import type { Transport } from "../../src/protocol/transport.ts";

export interface PlayedAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Network reads. */
  readonly body: readonly (Buffer | string)[];
  /** The connection breaks after the body. */
  readonly breaks?: boolean;
}

export const SSE = { "content-type": "text/event-stream" };
export const NDJSON = { "content-type": "application/x-ndjson" };
export const JSON_BODY = { "content-type": "application/json; charset=utf-8" };

const still: Clock = { now: () => 0, sleepUntil: () => new Promise<void>(() => undefined) };

const NO_DEADLINES = { connect: 0, headers: 0, firstContent: 0, nextContent: 0, total: 0 };

const NO_FACTS: ServerFacts = { server: undefined, model: "m", basePath: "", headers: {} };

export const HELLO: LlmRequest = {
  api: "auto",
  messages: [{ role: "user", content: "hello" }],
  maxTokens: 3,
};

export interface Played {
  readonly facts: RequestFacts;
  readonly reply: Reply;
  readonly sent: HttpRequest;
}

export async function play(
  adapter: Adapter,
  answer: PlayedAnswer,
  request: LlmRequest = HELLO,
  facts: Partial<ServerFacts> = {},
): Promise<Played> {
  let sent: HttpRequest | undefined;
  const transport: Transport = {
    dispatch(outgoing, handler) {
      sent = outgoing;
      const head = { status: answer.status ?? 200, headers: { ...answer.headers } };
      handler.head({ ...head, framing: "close", keepAlive: false, idle: undefined }, 0);
      for (const read of answer.body) handler.data(Buffer.from(read), 0);
      if (answer.breaks === true) {
        const error = Object.assign(new Error("other side closed"), { code: "ECONNRESET" });
        handler.error(error, 0);
      } else handler.end(0);
      return { abort: () => undefined, catchUp: () => undefined };
    },
    close: () => Promise.resolve(),
  };
  const performed = await performRequest(
    request,
    { adapter, transport, facts: { ...NO_FACTS, ...facts } },
    { clock: still, deadlines: NO_DEADLINES, signal: new AbortController().signal },
  );
  return { ...performed, sent: sent! };
}

/** The bytes of a capture's body, out of its HTTP chunks. */
export function bodyOf(capture: Buffer): Buffer {
  const head = capture.indexOf("\r\n\r\n") + 4;
  if (!/transfer-encoding: chunked/i.test(capture.toString("latin1", 0, head))) {
    return capture.subarray(head);
  }
  const parts: Buffer[] = [];
  for (let at = head; at < capture.length;) {
    const lineEnd = capture.indexOf("\r\n", at);
    const size = parseInt(capture.toString("latin1", at, lineEnd), 16);
    if (!(size > 0)) break;
    parts.push(capture.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

/** Server-sent events of these data texts or JSON values. */
export function sse(...data: readonly unknown[]): string {
  return data
    .map((value) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`)
    .join("");
}

/** Server-sent events with names. */
export function named(...events: readonly (readonly [name: string, data: unknown])[]): string {
  return events.map(([name, data]) => `event: ${name}\n${sse(data)}`).join("");
}

export function ndjson(...lines: readonly unknown[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}
