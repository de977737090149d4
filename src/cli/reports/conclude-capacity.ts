/** A search for the capacity judged again, from the runs of its levels. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { usageError } from "../../core/errors.ts";
import { outcomeOf, stoppedIn, type CapacityDocument } from "../../judge/capacity/capacity.ts";
import { levelOf, type Level } from "../../judge/capacity/level.ts";
import { askedOf, LevelReader } from "../../judge/capacity/level-reader.ts";
import { planOf } from "../../judge/plan-facts.ts";
import { CAPACITY, readCapacity } from "../../store/capacities.ts";
import { readHeader, readRun } from "../../store/read-run.ts";
import type { World } from "../world.ts";
import { conclude, type ConcludeOptions } from "./conclude.ts";
import { keepCapacity } from "./keep-capacity.ts";

export function isCapacity(directory: string): boolean {
  return existsSync(join(directory, CAPACITY.file));
}

/**
 * Its document and page, written anew. A level whose run is gone stays as it was found.
 *
 * @throws PlimsollError (usage) when the document cannot be read
 */
export async function concludeCapacity(
  directory: string,
  world: World,
  options: Omit<ConcludeOptions, "formats">,
): Promise<CapacityDocument> {
  const kept = await readCapacity(directory);
  if (kept === undefined)
    throw usageError(
      `${join(directory, CAPACITY.file)} is damaged, or of another schema than ${CAPACITY.schema}`,
      "Read it with the version that wrote it.",
    );
  const { limits, outcome } = kept;
  const levels: Level[] = [];
  for (const level of kept.levels) {
    const run = join(directory, "levels", level.run);
    levels.push(existsSync(run) ? await levelIn(run, limits.share, world, options) : level);
  }
  const document = { ...kept, levels, outcome: outcomeOf(levels, limits, stoppedIn(outcome)) };
  await keepCapacity(dirname(directory), document, world);
  return document;
}

async function levelIn(
  run: string,
  share: number,
  world: World,
  options: Omit<ConcludeOptions, "formats">,
): Promise<Level> {
  const plan = planOf(await readHeader(run));
  const reader = new LevelReader(plan);
  for await (const line of readRun(run)) reader.add(line);
  const { summary } = await conclude(run, world, { ...options, formats: ["json"] });
  return levelOf({ ...askedOf(plan), share, ...reader.finish() }, summary);
}
