/**
 * Seeded randomness. A stream is a pure function of its keys, so the work of iteration k (arrival,
 * prompt, lengths) can be made anywhere, in any order, and is always the same.
 */

export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** Exponential with mean 1. */
  exponential(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform unsigned 32-bit integer. */
  uint32(): number;
}

/** The random stream of these keys, e.g. `randomStream(seed, "prompt", iteration)`. */
export function randomStream(...keys: readonly (string | number)[]): Random {
  const uint32 = sfc32(hash128(keys.join("\u0000")));
  const next = (): number => uint32() / 2 ** 32;
  return {
    uint32,
    next,
    integer: (bound) => Math.floor(next() * bound),
    // 1 - u is in (0, 1], so the logarithm is finite.
    exponential: () => -Math.log(1 - next()),
    normal: () => boxMuller(next),
  };
}

/** Box and Muller (1958), one of the pair. */
function boxMuller(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

type State = [number, number, number, number];

/** sfc32 of PractRand (Chris Doty-Humphrey): 128 bits of state, passes PractRand and BigCrush. */
function sfc32([a, b, c, counter]: State): () => number {
  const step = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11) | 0;
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i += 1) step();
  return step;
}

/** Four 32-bit hashes of a string, in the manner of MurmurHash3's mixing. */
function hash128(text: string): State {
  let [h1, h2, h3, h4] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let i = 0; i < text.length; i += 1) {
    const k = text.charCodeAt(i);
    h1 = h2 ^ Math.imul(h1 ^ k, 597399067);
    h2 = h3 ^ Math.imul(h2 ^ k, 2869860233);
    h3 = h4 ^ Math.imul(h3 ^ k, 951274213);
    h4 = h1 ^ Math.imul(h4 ^ k, 2716044179);
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067);
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233);
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213);
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179);
  return [h1 ^ h2 ^ h3 ^ h4, h2 ^ h1, h3 ^ h1, h4 ^ h1];
}
