/** The command line: finds the command, runs it, and turns every error into words and a code. */
import { exitCodes, messageOf, PlimsollError, usageError } from "../core/errors.ts";
import { codeOf, ownLimit, ownLimitIn } from "../core/own-limits.ts";
import type { Call, Command, CommandRow } from "./command.ts";
import { commands } from "./command-table.ts";
import { versionOf } from "./version.ts";
import type { World } from "./world.ts";

/** Runs one command line; returns its exit code, and never throws. */
export async function program(argv: readonly string[], world: World): Promise<number> {
  try {
    return await dispatch(argv, world);
  } catch (thrown) {
    return explain(thrown, world);
  }
}

async function dispatch(argv: readonly string[], world: World): Promise<number> {
  const [first] = argv;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    world.stdout.write(`${overview()}\n`);
    return first === undefined ? exitCodes.usage : exitCodes.passed;
  }
  if (first === "--version" || first === "-V") {
    world.stdout.write(`${versionOf(world)}\n`);
    return exitCodes.passed;
  }
  const { name, entry, rest } = await findCommand(argv);
  const command = await entry.load();
  if (rest.includes("--help") || rest.includes("-h")) {
    const { commandHelp } = await import("./help.ts");
    world.stdout.write(`${commandHelp(command)}\n`);
    return exitCodes.passed;
  }
  return command.run(await parseCall({ name, command, rest, world, argv }));
}

async function findCommand(
  argv: readonly string[],
): Promise<{ name: string; entry: CommandRow; rest: readonly string[] }> {
  for (const words of [2, 1]) {
    const name = argv.slice(0, words).join(" ");
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (entry !== undefined) return { name, entry, rest: argv.slice(words) };
  }
  const { nearestName } = await import("../scenario/nearest.ts");
  const typed = argv.slice(0, 2).join(" ");
  const group = Object.keys(commands).filter((name) => name.startsWith(`${argv[0] ?? ""} `));
  if (group.length > 0) {
    throw usageError(`unknown command "${typed}"`, `There is ${group.join(", ")}.`);
  }
  const nearest = nearestName(argv[0] ?? "", Object.keys(commands));
  throw usageError(
    `unknown command "${argv[0] ?? ""}"`,
    nearest === undefined ? "`plimsoll --help` lists them." : `Did you mean "${nearest}"?`,
  );
}

interface Typed {
  readonly name: string;
  readonly command: Command;
  readonly rest: readonly string[];
  readonly world: World;
  readonly argv: readonly string[];
}

async function parseCall({ name, command, rest, world, argv }: Typed): Promise<Call> {
  const { parseFlags } = await import("./flags/flags.ts");
  const { flags, positionals } = parseFlags(rest, command.flags);
  const { keepSecretsIn } = await import("./flags/secrets-in.ts");
  keepSecretsIn(flags.given(), world.env, world.secrets);
  const wanted = command.positionals;
  const repeats = wanted.at(-1)?.endsWith("...") === true;
  const missing = wanted[positionals.length];
  // `<run>` must be there, `[run]` may.
  if (missing?.startsWith("<") === true) {
    throw usageError(`${name}: ${missing} is missing`, `Usage: plimsoll ${command.usage}`);
  }
  if (positionals.length > wanted.length && !repeats) {
    const surplus = positionals[wanted.length] ?? "";
    throw usageError(
      `${name}: unexpected argument "${surplus}"`,
      `Usage: plimsoll ${command.usage}`,
    );
  }
  return { positionals, flags, world, argv, commands };
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const rows = Object.entries(commands).map(
    ([name, { about }]) => `  ${name.padEnd(width)}  ${about}`,
  );
  return `Plimsoll: load tests and benchmarks for LLM inference servers.

Usage: plimsoll <command> [flags]

${rows.join("\n")}

\`plimsoll <command> --help\` says more. First steps:

  plimsoll run smoke                                a minute, on the built-in server
  plimsoll run steady --target http://HOST:PORT     your own server

Exit codes: 0 passed, 1 failed a threshold or regressed, 2 usage, 3 inconclusive,
4 not comparable, 5 invalid measurement, 6 the target failed, 70 a bug, 74 could not write,
130 interrupted.`;
}

function explain(thrown: unknown, world: World): number {
  if (thrown instanceof PlimsollError) {
    world.stderr.write(`plimsoll: ${thrown.message}\n`);
    if (thrown.hint !== undefined) world.stderr.write(`${indent(thrown.hint)}\n`);
    return thrown.exitCode;
  }
  const own = ownLimit(codeOf(thrown)) ?? ownLimitIn(messageOf(thrown));
  if (own !== undefined) {
    world.stderr.write(`plimsoll: ${own.what} (${messageOf(thrown)})\n${indent(own.lift)}\n`);
    return exitCodes.invalid;
  }
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  world.stderr.write(`plimsoll: this is a bug in Plimsoll: ${messageOf(thrown)}\n${stack}\n`);
  return exitCodes.bug;
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
