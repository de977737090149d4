/** Where the parts of the installed program lie. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ScenarioThread } from "../scenario/plan-scenario.ts";
import type { World } from "../cli/world.ts";

/** What `import ... from "plimsoll"` in a scenario resolves to: this very program. */
export function libraryOf(world: World): string {
  return join(world.programDir, world.nodeArgs.length > 0 ? "index.ts" : "index.js");
}

/** What a scenario prints is no result: it goes to stderr, in place of a line of progress. */
export function scenarioThread(world: World): ScenarioThread {
  return {
    library: libraryOf(world),
    builtIns: join(world.packageDir, "scenarios"),
    nodeArgs: world.nodeArgs,
    print: (text) => {
      world.stderr.write(world.stderr.isTerminal ? `\r\u001b[K${text}` : text);
    },
  };
}

/**
 * The folder of an installed package, found as Node finds it but without asking its exports:
 * `node_modules` beside us, or beside any folder above.
 */
export function packageFolder(name: string, { packageDir }: World): string | undefined {
  for (let folder = packageDir; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}
