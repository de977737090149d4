/** What could stand where a person is typing: commands, flags, values and names. */
import type { Command, CommandTable } from "../command.ts";
import type { FlagTable } from "../flags/flags.ts";

export interface Known {
  readonly commands: CommandTable;
  /** Lists what a positional argument can name, e.g. the scenarios for `scenario`. */
  readonly namesOf: (positional: string) => Promise<readonly string[]>;
}

/**
 * @param words the command line without the program; the last one is being typed, and may be empty
 * @returns whole words that begin with it; none where anything could be meant, such as a file
 */
export async function candidatesFor(
  words: readonly string[],
  known: Known,
): Promise<readonly string[]> {
  const typed = words.at(-1) ?? "";
  const all = await everythingAt(words.slice(0, -1), typed, known);
  return [...new Set(all)].filter((word) => word.startsWith(typed));
}

async function everythingAt(
  before: readonly string[],
  typed: string,
  known: Known,
): Promise<readonly string[]> {
  const { commands, namesOf } = known;
  const name = [2, 1].map((n) => before.slice(0, n).join(" ")).find((one) => one in commands);
  const command = name === undefined ? undefined : await commands[name]?.load();
  if (name === undefined || command === undefined) return commandWords(commands, before, typed);
  const rest = before.slice(name.split(" ").length);
  return argumentsOf(command, rest, typed, namesOf);
}

/** The next word of every command that begins with these. */
function commandWords(
  commands: CommandTable,
  before: readonly string[],
  typed: string,
): readonly string[] {
  if (typed.startsWith("-")) return before.length === 0 ? ["--help", "--version"] : [];
  return Object.keys(commands)
    .map((name) => name.split(" "))
    .filter((words) => before.every((word, i) => word === words[i]))
    .flatMap((words) => words[before.length] ?? []);
}

async function argumentsOf(
  { flags, positionals }: Command,
  rest: readonly string[],
  typed: string,
  namesOf: Known["namesOf"],
): Promise<readonly string[]> {
  const [inline] = /^--[^=]+=/.exec(typed) ?? [];
  if (inline !== undefined) return valuesOf(flags, inline.slice(2, -1)).map((one) => inline + one);
  if (typed.startsWith("-")) return flagWords(flags);
  const waiting = flagBefore(flags, rest);
  if (waiting !== undefined) return valuesOf(flags, waiting);
  const index = Math.min(positionalsIn(flags, rest), positionals.length - 1);
  const positional = positionals[index];
  return positional === undefined ? [] : namesOf(positional.replace(/[^a-z |.]|\.\.\./g, ""));
}

function flagWords(flags: FlagTable): readonly string[] {
  return [...Object.keys(flags), "help"].map((name) => `--${name}`);
}

function valuesOf(flags: FlagTable, name: string): readonly string[] {
  return (Object.hasOwn(flags, name) ? flags[name]?.values : undefined) ?? [];
}

/** The flag that waits for the word being typed as its value. */
function flagBefore(flags: FlagTable, rest: readonly string[]): string | undefined {
  const last = rest.at(-1) ?? "";
  const found = Object.entries(flags).find(
    ([name, { short }]) => last === `--${name}` || (short !== undefined && last === `-${short}`),
  );
  if (found === undefined) return undefined;
  const [name, { kind, bare }] = found;
  return kind === "switch" || bare !== undefined ? undefined : name;
}

function positionalsIn(flags: FlagTable, rest: readonly string[]): number {
  return rest.filter(
    (word, i) => !word.startsWith("-") && flagBefore(flags, rest.slice(0, i)) === undefined,
  ).length;
}
