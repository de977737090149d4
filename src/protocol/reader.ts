/**
 * From body bytes to timed content. Bytes wait, with their arrival times, until a batch is worth
 * parsing or somebody needs to know; so parsing one stream does not delay the timestamps of the
 * others, and memory is bounded by the batch, not by the answer.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Content, Interpreter } from "./adapter.ts";
import { ByteStore } from "./byte-store.ts";
import type { BodyReader } from "./exchange.ts";
import { frameParser, framingOf, type FrameParser } from "./frames.ts";
import { headerText } from "./header-text.ts";
import { MalformedAnswer } from "./json.ts";

/**
 * Parse at the latest when so much is pending: about 20 µs of parsing. With 64 instead of 4 the
 * timing error at 10,000 events/s was 3.5 ms at p99 instead of 2.1.
 */
const BATCH_CHUNKS = 4;
const BATCH_BYTES = 64 * 1024;

/**
 * Streams that began together would fill their first batches together, and parsing them all in one
 * go stops the thread for tens of ms; so first batches end at sizes spread over the range (multiples
 * of the golden ratio, modulo 1).
 */
const SPREAD = 0.618033988749895;
let readers = 0;

function firstBatch(): number {
  readers += 1;
  return 1 + Math.floor(((readers * SPREAD) % 1) * BATCH_CHUNKS);
}

/** Of an error response we keep enough to quote; a whole JSON answer may be longer. */
const MAX_ERROR_BODY = 64 * 1024;
const MAX_WHOLE_BODY = 16 * 1024 * 1024;

/** Answers without end are cut here, before they fill the memory. */
export const MAX_CONTENT_EVENTS = 2 ** 20;
const MAX_TEXT = 16 * 1024 * 1024;

/** Text grows as a rope of its pieces, which takes many times its length until it is read. */
const FLATTEN_EVERY = 4096;

export class ContentReader implements BodyReader {
  /** Arrival time of each content event, ms since the run's origin. */
  readonly contentAt: number[] = [];
  /** Tokens that each content event brought; undefined where the protocol does not tell. */
  contentTokens: number[] | undefined = [];
  firstAnswer: number | undefined;
  /** The body of an error response. */
  errorBody = "";
  readonly #interpreter: Interpreter;
  #parser: FrameParser | undefined;
  #kind: "events" | "whole" | "error" = "error";
  #pending: { readonly chunk: Buffer; readonly at: number }[] = [];
  #pendingBytes = 0;
  #batch = firstBatch();
  #tokens = 0;
  readonly #body = new ByteStore("the body", MAX_WHOLE_BODY);

  constructor(interpreter: Interpreter) {
    this.#interpreter = interpreter;
  }

  start(status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || status >= 300) return;
    const encoding = headerText(headers, "content-encoding") ?? "identity";
    if (encoding !== "identity") {
      throw new MalformedAnswer(`compressed (${encoding}), which was not asked for`);
    }
    const type = headerText(headers, "content-type")?.toLowerCase() ?? "";
    const framing = framingOf(type, this.#interpreter.framing ?? "sse");
    this.#kind = framing === "whole" ? "whole" : "events";
    if (framing === "whole") return;
    this.#parser = frameParser(framing, (event, at) => {
      this.#content(this.#interpreter.event(event), at);
    });
  }

  data(chunk: Buffer, at: number): void {
    if (this.#kind !== "events") {
      this.#collect(chunk);
      return;
    }
    this.#pending.push({ chunk, at });
    this.#pendingBytes += chunk.length;
    if (this.#pending.length >= this.#batch || this.#pendingBytes >= BATCH_BYTES) this.#parse();
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
    this.#parser?.end(at);
    if (this.#kind === "events") {
      this.#interpreter.end?.();
      return;
    }
    const body = this.#body.take().toString("utf8");
    if (this.#kind === "error") this.errorBody = body;
    else this.#wholeContent(this.#interpreter.whole(body), at);
  }

  #parse(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#batch = BATCH_CHUNKS;
    for (const { chunk, at } of pending) this.#parser?.push(chunk, at);
  }

  #content(content: Content | undefined, at: number): void {
    if (content === undefined) return;
    this.contentAt.push(at);
    if (content === "answer") this.firstAnswer ??= at;
    this.#countTokens(content);
    this.#bound();
  }

  #countTokens(content: Content): void {
    const tokens = content === "result" ? 0 : this.#interpreter.answer.tokens;
    if (tokens === undefined) this.contentTokens = undefined;
    else this.contentTokens?.push(Math.max(0, tokens - this.#tokens));
    this.#tokens = tokens ?? 0;
  }

  /** An answer in one piece says nothing about when its tokens came. */
  #wholeContent(content: Content | undefined, at: number): void {
    this.#content(content, at);
    if (content !== "result") this.contentTokens = undefined;
  }

  #bound(): void {
    const { text, reasoning } = this.#interpreter.answer;
    if (this.contentAt.length > MAX_CONTENT_EVENTS) {
      throw new MalformedAnswer(`more than ${MAX_CONTENT_EVENTS} events with content`);
    }
    if (text.length + reasoning.length > MAX_TEXT) {
      throw new MalformedAnswer(`more than ${MAX_TEXT} characters of text`);
    }
    if (this.contentAt.length % FLATTEN_EVERY !== 0) return;
    // Reading a character makes one string of the pieces.
    text.charCodeAt(0);
    reasoning.charCodeAt(0);
  }

  #collect(chunk: Buffer): void {
    if (this.#kind === "whole" || this.#body.length + chunk.length <= MAX_ERROR_BODY) {
      this.#body.append(chunk);
    }
  }
}
