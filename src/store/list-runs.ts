/** Finding runs: all of a directory, or the one that a person named. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { PlimsollError, usageError } from "../core/errors.ts";
import type { RunHeader } from "../core/records.ts";
import { fewAtOnce } from "./few-at-once.ts";
import { readHeader } from "./read-run.ts";
import { CREATING_PREFIX } from "./write-run.ts";

export interface RunListing {
  readonly id: string;
  readonly directory: string;
  readonly header: RunHeader;
}

/**
 * The runs in a directory, newest first. Directories that are not runs, or runs of another schema,
 * are passed over; a directory that does not exist has no runs.
 */
export async function listRuns(root: string): Promise<readonly RunListing[]> {
  const listings = await fewAtOnce(await runNames(root), (id) => listing(root, id));
  return listings
    .filter((run) => run !== undefined)
    .sort((a, b) => compareText(b.header.startedAt, a.header.startedAt) || compareText(b.id, a.id));
}

/**
 * The directory of the run that a person means: a path, the id of a run in `root`, an unambiguous
 * beginning or end of one, or `latest`.
 *
 * @throws PlimsollError (usage) when there is none, or more than one
 */
export async function findRun(root: string, wanted: string): Promise<string> {
  const byPath = await stat(wanted).catch(() => undefined);
  if (byPath !== undefined) return wanted;
  const ids = await runNames(root);
  if (wanted === "latest") {
    const [newest] = await listRuns(root);
    if (newest === undefined) throw usageError(`there are no runs in ${root}`, RUN_FIRST);
    return newest.directory;
  }
  const exact = ids.filter((id) => id === wanted);
  const near = ids.filter((id) => id.startsWith(wanted) || id.endsWith(wanted));
  const [found, ...others] = exact.length > 0 ? exact : near;
  if (found === undefined) throw usageError(`there is no run ${wanted} in ${root}`, hintFor(ids));
  if (others.length > 0)
    throw usageError(
      `${wanted} could be any of ${[found, ...others].slice(0, 5).join(", ")}`,
      "give more of the id",
    );
  return join(root, found);
}

const RUN_FIRST = "measure one first: plimsoll run <scenario>";

function hintFor(ids: readonly string[]): string {
  const latest = ids.slice(-5).reverse();
  return latest.length === 0 ? RUN_FIRST : `the latest are ${latest.join(", ")}`;
}

async function runNames(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(CREATING_PREFIX))
    .map((entry) => entry.name)
    .sort();
}

async function listing(root: string, id: string): Promise<RunListing | undefined> {
  const directory = join(root, id);
  try {
    return { id, directory, header: await readHeader(directory) };
  } catch (error) {
    if (error instanceof PlimsollError) return undefined;
    throw error;
  }
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
