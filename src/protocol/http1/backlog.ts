/**
 * Bytes that have arrived and wait to be looked at. A server that decodes in batches writes to all
 * its streams at once; if each read were parsed before the next, the last stream's arrival would be
 * read off the clock when all the others have been parsed. So a read is only stamped and copied
 * here, and parsed when the event loop has done all the reads of its turn.
 */

export interface Taker {
  /** The bytes are valid during the call only. */
  take(bytes: Buffer, from: number, to: number, at: number): void;
}

/** Bigger reads are handed on at once: copying them would cost more than the order is worth. */
const LARGE = 16 * 1024;
const ARENA = 1024 * 1024;
const READS = 4096;

/** Handed on in one go, about 0.2 ms of parsing; then new reads get their stamps. */
const SLICE_READS = 32;
const SLICE_BYTES = 32 * 1024;

const NOBODY: Taker = { take: () => undefined };

export class Backlog {
  readonly #arena = Buffer.allocUnsafeSlow(ARENA);
  readonly #takers = new Array<Taker>(READS).fill(NOBODY);
  readonly #ends = new Uint32Array(READS);
  readonly #times = new Float64Array(READS);
  /** Reads that are in it, and how many of them have been handed on. */
  #count = 0;
  #done = 0;
  #used = 0;
  #scheduled = false;

  /** Keeps the first `length` bytes. */
  add(taker: Taker, bytes: Buffer, length: number, at: number): void {
    if (length > LARGE) {
      this.catchUp();
      taker.take(bytes, 0, length, at);
      return;
    }
    if (this.#count === READS || this.#used + length > ARENA) this.catchUp();
    bytes.copy(this.#arena, this.#used, 0, length);
    this.#used += length;
    this.#takers[this.#count] = taker;
    this.#ends[this.#count] = this.#used;
    this.#times[this.#count] = at;
    this.#count += 1;
    if (!this.#scheduled) this.#schedule();
  }

  /** Hands on everything that has arrived so far. */
  catchUp(): void {
    while (this.#done < this.#count) this.#next();
  }

  #schedule(): void {
    this.#scheduled = true;
    setImmediate(this.#slice);
  }

  readonly #slice = (): void => {
    this.#scheduled = false;
    const reads = this.#done + SLICE_READS;
    const bytes = this.#start() + SLICE_BYTES;
    while (this.#done < this.#count && this.#done < reads && this.#start() < bytes) this.#next();
    if (this.#done < this.#count) this.#schedule();
  };

  #start(): number {
    return this.#done === 0 ? 0 : (this.#ends[this.#done - 1] ?? 0);
  }

  #next(): void {
    const index = this.#done;
    const from = this.#start();
    const taker = this.#takers[index] ?? NOBODY;
    this.#takers[index] = NOBODY;
    this.#done += 1;
    // Whoever takes the last one may add others already, or want to catch up.
    taker.take(this.#arena, from, this.#ends[index] ?? 0, this.#times[index] ?? 0);
    if (this.#done === this.#count) this.#count = this.#done = this.#used = 0;
  }
}
