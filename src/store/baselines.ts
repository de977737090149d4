/** The folder of baselines: plain files, made to be committed. */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, usageError } from "../core/errors.ts";
import { writeFileAtomically } from "./write-file.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const ENDING = ".json";

/**
 * The file of a baseline.
 *
 * @throws PlimsollError (usage) when the name cannot be one of a file
 */
export function baselinePath(folder: string, name: string): string {
  if (NAME.test(name)) return join(folder, `${name}${ENDING}`);
  throw usageError(
    `"${name}" cannot be the name of a baseline`,
    "Use letters, digits, dots, dashes and underscores.",
  );
}

/** Names, sorted; none when there is no folder. */
export async function baselineNames(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ENDING))
    .map((entry) => entry.name.slice(0, -ENDING.length))
    .filter((name) => NAME.test(name))
    .sort();
}

/** The text of a baseline; undefined when there is none of this name. */
export async function readBaselineText(folder: string, name: string): Promise<string | undefined> {
  const path = baselinePath(folder, name);
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw usageError(`cannot read ${path}: ${messageOf(error)}`, undefined, error);
  }
}

/** Replaces the file at once, or not at all. */
export async function writeBaselineText(
  folder: string,
  name: string,
  text: string,
): Promise<string> {
  const path = baselinePath(folder, name);
  await writeFileAtomically(path, text);
  return path;
}

export async function removeBaseline(folder: string, name: string): Promise<void> {
  await rm(baselinePath(folder, name));
}
