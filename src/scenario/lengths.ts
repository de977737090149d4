/** Lengths in tokens: fixed, or drawn from a truncated normal distribution. */
import { usageError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";

/** A fixed number of tokens, or a normal distribution cut at `min` and `max`. */
export type Length =
  | number
  | {
      readonly mean: number;
      readonly sd: number;
      /** Default 1. */
      readonly min?: number;
      /** Default mean + 4 sd. */
      readonly max?: number;
    };

interface Bounds {
  readonly mean: number;
  readonly sd: number;
  readonly min: number;
  readonly max: number;
}

/** Draws a whole number of tokens from `length`. */
export type DrawLength = (random: Random) => number;

/**
 * Checks a length once and returns its sampler.
 *
 * @param name of the field, for the message
 * @throws usage error when it is not a positive whole number or a distribution around one
 */
export function lengthSampler(name: string, length: Length): DrawLength {
  if (typeof length === "number") {
    if (!Number.isInteger(length) || length < 1) throw badLength(name, length);
    return () => length;
  }
  const { mean, sd, min = 1, max = Math.ceil(mean + 4 * sd) } = length;
  const bounds = { mean, sd, min, max };
  if (!areBounds(bounds)) throw badLength(name, length);
  return (random) => drawTruncatedNormal(random, bounds);
}

function areBounds({ mean, sd, min, max }: Bounds): boolean {
  const whole = Number.isInteger(min) && Number.isInteger(max);
  return whole && min >= 1 && min <= mean && mean <= max && sd >= 0;
}

/**
 * Rejection sampling, so the shape inside the bounds is the normal's own (clamping would pile up
 * at the bounds). Bounds closer than 2 sd are sampled from a uniform proposal, which accepts at
 * least one draw in eight; wider ones from the normal, which accepts at least one in three.
 */
function drawTruncatedNormal(random: Random, bounds: Bounds): number {
  const { mean, sd, min, max } = bounds;
  const narrow = max - min < 2 * sd;
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    const value = narrow
      ? min + random.integer(max - min + 1)
      : Math.round(mean + sd * random.normal());
    const density = narrow ? Math.exp(-((value - mean) ** 2) / (2 * sd ** 2)) : 1;
    if (value >= min && value <= max && random.next() < density) return value;
  }
  return Math.round(mean);
}

function badLength(name: string, length: Length): Error {
  return usageError(
    `${name}: ${JSON.stringify(length)} is not a length in tokens`,
    "Give a whole number from 1 (256), or a distribution with min <= mean <= max ({ mean: 256, sd: 64 }).",
  );
}
