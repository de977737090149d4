/** One run of the benchmark's scenario by the program itself, its words swallowed. */
import { join } from "node:path";
import { program } from "../../src/cli/program.ts";
import type { World } from "../../src/cli/world.ts";
import { listRuns } from "../../src/store/list-runs.ts";
import { benchWorld, ROOT } from "../world.ts";

const SCENARIO = join(ROOT, "bench", "detector", "real-scenario.ts");

/**
 * @param out folder for the run directory
 * @param target as for --target
 * @param users of a closed loop
 * @returns the run directory
 */
export async function recordRun(out: string, target = "embedded", users = 1): Promise<string> {
  const words = ["--target", target, "--env", `USERS=${users}`, "--out", out, "--quiet"];
  await program(["run", SCENARIO, ...words], silentWorld());
  const [run] = await listRuns(out);
  if (run === undefined) throw new Error("the run left no directory");
  return run.directory;
}

function silentWorld(): World {
  const world = benchWorld();
  const silent = { ...world.stdout, write: () => undefined };
  return { ...world, stdout: silent, stderr: silent };
}
