/** Looking for programs, as a shell does. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * The first of these names that is found.
 *
 * @param path the value of PATH
 */
export function findExecutable(
  names: readonly string[],
  path: string | undefined,
): string | undefined {
  const folders = (path ?? "").split(delimiter).filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}
