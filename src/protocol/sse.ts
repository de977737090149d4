/**
 * Server-sent events from bytes, however the network cut them (WHATWG HTML, "Server-sent events",
 * with what real servers add; see docs of each adapter).
 *
 * Lines are found in the bytes and decoded whole: a line end never falls inside a UTF-8 sequence,
 * so no streaming decoder is needed and invalid UTF-8 damages one line only.
 */

export interface SseEvent {
  /** The `event:` field; undefined when absent. */
  readonly name: string | undefined;
  /** `data:` lines joined by a line feed. */
  readonly data: string;
}

export type SseSink = (event: SseEvent, at: number) => void;

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;

/** A single line longer than this is a protocol error, not a reason to run out of memory. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

export class SseLineTooLong extends Error {
  constructor() {
    super(`a line of the event stream is longer than ${MAX_LINE_BYTES} bytes`);
  }
}

export class SseParser {
  readonly #emit: SseSink;
  /** Parts of a line that has not ended yet. */
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #afterCr = false;
  #name: string | undefined;
  #data: string[] = [];

  constructor(emit: SseSink) {
    this.#emit = emit;
  }

  /**
   * @param at when the bytes arrived; events that they complete carry this time
   * @throws SseLineTooLong
   */
  push(chunk: Buffer, at: number): void {
    let start = 0;
    if (this.#afterCr && chunk.length > 0) {
      // CR LF is one line end, even when the network cut between them.
      if (chunk[0] === LF) start = 1;
      this.#afterCr = false;
    }
    for (let end = nextLineEnd(chunk, start); end >= 0; end = nextLineEnd(chunk, start)) {
      this.#line(this.#complete(chunk, start, end), at);
      start = end + 1;
      if (chunk[end] === CR) {
        if (start === chunk.length) this.#afterCr = true;
        else if (chunk[start] === LF) start += 1;
      }
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /**
   * The body has ended. A last event without its blank line is dispatched all the same: servers
   * that forget the blank line lose nothing, and a stream that was cut shows by its missing end.
   */
  end(at: number): void {
    if (this.#partialBytes > 0) this.#line(this.#complete(Buffer.alloc(0), 0, 0), at);
    this.#dispatch(at);
  }

  #keep(part: Buffer): void {
    this.#partialBytes += part.length;
    if (this.#partialBytes > MAX_LINE_BYTES) throw new SseLineTooLong();
    this.#partial.push(part);
  }

  #complete(chunk: Buffer, start: number, end: number): Buffer {
    const rest = chunk.subarray(start, end);
    if (this.#partialBytes === 0) return rest;
    const line = Buffer.concat([...this.#partial, rest]);
    this.#partial = [];
    this.#partialBytes = 0;
    return line;
  }

  #line(line: Buffer, at: number): void {
    if (line.length === 0) {
      this.#dispatch(at);
      return;
    }
    const colon = line.indexOf(COLON);
    if (colon === 0) return; // a comment: pings
    const field = colon < 0 ? line.toString("utf8") : line.toString("latin1", 0, colon);
    // Strip at most one space: TorchBridge sends raw text whose own leading space is payload.
    const from = colon < 0 ? line.length : line[colon + 1] === SPACE ? colon + 2 : colon + 1;
    if (field === "data") this.#data.push(line.toString("utf8", from));
    else if (field === "event") this.#name = line.toString("utf8", from);
    // Old llama.cpp (before #16109) sent mid-stream errors in a field of this name.
    else if (field === "error") this.#data.push(`{"error":${line.toString("utf8", from)}}`);
  }

  #dispatch(at: number): void {
    if (this.#data.length > 0) this.#emit({ name: this.#name, data: this.#data.join("\n") }, at);
    this.#name = undefined;
    this.#data = [];
  }
}

function nextLineEnd(chunk: Buffer, from: number): number {
  for (let i = from; i < chunk.length; i += 1) {
    const byte = chunk[i];
    if (byte === LF || byte === CR) return i;
  }
  return -1;
}
