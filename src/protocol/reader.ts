/**
 * From body bytes to timed content. Bytes wait, with their arrival times, until a batch is worth
 * parsing or somebody needs to know; so parsing one stream does not delay the timestamps of the
 * others, and memory is bounded by the batch, not by the answer.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Interpreter } from "./adapter.ts";
import { ExchangeAbort, type BodyReader } from "./exchange.ts";
import { SseParser } from "./sse.ts";

/** Parse at the latest when so much is pending: about 0.3 ms of parsing. */
const BATCH_CHUNKS = 64;
const BATCH_BYTES = 64 * 1024;

/** Of an error response we keep enough to quote; a whole JSON answer may be longer. */
const MAX_ERROR_BODY = 64 * 1024;
const MAX_WHOLE_BODY = 64 * 1024 * 1024;

type BodyKind = "events" | "whole" | "error";

export class ContentReader implements BodyReader {
  /** Arrival time of each content event, ms since the run's origin. */
  readonly contentAt: number[] = [];
  firstAnswer: number | undefined;
  /** The body of an error response. */
  errorBody = "";
  readonly #interpreter: Interpreter;
  readonly #parser: SseParser;
  #kind: BodyKind = "error";
  #pending: { readonly chunk: Buffer; readonly at: number }[] = [];
  #pendingBytes = 0;
  #body: Buffer[] = [];
  #bodyBytes = 0;

  constructor(interpreter: Interpreter) {
    this.#interpreter = interpreter;
    this.#parser = new SseParser((event, at) => {
      this.#content(this.#interpreter.event(event), at);
    });
  }

  start(status: number, headers: IncomingHttpHeaders): void {
    const type = headers["content-type"] ?? "";
    if (status < 200 || status >= 300) this.#kind = "error";
    else this.#kind = type.includes("application/json") ? "whole" : "events";
  }

  data(chunk: Buffer, at: number): void {
    if (this.#kind !== "events") {
      this.#collect(chunk);
      return;
    }
    this.#pending.push({ chunk, at });
    this.#pendingBytes += chunk.length;
    if (this.#pending.length >= BATCH_CHUNKS || this.#pendingBytes >= BATCH_BYTES) this.#parse();
  }

  progress(): { firstContent?: number; lastContent?: number } {
    this.#parse();
    const first = this.contentAt[0];
    const last = this.contentAt.at(-1);
    return first === undefined || last === undefined
      ? {}
      : { firstContent: first, lastContent: last };
  }

  end(at: number): void {
    this.#parse();
    this.#parser.end(at);
    const body = Buffer.concat(this.#body).toString("utf8");
    if (this.#kind === "error") this.errorBody = body;
    else if (this.#kind === "whole") this.#content(this.#interpreter.whole(body), at);
  }

  #parse(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    this.#pendingBytes = 0;
    for (const { chunk, at } of pending) this.#parser.push(chunk, at);
  }

  #content(content: "answer" | "reasoning" | "tool" | undefined, at: number): void {
    if (content === undefined) return;
    this.contentAt.push(at);
    if (content === "answer") this.firstAnswer ??= at;
  }

  #collect(chunk: Buffer): void {
    this.#bodyBytes += chunk.length;
    if (this.#kind === "whole" && this.#bodyBytes > MAX_WHOLE_BODY) {
      throw new ExchangeAbort("protocol_error", `a body of more than ${MAX_WHOLE_BODY} bytes`);
    }
    if (this.#kind === "whole" || this.#bodyBytes <= MAX_ERROR_BODY) this.#body.push(chunk);
  }
}
