/**
 * Bytes put together from pieces. They are copied into one block that doubles, so a million pieces
 * of one byte cost what one piece of a million bytes costs.
 */
import { MalformedAnswer } from "./json.ts";

const FIRST_SIZE = 4096;
/** Most stores of a request never hold anything. */
const EMPTY = Buffer.alloc(0);

export class ByteStore {
  readonly #what: string;
  readonly #limit: number;
  #block = EMPTY;
  #length = 0;

  /** @param what for the message when the limit is passed, e.g. `a line of the event stream` */
  constructor(what: string, limit: number) {
    this.#what = what;
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  /** @throws MalformedAnswer when there would be more bytes than the limit */
  append(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (length > this.#limit) {
      throw new MalformedAnswer(`${this.#what} is longer than ${this.#limit} bytes`);
    }
    if (length > this.#block.length) {
      const grown = Buffer.allocUnsafe(Math.max(FIRST_SIZE, length, 2 * this.#block.length));
      this.#block.copy(grown, 0, 0, this.#length);
      this.#block = grown;
    }
    piece.copy(this.#block, this.#length);
    this.#length = length;
  }

  /** The bytes, valid until the next `append`; the store is empty afterwards. */
  take(): Buffer {
    const bytes = this.#block.subarray(0, this.#length);
    this.#length = 0;
    if (this.#block.length > 64 * FIRST_SIZE) this.#block = EMPTY;
    return bytes;
  }
}
