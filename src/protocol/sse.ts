/**
 * Server-sent events from bytes, however the network cut them (WHATWG HTML, "Server-sent events",
 * with what real servers add; see docs of each adapter).
 */
import { MalformedAnswer } from "./json.ts";
import { LineSplitter, MAX_LINE_BYTES } from "./lines.ts";

export interface SseEvent {
  /** The `event:` field; undefined when absent. */
  readonly name: string | undefined;
  /** `data:` lines joined by a line feed. */
  readonly data: string;
}

export type SseSink = (event: SseEvent, at: number) => void;

const COLON = 0x3a;
const SPACE = 0x20;

export class SseParser {
  readonly #emit: SseSink;
  readonly #lines = new LineSplitter((line, at) => {
    this.#line(line, at);
  });
  #name: string | undefined;
  #data: string[] = [];
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
    if (field === "data") this.#keep(line.toString("utf8", from));
    else if (field === "event") this.#name = line.toString("utf8", from);
    // Old llama.cpp (before #16109) sent mid-stream errors in a field of this name.
    else if (field === "error") this.#keep(`{"error":${line.toString("utf8", from)}}`);
  }

  #keep(data: string): void {
    this.#dataBytes += data.length + 1;
    if (this.#dataBytes > MAX_LINE_BYTES) {
      throw new MalformedAnswer(`an event of the stream is longer than ${MAX_LINE_BYTES} bytes`);
    }
    this.#data.push(data);
  }

  #dispatch(at: number): void {
    const [data] = this.#data;
    if (data !== undefined) {
      const whole = this.#data.length === 1 ? data : this.#data.join("\n");
      this.#emit({ name: this.#name, data: whole }, at);
      this.#data = [];
      this.#dataBytes = 0;
    }
    this.#name = undefined;
  }
}
