/** Where the parts of the installed program lie. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ScenarioThread } from "../scenario/plan-scenario.ts";
import type { Runtime } from "./runtime.ts";

/** What `import ... from "plimsoll"` in a scenario resolves to: this very program. */
export function libraryOf(runtime: Runtime): string {
  return join(runtime.programDir, runtime.nodeArgs.length > 0 ? "index.ts" : "index.js");
}

/** Where a scenario's code runs, and what becomes of what it prints. */
export function scenarioThread(runtime: Runtime): ScenarioThread {
  return {
    library: libraryOf(runtime),
    builtIns: join(runtime.packageDir, "scenarios"),
    nodeArgs: runtime.nodeArgs,
    print: (text) => {
      runtime.print(text);
    },
  };
}

/**
 * The folder of an installed package, found as Node finds it but without asking its exports:
 * `node_modules` beside us, or beside any folder above.
 */
export function packageFolder(name: string, { packageDir }: Runtime): string | undefined {
  for (let folder = packageDir; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}
