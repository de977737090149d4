import { NotHttp, parseField } from "./head.ts";

/** Of one chunk's line with its extensions, and of all trailers: there is no use for longer ones. */
const MAX_LINE = 4096;
const MAX_TRAILERS = 64 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const TAB = 0x09;

type State =
  | "size" // the first digit
  | "digits"
  | "extension"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailer"
  | "trailer-lf"
  | "done";

/**
 * What is between the data of a chunked body (RFC 9112, 7.1): sizes, extensions, line ends, and
 * trailers. Sizes are hexadecimal digits and nothing else, line ends are CR LF and nothing else.
 */
export class ChunkFraming {
  /** Bytes of data that come next; whoever takes some of them says so by `took`. */
  left = 0;
  #state: State = "size";
  /** Bytes of the line, or of the trailers, so far. */
  #length = 0;
  #trailer = "";

  get done(): boolean {
    return this.#state === "done";
  }

  /** The next body. */
  reset(): void {
    this.left = 0;
    this.#state = "size";
    this.#length = 0;
    this.#trailer = "";
  }

  took(bytes: number): void {
    this.left -= bytes;
    if (this.left === 0) this.#state = "data-cr";
  }

  /**
   * Reads on until data begins, the body is over, or the bytes end.
   *
   * @returns where it stopped
   * @throws NotHttp
   */
  skip(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to && this.#state !== "data" && this.#state !== "done") {
      this.#byte(bytes[at] ?? 0);
      at += 1;
    }
    return at;
  }

  #byte(byte: number): void {
    const state = this.#state;
    if (state === "size" || state === "digits") this.#size(byte);
    else if (state === "data-cr") this.#expect(byte, CR, "data-lf");
    else if (state === "data-lf") this.#expect(byte, LF, "size");
    else if (state === "size-lf") this.#sizeEnd(byte);
    else if (state === "extension") this.#extension(byte);
    else this.#trailers(byte);
  }

  #sizeEnd(byte: number): void {
    this.#length = 0;
    this.#expect(byte, LF, this.left > 0 ? "data" : "trailer");
  }

  #size(byte: number): void {
    const digit = digitOf(byte);
    if (digit >= 0) {
      this.left = this.left * 16 + digit;
      this.#bound(MAX_LINE);
      if (this.left > Number.MAX_SAFE_INTEGER) throw new NotHttp("a chunk size beyond all numbers");
      this.#state = "digits";
    } else if (this.#state === "digits" && byte === CR) this.#state = "size-lf";
    else if (this.#state === "digits" && byte === SEMICOLON) this.#state = "extension";
    else throw new NotHttp(`not a chunk size: byte ${byte}`);
  }

  #extension(byte: number): void {
    this.#bound(MAX_LINE);
    if (byte === CR) this.#state = "size-lf";
    else if (isControl(byte)) throw new NotHttp(`not a chunk extension: byte ${byte}`);
  }

  #trailers(byte: number): void {
    this.#bound(MAX_TRAILERS);
    if (this.#state === "trailer-lf") {
      if (this.#trailer !== "") parseField(this.#trailer);
      this.#expect(byte, LF, this.#trailer === "" ? "done" : "trailer");
      this.#trailer = "";
    } else if (byte === CR) this.#state = "trailer-lf";
    else if (byte === LF) throw new NotHttp("a line of the trailers without CR");
    else this.#trailer += String.fromCharCode(byte);
  }

  #bound(limit: number): void {
    this.#length += 1;
    if (this.#length > limit) throw new NotHttp(`a line between chunks longer than ${limit} bytes`);
  }

  #expect(byte: number, expected: number, next: State): void {
    if (byte !== expected) throw new NotHttp(`byte ${byte} where a chunk's line end must be`);
    this.#state = next;
  }
}

/** -1 for what is none. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function isControl(byte: number): boolean {
  return (byte < 0x20 && byte !== TAB) || byte === 0x7f;
}
