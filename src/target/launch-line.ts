/** The command lines of the servers we start. */
import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import { usageError } from "../core/errors.ts";
import { removeSecrets } from "../core/secrets.ts";
import type { GuardedCommand } from "./guarded-process.ts";
import { entryFile } from "./guarded-process.ts";
import type { EmbeddedSpec, LlamaServerSpec, OwnedSpec, TargetWorld } from "./spec.ts";

const HELP_TIMEOUT = 15_000;

/** Where llama-server looks for the key that it demands; our own server is told the name. */
const KEY_VARIABLE = "LLAMA_API_KEY";

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|::1|\[::1\])$/;

/** Flags that exist in some releases only, and how `--help` shows them where they do. */
const OPTIONAL_FLAGS: readonly { readonly shown: RegExp; readonly flags: readonly string[] }[] = [
  { shown: /--offline\b/, flags: ["--offline"] },
  { shown: /--no-ui\b/, flags: ["--no-ui"] },
  { shown: /--flash-attn\s+\[on\|off\|auto\]/, flags: ["-fa", "auto"] },
  { shown: /--n-gpu-layers\b[^-]*'auto'/, flags: ["-ngl", "auto"] },
  { shown: /--cache-ram\b/, flags: ["--cache-ram", "0"] },
  { shown: /--no-cache-prompt\b/, flags: ["--no-cache-prompt"] },
];

/** The command that starts the real llama-server. Asks the binary which flags it knows. */
export async function llamaServerCommand(
  spec: LlamaServerSpec,
  world: TargetWorld,
): Promise<GuardedCommand> {
  refuseOtherHosts(spec.serverArgs);
  const env = ownedEnvironment(spec, world);
  const help = await helpOf(spec.binary, env);
  const args = llamaServerArguments(spec, help);
  return { file: spec.binary, args, env, ...guarding(world) };
}

/**
 * The launch line; everything a result depends on is said, so that another release's defaults do
 * not change it.
 *
 * @param help what the binary's `--help` prints; flags it does not know are left out
 */
export function llamaServerArguments(spec: LlamaServerSpec, help: string): readonly string[] {
  const known = OPTIONAL_FLAGS.filter(({ shown }) => shown.test(help));
  return [
    ...["-m", spec.model, "--host", "127.0.0.1", "--port", String(spec.port ?? 0)],
    ...["-np", String(spec.parallel), "-c", String(spec.parallel * spec.ctxPerSlot)],
    ...["-b", "2048", "-ub", "512", "--metrics"],
    // A comma would separate two aliases.
    ...["--alias", basename(spec.model, ".gguf").replaceAll(",", "_")],
    ...(spec.threads === undefined ? [] : ["-t", String(spec.threads)]),
    ...known.flatMap(({ flags }) => flags),
    ...spec.serverArgs,
  ];
}

/** The command that starts the embedded reference server. */
export function embeddedCommand(spec: EmbeddedSpec, world: TargetWorld): GuardedCommand {
  const { node, args } = world.launcher;
  const serverArgs = [
    ...["--model", spec.model, "--host", "127.0.0.1", "--port", String(spec.port ?? 0)],
    ...["--parallel", String(spec.parallel), "--ctx", String(spec.ctxPerSlot)],
    ...(spec.threads === undefined ? [] : ["--threads", String(spec.threads)]),
    ...(spec.apiKey === undefined ? [] : ["--api-key-env", "LLAMA_API_KEY"]),
  ];
  return {
    file: node,
    args: [...args, entryFile("../reference-server/entry"), ...serverArgs],
    env: ownedEnvironment(spec, world),
    ...guarding(world),
  };
}

function guarding({ logFile, stopGrace }: TargetWorld): Pick<GuardedCommand, "logFile" | "grace"> {
  return { logFile, ...(stopGrace === undefined ? {} : { grace: stopGrace }) };
}

/** A command line as it may be recorded: without the values of key flags. */
export function recordableCommand(command: GuardedCommand): readonly string[] {
  const words = [command.file, ...command.args];
  return words.map((word, index) =>
    words[index - 1] === "--api-key" ? "***" : removeSecrets(word),
  );
}

/** The key travels in the environment: arguments can be read by every user of the machine. */
function ownedEnvironment(spec: OwnedSpec, world: TargetWorld): GuardedCommand["env"] {
  const inherited = Object.entries(world.env).filter(
    ([name]) => !name.startsWith("LLAMA_ARG_") && name !== KEY_VARIABLE,
  );
  const key = spec.apiKey === undefined ? {} : { [KEY_VARIABLE]: spec.apiKey };
  return { ...Object.fromEntries(inherited), ...key };
}

function refuseOtherHosts(serverArgs: readonly string[]): void {
  const host = serverArgs[serverArgs.lastIndexOf("--host") + 1];
  if (!serverArgs.includes("--host") || (host !== undefined && LOOPBACK.test(host))) return;
  throw usageError(
    `--server-arg --host ${host ?? ""}: a server that Plimsoll starts listens on loopback only`,
    "Leave --host out. To test a server on another address, start it yourself and pass its URL as --target.",
  );
}

/** Empty when the binary cannot be run: starting it will then say why, in its own words. */
async function helpOf(binary: string, env: GuardedCommand["env"]): Promise<string> {
  try {
    const options = { env: { ...env }, timeout: HELP_TIMEOUT, maxBuffer: 2 ** 22 };
    const { stdout, stderr } = await promisify(execFile)(binary, ["--help"], options);
    return `${stdout}${stderr}`;
  } catch {
    return "";
  }
}
