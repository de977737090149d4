/** Folders of what is worth keeping between test runs: models, compiled fakes. Git ignores them. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../../.cache/tests", import.meta.url));

export function keptFolder(name: string): string {
  return join(CACHE, name);
}
