/**
 * A scenario file as a module: its functions and what it says of the traffic. TypeScript needs no
 * build, and `import "plimsoll"` means the running program wherever the file lies.
 */
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { createJiti } from "jiti";
import { exitCodes, messageOf, PlimsollError, usageError } from "../core/errors.ts";
import { sha256 } from "./hash.ts";
import { k6ImportError } from "./k6-import.ts";
import type { Scenario, ScenarioFunction } from "./script.ts";

/** How to load a script. */
export interface ScriptSetting {
  /** Path of the running program's index.js (or index.ts): what `import "plimsoll"` means. */
  readonly library: string;
  /** What the script reads as k6's `__ENV`: the plan's parameters. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A file may await what it needs while it loads, but not for ever; ms. */
const LOAD_TIMEOUT = 30_000;

/** A scenario file, loaded. */
export interface Script {
  readonly file: string;
  readonly fileHash: string;
  readonly options: Scenario["options"];
  readonly setup: Scenario["setup"];
  readonly teardown: Scenario["teardown"];
  /** Names of the exported functions; the default export is `default`. */
  readonly functionNames: readonly string[];
  /** @throws usage error when the file exports no such function */
  readonly functionOf: (name: string) => ScenarioFunction;
}

/**
 * Loads a scenario file, without calling anything of it. Load workers call it again with the
 * plan's own `file` and `parameters`.
 *
 * @throws usage error, with file and line, when it does not load
 */
export async function loadScript(file: string, setting: ScriptSetting): Promise<Script> {
  const fileHash = sha256(readFileSync(file));
  const exported = await importModule(file, setting);
  const { options, setup, teardown } = exported as Partial<Scenario>;
  const functions = new Map(
    Object.entries(exported).filter(
      ([name, value]) => typeof value === "function" && name !== "options",
    ),
  ) as Map<string, ScenarioFunction>;
  const functionNames = [...functions.keys()];
  const functionOf = (name: string): ScenarioFunction => {
    const found = functions.get(name);
    if (found === undefined) throw missingFunction(file, name, functionNames);
    return found;
  };
  return { file, fileHash, options, setup, teardown, functionNames, functionOf };
}

/** The error for a function that `exec` names and the file does not export. */
function missingFunction(file: string, name: string, exported: readonly string[]): Error {
  const known = exported.length === 0 ? "no functions" : exported.join(", ");
  return usageError(
    name === "default"
      ? `${file}: has no default export that is a function`
      : `${file}: exports no function "${name}", which \`exec\` names`,
    `It exports ${known}. The function of a scenario is its default export, or what \`exec\` names.`,
  );
}

async function importModule(
  file: string,
  { library, parameters }: ScriptSetting,
): Promise<Readonly<Record<string, unknown>>> {
  const jiti = createJiti(import.meta.url, {
    interopDefault: false,
    // The running program's own module where Node can load it, so that both share one copy.
    ...(extname(library) === ".js"
      ? { virtualModules: { plimsoll: await import(pathToFileURL(library).href) } }
      : { alias: { plimsoll: library } }),
  });
  // k6 scripts read their parameters from this global, also while they load.
  Object.assign(globalThis, { __ENV: { ...parameters } });
  // Parameters may differ from the last time, so the file's own code runs anew.
  Reflect.deleteProperty(jiti.cache, file);
  try {
    return await withinLoadTime(file, jiti.import(file));
  } catch (error) {
    throw k6ImportError(file, error) ?? scriptError(file, error);
  }
}

/** A top-level await that never ends would end Node itself, without a word. */
async function withinLoadTime(
  file: string,
  loading: Promise<Readonly<Record<string, unknown>>>,
): Promise<Readonly<Record<string, unknown>>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const hint = "Something that the file awaits outside of its functions does not come.";
      const seconds = LOAD_TIMEOUT / 1000;
      reject(usageError(`${file}: did not finish loading within ${seconds} s`, hint));
    }, LOAD_TIMEOUT);
  });
  try {
    return await Promise.race([loading, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The error for anything a scenario file threw: its message, and the line of the file where it
 * happened, as far as the stack shows one; else that of the exported function `part`.
 */
export function scriptError(file: string, thrown: unknown, part?: string): PlimsollError {
  const own = isPlimsollError(thrown) ? thrown : undefined;
  const kind = thrown instanceof Error && own === undefined ? thrown.name : "Error";
  return new PlimsollError(
    own?.exitCode ?? exitCodes.usage,
    `${placeInScript(file, thrown) ?? placeOfExport(file, part)}: ${kind === "Error" ? "" : `${kind}: `}${tidyMessage(file, thrown)}`,
    own?.hint,
    thrown,
  );
}

/** Without what the module loader adds: the place, which stands before it, and who required it. */
function tidyMessage(file: string, thrown: unknown): string {
  const message = messageOf(thrown);
  const tidy = message.replace(/^ParseError: /, "").replace(/\nRequire stack:.*/s, "");
  return tidy.replace(placeIn(file, message) ?? "", "").trim();
}

/** Ours may come from another copy of the program than this one, so it is known by its name. */
function isPlimsollError(thrown: unknown): thrown is PlimsollError {
  return thrown instanceof Error && thrown.name === "PlimsollError";
}

/** `file:line:column` of the innermost frame of the file, or of the syntax error in it. */
export function placeInScript(file: string, thrown: unknown): string | undefined {
  return placeIn(file, thrown instanceof Error ? (thrown.stack ?? thrown.message) : "");
}

function placeIn(file: string, text: string): string | undefined {
  const at = text.indexOf(`${file}:`);
  const line = /^:\d+(?::\d+)?/.exec(text.slice(at + file.length));
  return at < 0 || line === null ? undefined : file + line[0];
}

/** `file:line` of an exported function as the file is now; the file alone where it is not found. */
export function placeOfExport(file: string, name: string | undefined): string {
  if (name === undefined) return file;
  try {
    const line = lineOfExport(readFileSync(file, "utf8"), name);
    return line === undefined ? file : `${file}:${line}`;
  } catch {
    return file; // removed while it ran: a place is a help, not a need
  }
}

function lineOfExport(source: string, name: string): number | undefined {
  if (name !== "default") return lineOfDeclaration(source, name);
  const exported = /^export\s+default\s+(?:(?!async\b|function\b|class\b)(\w+))?/m.exec(source);
  const declared = exported?.[1] === undefined ? undefined : lineOfDeclaration(source, exported[1]);
  return declared ?? (exported === null ? undefined : lineAt(source, exported.index));
}

function lineOfDeclaration(source: string, name: string): number | undefined {
  const words = String.raw`^(?:export\s+)?(?:async\s+)?(?:function\s*\*?|const|let|var)\s+`;
  const found = new RegExp(`${words}${name}\\b`, "m").exec(source);
  return found === null ? undefined : lineAt(source, found.index);
}

function lineAt(source: string, index: number): number {
  return source.slice(0, index).split("\n").length;
}
