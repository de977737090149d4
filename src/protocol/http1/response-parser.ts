/**
 * HTTP/1.1 responses from bytes, however the network cut them, one after the other on a connection.
 * Strict where leniency could make one response into another; bounded where a server could go on
 * without end, except in the body, which is its taker's to bound.
 */
import { ChunkFraming } from "./chunks.ts";
import { NotHttp, parseHead, type ResponseHead } from "./head.ts";

/** `at` is when the bytes arrived that completed what is told. */
export interface ResponseSink {
  head(head: ResponseHead, at: number): void;
  /** Valid during the call only. */
  data(bytes: Buffer, at: number): void;
  end(at: number): void;
}

/** Also of each informational response before it. */
export const MAX_HEAD = 64 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const VERSION = Buffer.from("HTTP/1.");
/** CR LF CR LF. */
const HEAD_END = 4;

export class ResponseParser {
  readonly #sink: ResponseSink;
  #state: "head" | "length" | "chunked" | "close" | "over" = "head";
  /** The head's bytes from earlier reads. */
  #earlier = "";
  /** Bytes of the head so far, and how much of its end they have. */
  #length = 0;
  #ending = 0;
  #left = 0;
  readonly #chunks = new ChunkFraming();

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** The next response on this connection. */
  reset(): void {
    this.#state = "head";
    this.#nextHead();
  }

  /** Nothing is told any more until `reset`; may be called by the sink. */
  stop(): void {
    this.#state = "over";
  }

  /**
   * Takes `bytes` from `from` to `to`.
   *
   * @returns where the response ended; what is behind it belongs to nothing that was asked
   * @throws NotHttp
   */
  push(bytes: Buffer, from: number, to: number, at: number): number {
    let next = from;
    while (next < to && this.#state !== "over") {
      if (this.#state === "head") next = this.#head(bytes, next, to, at);
      else if (this.#state === "chunked") next = this.#chunk(bytes, next, to, at);
      else next = this.#plain(bytes, next, to, at);
    }
    return next;
  }

  /**
   * The connection has ended.
   *
   * @returns whether the response was complete by that, or before
   * @throws NotHttp when what came was not even the beginning of one
   */
  close(at: number): boolean {
    if (this.#state === "close") this.#end(at);
    return this.#state === "over";
  }

  #head(bytes: Buffer, from: number, to: number, at: number): number {
    let next = from;
    while (next < to && this.#ending < HEAD_END) {
      this.#headByte(bytes[next] ?? 0);
      next += 1;
    }
    this.#earlier += bytes.toString("latin1", from, next);
    if (this.#ending === HEAD_END) {
      const head = parseHead(this.#earlier.slice(0, -HEAD_END));
      this.#nextHead();
      if (head.status >= 200) this.#body(head, at);
      else if (head.status === 101) throw new NotHttp("an upgrade that was not asked for");
    }
    return next;
  }

  #headByte(byte: number): void {
    if (this.#length < VERSION.length && byte !== VERSION[this.#length]) {
      throw new NotHttp("the answer is not HTTP/1.1");
    }
    this.#length += 1;
    if (this.#length > MAX_HEAD) throw new NotHttp(`headers longer than ${MAX_HEAD} bytes`);
    const afterCr = this.#ending % 2 === 1;
    if (afterCr !== (byte === LF)) throw new NotHttp("a line of the headers does not end in CR LF");
    if (afterCr) this.#ending += 1;
    else this.#ending = byte === CR ? this.#ending + 1 : 0;
  }

  #nextHead(): void {
    this.#earlier = "";
    this.#length = 0;
    this.#ending = 0;
  }

  #body(head: ResponseHead, at: number): void {
    const { framing } = head;
    if (framing === "chunked") this.#chunks.reset();
    this.#left = typeof framing === "number" ? framing : Infinity;
    this.#state = typeof framing === "number" ? "length" : framing;
    this.#sink.head(head, at);
    if (this.#left === 0) this.#end(at);
  }

  #chunk(bytes: Buffer, from: number, to: number, at: number): number {
    const chunks = this.#chunks;
    const start = chunks.skip(bytes, from, to);
    if (chunks.done) {
      this.#end(at);
      return start;
    }
    const end = Math.min(to, start + chunks.left);
    if (end > start) {
      chunks.took(end - start);
      this.#sink.data(bytes.subarray(start, end), at);
    }
    return end;
  }

  /** A body with a length, or until the connection's end. */
  #plain(bytes: Buffer, from: number, to: number, at: number): number {
    const end = Math.min(to, from + this.#left);
    this.#left -= end - from;
    this.#sink.data(bytes.subarray(from, end), at);
    if (this.#left === 0) this.#end(at);
    return end;
  }

  #end(at: number): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#sink.end(at);
  }
}
