/** The runs that a person names. */
import { readHeader } from "../../store/read-run.ts";
import { findRun, listRuns } from "../../store/list-runs.ts";
import type { FlagTable } from "../flags/flags.ts";

export const REPEATS_FLAG = {
  repeats: {
    kind: "switch",
    about: "of a run that is one of several (--repeat N), take all of them",
  },
} as const satisfies FlagTable;

/**
 * Directories of the runs, each once, in order of time within a group of repeats.
 *
 * @param repeats take the other repeats of each run's command too
 * @throws PlimsollError (usage) when there is no such run
 */
export async function directoriesOf(
  root: string,
  wanted: readonly string[],
  repeats: boolean,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const one of wanted) {
    const directory = await findRun(root, one);
    for (const each of repeats ? await repeatsOf(root, directory) : [directory]) found.add(each);
  }
  return [...found];
}

async function repeatsOf(root: string, directory: string): Promise<readonly string[]> {
  const { repeat } = await readHeader(directory);
  if (repeat === undefined) return [directory];
  const group = (await listRuns(root)).filter(
    ({ header }) => header.repeat?.group === repeat.group,
  );
  const directories = group.map((run) => run.directory).reverse();
  return directories.length === 0 ? [directory] : directories;
}
