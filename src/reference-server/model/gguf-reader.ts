/** Reads the head of a GGUF file, in small pieces, believing nothing it says. */
import type { FileHandle } from "node:fs/promises";
import { fileTypeName } from "./file-type.ts";
import { ALIGNMENT, valueTypes } from "./gguf-header.ts";

export interface GgufHead {
  readonly version: number;
  readonly architecture?: string;
  readonly name?: string;
  readonly context?: number;
  /** Of most weights: `Q4_K_M`. */
  readonly quantization?: string;
  /** Kind and splitting rule of the tokenizer: `gpt2/llama-bpe`. */
  readonly tokenizer?: string;
  readonly tensors: number;
  readonly parameters: number;
}

/** Bytes of the metadata types that have a fixed size, by type number. */
const SCALAR_BYTES: Readonly<Record<number, number>> = {
  ...{ 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 },
};

/**
 * Elements and bytes of a block, by `ggml_type` (ggml.h, and `GGML_QUANT_SIZES` of gguf-py). Data
 * of a type that is not listed counts as at least one byte.
 */
const BLOCKS: Readonly<Record<number, readonly [elements: number, bytes: number]>> = {
  ...{ 0: [1, 4], 1: [1, 2], 2: [32, 18], 3: [32, 20], 6: [32, 22], 7: [32, 24], 8: [32, 34] },
  ...{ 10: [256, 84], 11: [256, 110], 12: [256, 144], 13: [256, 176], 14: [256, 210] },
  ...{ 16: [256, 66], 17: [256, 74], 18: [256, 98], 19: [256, 50], 20: [32, 18] },
  ...{ 21: [256, 110], 22: [256, 82], 23: [256, 136], 24: [1, 1], 25: [1, 2], 26: [1, 4] },
  ...{ 27: [1, 8], 28: [1, 8], 29: [256, 56], 30: [1, 2], 34: [256, 54], 35: [256, 66] },
  ...{ 39: [32, 17], 40: [64, 36], 41: [128, 18], 42: [64, 18] },
};

/** What is told of the metadata. */
function factsOf(found: ReadonlyMap<string, string | number>): Partial<GgufHead> {
  const text = (key: string): string | undefined => {
    const value = found.get(key);
    return typeof value === "string" ? value : undefined;
  };
  const architecture = text("general.architecture");
  const context = found.get(`${architecture}.context_length`);
  const type = found.get("general.file_type");
  const tokenizer = [text("tokenizer.ggml.model"), text("tokenizer.ggml.pre")];
  const facts = {
    architecture,
    name: text("general.name"),
    context: typeof context === "number" ? context : undefined,
    quantization: typeof type === "number" ? fileTypeName(type) : undefined,
    tokenizer: tokenizer.filter((part) => part !== undefined).join("/") || undefined,
  };
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known);
}

const WINDOW = 1 << 20;
const MAX_DIMENSIONS = 4;
/** More than any model has, few enough to be read: a wrong number is noticed at once. */
const MAX_TENSORS = 1 << 20;

interface TensorPlace {
  readonly name: string;
  readonly elements: number;
  readonly offset: number;
  readonly bytes: number;
}

/** A cursor over the head of the file. `problem` makes the error for what is found wrong. */
export class GgufReader {
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #problem: (message: string) => Error;
  #window = Buffer.alloc(0);
  /** Position in the file of the window's first byte, and of the next byte to read. */
  #windowStart = 0;
  #at = 4;
  #alignment = ALIGNMENT;

  constructor(handle: FileHandle, size: number, problem: (message: string) => Error) {
    this.#handle = handle;
    this.#size = size;
    this.#problem = problem;
  }

  /** Reads from behind the magic to the start of the data, and checks that all data is there. */
  async read(): Promise<GgufHead> {
    const version = await this.#u32();
    if (version !== 2 && version !== 3) {
      const swapped = version === 0x0300_0000;
      throw this.#problem(
        swapped
          ? "it is big-endian"
          : `it says version ${version}, and llama.cpp reads versions 2 and 3`,
      );
    }
    const tensors = await this.#count("tensors", MAX_TENSORS);
    const entries = await this.#count("metadata entries", MAX_TENSORS);
    const metadata = await this.#metadata(entries);
    const places: TensorPlace[] = [];
    for (let index = 0; index < tensors; index += 1) places.push(await this.#tensor());
    this.#checkData(places);
    const parameters = places.reduce((sum, { elements }) => sum + elements, 0);
    return { version, tensors, parameters, ...metadata };
  }

