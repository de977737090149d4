/** The version of the running program. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { World } from "./world.ts";

export function versionOf({ packageDir }: Pick<World, "packageDir">): string {
  const text = readFileSync(join(packageDir, "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
