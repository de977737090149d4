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
    let start = this.#rest(chunk);
    let lf = chunk.indexOf(LF, start);
    let cr = chunk.indexOf(CR, start);
    for (let end = first(lf, cr); end >= 0; end = first(lf, cr)) {
      this.#line(chunk, start, end, at);
      start = end + 1;
      if (end === cr) {
        if (lf === start) start += 1;
        else this.#afterCr = start === chunk.length;
      }
      // Most streams have no CR at all: one search for the whole chunk finds that out.
      lf = following(chunk, LF, lf, start);
      cr = following(chunk, CR, cr, start);
    }
    if (start < chunk.length) this.#partial.append(chunk.subarray(start));
  }

  /** Where the first line begins: CR LF is one line end, even when the network cut between them. */
  #rest(chunk: Buffer): number {
    if (!this.#afterCr || chunk.length === 0) return 0;
    this.#afterCr = false;
    return chunk[0] === LF ? 1 : 0;
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

/** The nearer one of two places; -1 stands for none. */
function first(one: number, other: number): number {
  if (one < 0) return other;
  return other < 0 ? one : Math.min(one, other);
}

/** Where the byte is next, from `start` on; `before` is where it was found last. */
function following(chunk: Buffer, byte: number, before: number, start: number): number {
  return before < 0 || before >= start ? before : chunk.indexOf(byte, start);
}
