/** From the name a person typed to the plan. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { PlimsollError, usageError } from "../core/errors.ts";
import { nearestName } from "./nearest.ts";
import { parametersOf, resolvePlan, type PlanFlags, type Resolved } from "./resolve/resolve.ts";
import { loadScript, scriptError, type Script } from "./script-file.ts";
import type { Options, Parameters } from "./script.ts";

/** Where things lie that every installation has elsewhere. */
export interface ScenarioPlaces {
  /** Path of the running program's index.js (or index.ts): what `import "plimsoll"` means. */
  readonly library: string;
  /** Folder of the scenarios that can be run by name. */
  readonly builtIns: string;
}

export interface LoadedScenario extends Resolved {
  readonly script: Script;
}

const EXTENSIONS: readonly string[] = [".ts", ".js", ".mjs", ".mts"];

/**
 * Loads a scenario, by path or by the name of a built-in one, and resolves its plan.
 *
 * @throws usage error when the file is missing, does not load, or its options are wrong
 */
export async function loadScenario(
  name: string,
  flags: PlanFlags,
  places: ScenarioPlaces,
): Promise<LoadedScenario> {
  const file = findScenario(name, places.builtIns);
  const parameters = parametersOf(flags);
  const script = await loadScript(file, { library: places.library, parameters });
  const source = { name: basename(file, extname(file)), file, fileHash: script.fileHash };
  try {
    const resolved = resolvePlan(source, writtenOptions(script, flags), flags);
    for (const { exec } of resolved.plan.scenarios) script.functionOf(exec);
    return { script, ...resolved };
  } catch (error) {
    throw error instanceof PlimsollError ? withFile(file, error) : error;
  }
}

/** Says which file is meant, unless the message does already. */
function withFile(file: string, error: PlimsollError): PlimsollError {
  return error.message.startsWith(file) ? error : scriptError(file, error);
}

/** The names that can be run without a path. */
export function builtInNames(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((entry) => EXTENSIONS.includes(extname(entry)))
    .map((entry) => basename(entry, extname(entry)))
    .sort();
}

/**
 * The absolute path of a scenario. A path wins over a built-in name.
 *
 * @throws usage error with the nearest name when there is none
 */
export function findScenario(name: string, builtIns: string): string {
  const path = resolve(name);
  if (existsSync(path) && EXTENSIONS.includes(extname(path))) return path;
  const names = builtInNames(builtIns);
  const found = EXTENSIONS.map((extension) => join(builtIns, name + extension)).find(
    (candidate) => names.includes(name) && existsSync(candidate),
  );
  if (found !== undefined) return found;
  throw missingScenario(name, path, names);
}

function missingScenario(name: string, path: string, builtIns: readonly string[]): Error {
  const hint = `Built in are ${builtIns.join(", ")}.`;
  if (existsSync(path)) {
    return usageError(`${name} is not a scenario: expected a .ts, .js or .mjs file`, hint);
  }
  const beside = existsSync(dirname(path)) ? readdirSync(dirname(path)) : [];
  const files = beside.filter((entry) => EXTENSIONS.includes(extname(entry)));
  const nearest =
    nearestName(basename(name), files) ?? nearestName(basename(name, extname(name)), builtIns);
  const question = nearest === undefined ? "" : ` Did you mean "${join(dirname(name), nearest)}"?`;
  return usageError(`there is no scenario ${name}`, `${hint}${question}`);
}

/** The options as an object. */
function writtenOptions(script: Script, { peak, env = {} }: PlanFlags): Options {
  const { options = {} } = script;
  if (typeof options !== "function") return options;
  const parameters: Parameters = peak === undefined ? { env } : { env, peak };
  try {
    return options(parameters);
  } catch (error) {
    throw scriptError(script.file, error);
  }
}
