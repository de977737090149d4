/** What a command is, and what it is called with. */
import type { Flags, FlagTable } from "./flags/flags.ts";
import type { World } from "./world.ts";

export interface Command {
  /** `plimsoll run <scenario> [flags]`, without the program's name. */
  readonly usage: string;
  /** One or more paragraphs. */
  readonly about: string;
  readonly flags: FlagTable;
  /** Positional arguments: names for messages; a last one in `...` repeats. */
  readonly positionals: readonly string[];
  readonly examples?: readonly string[];
  run(call: Call): Promise<number>;
}

export interface CommandRow {
  readonly about: string;
  /** Loaded only when called: `--help` answers without loading what measures. */
  readonly load: () => Promise<Command>;
}

/** Commands by their names, of one or two words. */
export type CommandTable = Readonly<Record<string, CommandRow>>;

export interface Call {
  readonly positionals: readonly string[];
  readonly flags: Flags;
  readonly world: World;
  /** The command line as typed, for the report's "run it again". */
  readonly argv: readonly string[];
  /** Every command there is. */
  readonly commands: CommandTable;
}
