/** The identity of one iteration, from which all its work follows. */
import { randomStream, type Random } from "../core/random.ts";
import type { Iteration } from "./script.ts";

/**
 * The iteration with these keys. Equal seeds do equal work; equal seeds and salts do it in the same
 * words.
 */
export function iterationOf(keys: Omit<Iteration, "random" | "salted">): Iteration {
  const { seed, salt, scenario, index } = keys;
  return {
    ...keys,
    random: (label) => randomStream(seed, scenario, label, index),
    salted: (label) => wordStream({ seed, salt }, scenario, label, index),
  };
}

/** The random stream of these keys for words of a prompt: other salts, other words. */
export function wordStream(
  { seed, salt }: Pick<Iteration, "seed" | "salt">,
  ...keys: readonly (string | number)[]
): Random {
  return randomStream("words", salt, seed, ...keys);
}
