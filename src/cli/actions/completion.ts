/** `plimsoll completion`: let a shell complete what is typed. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { exitCodes, usageError } from "../../core/errors.ts";
import { baselineNames } from "../../store/baselines.ts";
import type { Call } from "../command.ts";
import { candidatesFor } from "../completion/candidates.ts";
import { shellScripts, type Shell } from "../completion/shell-scripts.ts";
import type { World } from "../world.ts";

export async function completion({ positionals, world, commands }: Call): Promise<number> {
  const [shell = "", ...words] = positionals;
  if (shell === "candidates") {
    const found = await candidatesFor(words, {
      commands,
      namesOf: (positional) => namesOf(positional, world),
    });
    world.stdout.write(found.map((word) => `${word}\n`).join(""));
    return exitCodes.passed;
  }
  const script = Object.hasOwn(shellScripts, shell) ? shellScripts[shell as Shell] : undefined;
  const known = Object.keys(shellScripts).join(", ");
  if (script === undefined) throw usageError(`unknown shell "${shell}"`, `available: ${known}`);
  if (words[0] !== undefined) throw usageError(`completion: unexpected argument "${words[0]}"`);
  world.stdout.write(script);
  return exitCodes.passed;
}

async function namesOf(positional: string, { cwd, packageDir }: World): Promise<readonly string[]> {
  if (positional === "scenario") {
    const files = await entriesOf(join(packageDir, "scenarios"), false);
    return files.filter((file) => file.endsWith(".ts")).map((file) => file.slice(0, -3));
  }
  if (positional === "run") return ["latest", ...(await entriesOf(join(cwd, "reports"), true))];
  if (positional === "shell") return Object.keys(shellScripts);
  return positional === "name" ? baselineNames(join(cwd, "baselines")) : [];
}

/** Names in a folder: of the folders in it, or of the files; none where it is not there. */
async function entriesOf(folder: string, folders: boolean): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((one) => one.isDirectory() === folders).map(({ name }) => name);
}