  async #metadata(entries: number): Promise<Partial<GgufHead>> {
    const found = new Map<string, string | number>();
    for (let index = 0; index < entries; index += 1) {
      const key = await this.#string();
      const value = await this.#value(await this.#u32());
      if (value !== undefined) found.set(key, value);
    }
    const alignment = found.get("general.alignment");
    if (typeof alignment === "number" && alignment > 0) this.#alignment = alignment;
    return factsOf(found);
  }

  /** Strings and 32-bit unsigned integers are returned; all else is passed over. */
  async #value(type: number): Promise<string | number | undefined> {
    if (type === valueTypes.u32) return this.#u32();
    if (type === valueTypes.string) return this.#string();
    if (type === valueTypes.array) return this.#skipArray();
    this.#skip(this.#scalarBytes(type));
    return undefined;
  }

  async #skipArray(): Promise<undefined> {
    const type = await this.#u32();
    const length = await this.#count("elements in an array", this.#size);
    if (type === valueTypes.string) {
      for (let index = 0; index < length; index += 1) this.#skip(await this.#stringLength());
    } else {
      this.#skip(length * this.#scalarBytes(type));
    }
    return undefined;
  }

  async #tensor(): Promise<TensorPlace> {
    const name = await this.#string();
    const dimensions = await this.#u32();
    if (dimensions > MAX_DIMENSIONS) {
      throw this.#problem(`tensor "${name}" has ${dimensions} dimensions`);
    }
    let elements = 1;
    for (let index = 0; index < dimensions; index += 1) elements *= await this.#u64();
    const [perBlock, blockBytes] = BLOCKS[await this.#u32()] ?? [elements || 1, 1];
    const offset = await this.#u64();
    return { name, elements, offset, bytes: (elements / perBlock) * blockBytes };
  }

  #checkData(places: readonly TensorPlace[]): void {
    const start = Math.ceil(this.#at / this.#alignment) * this.#alignment;
    const ends = places.map(({ offset, bytes }) => start + offset + bytes);
    const end = ends.reduce((a, b) => Math.max(a, b), this.#at);
    if (end > this.#size) throw this.#truncated(end);
  }

  /** At most `limit`, so that nothing absurd is read or allocated. */
  async #count(what: string, limit: number): Promise<number> {
    const count = await this.#u64();
    if (count > limit) throw this.#problem(`it claims ${count} ${what}`);
    return count;
  }

  #scalarBytes(type: number): number {
    const bytes = SCALAR_BYTES[type];
    if (bytes === undefined) throw this.#problem(`there is no metadata type ${type}`);
    return bytes;
  }

  async #stringLength(): Promise<number> {
    return this.#count("bytes in a string", this.#size);
  }

  async #string(): Promise<string> {
    return (await this.#take(await this.#stringLength())).toString("utf8");
  }

  async #u32(): Promise<number> {
    return (await this.#take(4)).readUInt32LE();
  }

  /** Exact up to 2^53, which no honest file exceeds. */
  async #u64(): Promise<number> {
    return Number((await this.#take(8)).readBigUInt64LE());
  }

  #skip(bytes: number): void {
    this.#at += bytes;
  }

  /** The next bytes, valid until the next call. */
  async #take(bytes: number): Promise<Buffer> {
    const end = this.#at + bytes;
    if (end > this.#size) throw this.#truncated(end);
    if (this.#at < this.#windowStart || end > this.#windowStart + this.#window.length) {
      const window = Buffer.alloc(Math.max(bytes, Math.min(WINDOW, this.#size - this.#at)));
      await this.#handle.read(window, 0, window.length, this.#at);
      this.#window = window;
      this.#windowStart = this.#at;
    }
    const from = this.#at - this.#windowStart;
    this.#at = end;
    return this.#window.subarray(from, from + bytes);
  }

  #truncated(needed: number): Error {
    return this.#problem(
      `it is cut short: it has ${this.#size} bytes and should have at least ${needed}`,
    );
  }
}
