/** The process as the benchmarks hand it to the program: compiled, beside them. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { processWorld, type World } from "../src/cli/world.ts";

/** Of the repository; the benchmarks run from `.bench/bench`. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const world: World = { ...processWorld(), packageDir: ROOT };

export function benchWorld(): World {
  return world;
}

/** The compiled program, for what is measured from outside. */
export const PROGRAM = join(ROOT, "dist", "cli", "main.js");

/** The lower one of two middles. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? NaN;
}
