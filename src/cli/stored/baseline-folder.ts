/** Baselines by name, from the folder that the flags give. */
import { relative, resolve } from "node:path";
import { usageError } from "../../core/errors.ts";
import type { Baseline } from "../../judge/baseline/baseline.ts";
import { baselineText, readBaseline } from "../../judge/baseline/baseline-file.ts";
import { nearestName } from "../../scenario/nearest.ts";
import {
  baselineNames,
  baselinePath,
  readBaselineText,
  writeBaselineText,
} from "../../store/baselines.ts";
import type { Flags } from "../flags/flags.ts";
import type { World } from "../world.ts";

export function baselineFolder(flags: Flags, world: World): string {
  return resolve(world.cwd, flags.text("baselines") ?? "baselines");
}

/**
 * @returns undefined when there is none of this name
 * @throws PlimsollError (usage) when its file is damaged, was edited, or is of another schema
 */
export async function findBaseline(
  folder: string,
  name: string,
  world: World,
): Promise<Baseline | undefined> {
  const text = await readBaselineText(folder, name);
  const where = relative(world.cwd, baselinePath(folder, name));
  return text === undefined ? undefined : readBaseline(text, where);
}

/** As findBaseline; that there is none is an error too. */
export async function requireBaseline(
  folder: string,
  name: string,
  world: World,
): Promise<Baseline> {
  const found = await findBaseline(folder, name, world);
  if (found !== undefined) return found;
  const names = await baselineNames(folder);
  const nearest = nearestName(name, names);
  throw usageError(
    `there is no baseline "${name}" in ${relative(world.cwd, folder)}`,
    nearest === undefined
      ? `There is ${names.length === 0 ? "none yet: plimsoll baseline save NAME RUN..." : names.join(", ")}`
      : `Did you mean ${nearest}?`,
  );
}

/** @returns the file */
export async function storeBaseline(folder: string, baseline: Baseline): Promise<string> {
  return writeBaselineText(folder, baseline.name, baselineText(baseline));
}
