/**
 * Lines from bytes, however the network cut them. They are found in the bytes and handed on whole:
 * a line end never falls inside a UTF-8 sequence, so no streaming decoder is needed, and invalid
 * UTF-8 damages one line only.
 */
import { ByteStore } from "./byte-store.ts";

const LF = 0x0a;
const CR = 0x0d;

/** A single line longer than this is a protocol error, not a reason to run out of memory. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * A line is what is in `bytes` from `from` to `to`, during the call only: a Buffer for each line would
 * be most of the garbage of a stream.
 */
export interface LineSink {
  line(bytes: Buffer, from: number, to: number, at: number): void;
}

/** Lines end with LF, CR LF or CR. */
export class LineSplitter {
  readonly #sink: LineSink;
  /** The start of a line that has not ended yet. */
  readonly #partial = new ByteStore("a line of the stream", MAX_LINE_BYTES);
  #afterCr = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /**
   * @param at when the bytes arrived; lines that they complete carry this time
   * @throws MalformedAnswer for a line without end
   */
  push(chunk: Buffer, at: number): void {
    let start = 0;
    if (this.#afterCr && chunk.length > 0) {
      // CR LF is one line end, even when the network cut between them.
      if (chunk[0] === LF) start = 1;
      this.#afterCr = false;
    }
    for (let end = nextLineEnd(chunk, start); end >= 0; end = nextLineEnd(chunk, start)) {
      this.#line(chunk, start, end, at);
      start = end + 1;
      if (chunk[end] === CR) {
        if (start === chunk.length) this.#afterCr = true;
        else if (chunk[start] === LF) start += 1;
      }
    }
    if (start < chunk.length) this.#partial.append(chunk.subarray(start));
  }

  /** The bytes have ended; what has no line end is a line all the same. */
  end(at: number): void {
    if (this.#partial.length > 0) this.#emitPartial(at);
  }

  #line(chunk: Buffer, start: number, end: number, at: number): void {
    if (this.#partial.length === 0) {
      this.#sink.line(chunk, start, end, at);
      return;
    }
    this.#partial.append(chunk.subarray(start, end));
    this.#emitPartial(at);
  }

  #emitPartial(at: number): void {
    const line = this.#partial.take();
    this.#sink.line(line, 0, line.length, at);
  }
}

function nextLineEnd(chunk: Buffer, from: number): number {
  for (let i = from; i < chunk.length; i += 1) {
    const byte = chunk[i];
    if (byte === LF || byte === CR) return i;
  }
  return -1;
}
