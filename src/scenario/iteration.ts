/** The identity of one iteration, from which all its work follows. */
import { randomStream } from "../core/random.ts";
import type { Iteration } from "./script.ts";

/** The iteration with these keys; equal keys do equal work. */
export function iterationOf(keys: Omit<Iteration, "random">): Iteration {
  return {
    ...keys,
    random: (label) => randomStream(keys.seed, keys.scenario, label, keys.index),
  };
}
