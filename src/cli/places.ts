/** Where the parts of the installed program lie. */
import { join } from "node:path";
import type { ScenarioPlaces } from "../scenario/load.ts";
import type { World } from "./world.ts";

/** What `import ... from "plimsoll"` in a scenario resolves to: this very program. */
export function libraryOf(world: World): string {
  return join(world.programDir, world.nodeArgs.length > 0 ? "index.ts" : "index.js");
}

export function scenarioPlaces(world: World): ScenarioPlaces {
  return { library: libraryOf(world), builtIns: join(world.packageDir, "scenarios") };
}
