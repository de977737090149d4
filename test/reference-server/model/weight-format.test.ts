import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quants, type Quant } from "../../../src/reference-server/model/preset.ts";
import {
  half,
  rowFiller,
  weightFormats,
} from "../../../src/reference-server/model/weight-format.ts";

const COLUMNS = 512;

/** The values of weights as ggml's `dequantize_row_*` gives them. */
function decode(bytes: Buffer, quant: Quant): number[] {
  const size = weightFormats[quant].bytesPer32;
  return Array.from({ length: bytes.length / size }, (_, block) =>
    decodeBlock(bytes.subarray(block * size, (block + 1) * size), quant),
  ).flat();
}

function decodeBlock(block: Buffer, quant: Quant): number[] {
  const indices = Array.from({ length: 32 }, (_, index) => index);
  if (quant === "f16") return indices.map((index) => fromHalf(block.readUInt16LE(index * 2)));
  const scale = fromHalf(block.readUInt16LE(0));
  if (quant === "q8_0") return indices.map((index) => scale * block.readInt8(2 + index));
  return indices.map((index) => {
    const byte = block.readUInt8(2 + (index % 16));
    return scale * ((index < 16 ? byte & 15 : byte >> 4) - 8);
  });
}

function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}

function rows(quant: Quant, count: number, deviation = 0.05): Buffer {
  const bytes = Buffer.alloc(count * (COLUMNS / 32) * weightFormats[quant].bytesPer32);
  rowFiller(weightFormats[quant].shape(deviation), 1, "a")(bytes);
  return bytes;
}

describe.each(quants)("weights in %s", (quant) => {
  test("have about the deviation asked for, and a mean of about zero", () => {
    for (const deviation of [0.2, 0.05, 0.004]) {
      const values = decode(rows(quant, 64, deviation), quant);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const square = values.reduce((a, b) => a + b * b, 0) / values.length;
      const ratio = Math.sqrt(square) / deviation;
      // Halves have a power of two for their size; the others are exact but for chance.
      expect(ratio).toBeGreaterThan(quant === "f16" ? 0.7 : 0.98);
      expect(ratio).toBeLessThan(quant === "f16" ? 1.42 : 1.02);
      expect(Math.abs(mean)).toBeLessThan(deviation / 20);
    }
  });

  test("are the same however the rows are cut into buffers", () => {
    const whole = rows(quant, 12);
    const rowBytes = whole.length / 12;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 11 }), (cut) => {
        const fill = rowFiller(weightFormats[quant].shape(0.05), 1, "a");
        const parts = [Buffer.alloc(cut * rowBytes), Buffer.alloc((12 - cut) * rowBytes)];
        parts.forEach(fill);
        expect(Buffer.concat(parts).equals(whole)).toBe(true);
      }),
    );
  });

  test("differ by seed and by tensor", () => {
    const make = (seed: number, name: string): string => {
      const bytes = Buffer.alloc((COLUMNS / 32) * weightFormats[quant].bytesPer32);
      rowFiller(weightFormats[quant].shape(0.05), seed, name)(bytes);
      return bytes.toString("hex");
    };
    expect(new Set([make(1, "a"), make(2, "a"), make(1, "b")]).size).toBe(3);
  });

  test("a mark is its negated value and 31 zeros; no mark is 32 zeros", () => {
    const zeros = new Array<number>(31).fill(0);
    const [marked = 0, ...others] = decode(weightFormats[quant].marker(1), quant);
    expect(marked).toBeCloseTo(-1, 3);
    expect(others.map(Math.abs)).toEqual(zeros);
    expect(decode(weightFormats[quant].marker(0), quant).map(Math.abs)).toEqual([0, ...zeros]);
  });
});

test("half() is the nearest half of every normal half's neighbourhood", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0x400, max: 0x7bff }),
      fc.double({ min: -0.49, max: 0.49, noNaN: true }),
      (bits, shift) => {
        const value = fromHalf(bits);
        const step = 2 ** (Math.floor(Math.log2(value)) - 10);
        // Just below a power of two the steps are half as wide.
        const reach = (bits & 1023) === 0 && shift < 0 ? shift / 2 : shift;
        expect(half(value + reach * step)).toBe(bits);
      },
    ),
  );
});

test("half() refuses what is not a normal half", () => {
  expect(() => half(1e-6)).toThrow("not a normal half");
  expect(() => half(1e6)).toThrow("not a normal half");
});
