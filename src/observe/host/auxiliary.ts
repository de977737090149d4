/**
 * Two constants of the kernel that /proc counts in: the size of a page and the ticks of a second.
 * Source: the auxiliary vector (getauxval(3)), of which /proc/self/auxv is a copy: pairs of words.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface KernelUnits {
  /** Bytes. */
  readonly page: number;
  /** Of CPU time, per second. */
  readonly ticks: number;
}

const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;
/** What nearly every Linux has, where the vector cannot be read. */
const USUAL: KernelUnits = { page: 4096, ticks: 100 };

/** Node runs on 64-bit machines only, so a word has 8 bytes. */
export function kernelUnits(root: string): KernelUnits {
  try {
    const vector = readFileSync(join(root, "proc/self/auxv"));
    const found = new Map<bigint, number>();
    for (let at = 0; at + 16 <= vector.length; at += 16)
      found.set(vector.readBigUInt64LE(at), Number(vector.readBigUInt64LE(at + 8)));
    return {
      page: found.get(AT_PAGESZ) ?? USUAL.page,
      ticks: found.get(AT_CLKTCK) ?? USUAL.ticks,
    };
  } catch {
    return USUAL;
  }
}
