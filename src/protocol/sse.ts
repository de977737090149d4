/**
 * Server-sent events from bytes, however the network cut them (WHATWG HTML, "Server-sent events",
 * with what real servers add; see docs of each adapter).
 */
import { MalformedAnswer } from "./json.ts";
import { LineSplitter, MAX_LINE_BYTES, type LineSink } from "./lines.ts";

export interface SseEvent {
  /** The `event:` field; undefined when absent. */
  readonly name: string | undefined;
  /** `data:` lines joined by a line feed. */
  readonly data: string;
}

export type SseSink = (event: SseEvent, at: number) => void;

const COLON = 0x3a;
const SPACE = 0x20;

/** The fields that mean something, as they stand before the colon. */
const DATA = Buffer.from("data");
const EVENT = Buffer.from("event");
/** Old llama.cpp (before #16109) sent mid-stream errors in a field of this name. */
const ERROR = Buffer.from("error");

export class SseParser implements LineSink {
  readonly #emit: SseSink;
  readonly #lines = new LineSplitter(this);
  #name: string | undefined;
  #data: string | undefined;
  #dataBytes = 0;

  constructor(emit: SseSink) {
    this.#emit = emit;
  }

  /**
   * @param at when the bytes arrived; events that they complete carry this time
   * @throws MalformedAnswer for a line or an event without end
   */
  push(chunk: Buffer, at: number): void {
    this.#lines.push(chunk, at);
  }

  /**
   * The body has ended. A last event without its blank line is dispatched all the same: servers
   * that forget the blank line lose nothing, and a stream that was cut shows by its missing end.
   */
  end(at: number): void {
    this.#lines.end(at);
    this.#dispatch(at);
  }

  line(bytes: Buffer, from: number, to: number, at: number): void {
    if (from === to) {
      this.#dispatch(at);
      return;
    }
    // Comments, which begin with the colon, have a field without a name: pings.
    const end = fieldEnd(bytes, from, to);
    if (isField(DATA, bytes, from, end)) this.#keep(valueOf(bytes, end, to));
    else if (isField(EVENT, bytes, from, end)) this.#name = valueOf(bytes, end, to);
    else if (isField(ERROR, bytes, from, end)) {
      this.#keep(`{"error":${valueOf(bytes, end, to)}}`);
    }
  }

  #keep(data: string): void {
    this.#dataBytes += data.length + 1;
    if (this.#dataBytes > MAX_LINE_BYTES) {
      throw new MalformedAnswer(`an event of the stream is longer than ${MAX_LINE_BYTES} bytes`);
    }
    this.#data = this.#data === undefined ? data : `${this.#data}\n${data}`;
  }

  #dispatch(at: number): void {
    if (this.#data !== undefined) {
      this.#emit({ name: this.#name, data: this.#data }, at);
      this.#data = undefined;
      this.#dataBytes = 0;
    }
    this.#name = undefined;
  }
}

/** Where the field's name ends: at the colon, or with the line. */
function fieldEnd(bytes: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at += 1) if (bytes[at] === COLON) return at;
  return to;
}

function isField(name: Buffer, bytes: Buffer, from: number, end: number): boolean {
  if (end - from !== name.length) return false;
  for (let i = 0; i < name.length; i += 1) if (bytes[from + i] !== name[i]) return false;
  return true;
}

/** Strips one space at most: TorchBridge sends raw text whose own leading space is payload. */
function valueOf(bytes: Buffer, colon: number, to: number): string {
  return bytes.toString("utf8", bytes[colon + 1] === SPACE ? colon + 2 : colon + 1, to);
}
