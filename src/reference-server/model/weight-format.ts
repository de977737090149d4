/**
 * Random weights, made directly in their stored format: integer operations on 32-bit words, so the
 * bytes are the same on every machine, and are made about as fast as they can be written.
 *
 * Words are written in the machine's byte order. The platforms llama.cpp is used on are
 * little-endian, as GGUF is.
 */
import { randomStream } from "../../core/random.ts";
import type { Quant } from "./preset.ts";

export interface WeightFormat {
  /** `ggml_type` in the tensor table. */
  readonly ggmlType: number;
  /** `llama_ftype`, for `general.file_type`. */
  readonly fileType: number;
  /** Bytes of 32 weights: of one block, in the quantized formats. */
  readonly bytesPer32: number;
  /** How random words become weights with a standard deviation of about `deviation`. */
  shape(deviation: number): WordShape;
  /** 32 weights: the first is `-value` (0 or a normal half), the others are 0. */
  marker(value: number): Buffer;
}

/** A random word becomes `v = (word & keep) | set; v | ((v & widen) << 1)`; then come the scales. */
interface WordShape {
  readonly keep: number;
  readonly set: number;
  readonly widen: number;
  /** Every so many 16-bit halves there is the scale of a block; absent where there are none. */
  readonly scaleEvery?: number;
  readonly scale: number;
  /** The random bits that stay in the scale's place: its sign, or none. */
  readonly scaleKeep: number;
}

const SIGN = 0x8000;
const EVERY_BIT = 0xffffffff;

/** Random sign and mantissa, one exponent: magnitudes uniform in [1, 2) times a power of two. */
const f16: WeightFormat = {
  ggmlType: 1,
  fileType: 1,
  bytesPer32: 64,
  shape: (deviation) => {
    // The mean square of [1, 2) is 7/3. The nearest power of two is within a factor of 1.42.
    let exponent = 15;
    while (2 ** (exponent - 15) * Math.sqrt(7 / 3) > deviation * Math.SQRT2) exponent -= 1;
    const set = (exponent << 10) | (exponent << 26);
    return { keep: 0x83ff83ff, set, widen: 0, scale: 0, scaleKeep: 0 };
  },
  marker: (value) => withFirstHalf(Buffer.alloc(64), value === 0 ? 0 : half(value) | SIGN),
};

/** Blocks of a half scale and 32 signed bytes. The bytes are uniform in [-64, 63]: 7 bits, widened. */
const q8_0: WeightFormat = {
  ggmlType: 8,
  fileType: 7,
  bytesPer32: 34,
  shape: (deviation) => ({
    keep: 0x7f7f7f7f,
    set: 0,
    widen: 0x40404040,
    scaleEvery: 17,
    scale: half(deviation / Math.sqrt((128 ** 2 - 1) / 12)),
    scaleKeep: 0,
  }),
  marker: (value) => {
    const block = withFirstHalf(Buffer.alloc(34), value === 0 ? 0 : half(value / 127));
    block.writeInt8(value === 0 ? 0 : -127, 2);
    return block;
  },
};

/**
 * Blocks of a half scale and 32 nibbles that mean -8 to 7. Their mean is -1/2, which would add up
 * over thousands of columns; so the sign of the scale is random, too.
 */
const q4_0: WeightFormat = {
  ggmlType: 2,
  fileType: 2,
  bytesPer32: 18,
  shape: (deviation) => ({
    keep: EVERY_BIT,
    set: 0,
    widen: 0,
    scaleEvery: 9,
    scale: half(deviation / Math.sqrt((16 ** 2 - 1) / 12 + 1 / 4)),
    scaleKeep: SIGN,
  }),
  marker: (value) => {
    const block = withFirstHalf(Buffer.alloc(18, 0x88), value === 0 ? 0 : half(value / 8));
    // Element 0 is the low nibble of the first byte: 0 means -8.
    block.writeUInt8(value === 0 ? 0x88 : 0x80, 2);
    return block;
  },
};

export const weightFormats: Readonly<Record<Quant, WeightFormat>> = { f16, q8_0, q4_0 };

/** Fills whole rows with weights; call it again for the rows that follow. */
export type RowFiller = (rows: Buffer) => void;

/**
 * The weights of one tensor, a pure function of seed and name, however it is cut into calls.
 * Buffers must start on a multiple of 4 bytes and hold whole rows.
 */
export function rowFiller(shape: WordShape, seed: number, name: string): RowFiller {
  const keys = randomStream("model", seed, name);
  const state = Int32Array.from({ length: 4 }, () => keys.uint32());
  return (rows) => {
    fillWords(new Int32Array(rows.buffer, rows.byteOffset, rows.length / 4), state, shape);
    if (shape.scaleEvery === undefined) return;
    const halves = new Uint16Array(rows.buffer, rows.byteOffset, rows.length / 2);
    for (let at = 0; at < halves.length; at += shape.scaleEvery) {
      halves[at] = ((halves[at] ?? 0) & shape.scaleKeep) | shape.scale;
    }
  };
}

/** xorshift128 of Marsaglia (2003), "Xorshift RNGs", J. Stat. Software 8(14): fast, and good enough. */
function fillWords(words: Int32Array, state: Int32Array, { keep, set, widen }: WordShape): void {
  let [x = 0, y = 0, z = 0, w = 0] = state;
  for (let at = 0; at < words.length; at += 1) {
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    const v = (w & keep) | set;
    words[at] = v | ((v & widen) << 1);
  }
  state.set([x, y, z, w]);
}

function withFirstHalf(block: Buffer, bits: number): Buffer {
  block.writeUInt16LE(bits);
  return block;
}

/** The bits of a positive number as an IEEE half; exact arithmetic, rounded to nearest. */
export function half(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
  const rebased = (bits >>> 13) - ((127 - 15) << 10) + ((bits >>> 12) & 1);
  if (rebased < 0x400 || rebased >= 0x7c00) throw new Error(`${value} is not a normal half`);
  return rebased;
}
