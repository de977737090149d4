/** Runs a command under the guard (guard-entry.ts), so that it cannot outlive this process. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, extname } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Launcher } from "./spec.ts";

/** ms. llama-server with an open stream does not end on SIGTERM, so this is what a stop can cost. */
const DEFAULT_GRACE = 5000;
/** How much longer than the grace period we wait for the guard itself, ms. */
const GUARD_PATIENCE = 5000;

export interface GuardedCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** From SIGTERM to SIGKILL, ms. Absent: 5000. */
  readonly grace?: number;
  /** stdout and stderr of the command are appended here, by the command itself. */
  readonly logFile: string;
}

/** How a command ended: an exit code, a signal, or the reason why it never started. */
export interface ProcessExit {
  readonly code?: number;
  readonly signal?: string;
  /** `ENOENT`, `EACCES`, ... */
  readonly failure?: string;
}

export interface GuardedProcess {
  readonly exited: Promise<ProcessExit>;
  /** How it ended, once it has. */
  ended(): ProcessExit | undefined;
  /** Undefined until it was started. */
  pid(): number | undefined;
  /** SIGTERM to the command's process group, a grace period, SIGKILL; resolves when it has ended. */
  stop(): Promise<ProcessExit>;
}

/**
 * An entry file of ours: the source when we run from source, else what was compiled from it.
 *
 * @param path relative to this file, without extension
 */
export function entryFile(path: string): string {
  const self = fileURLToPath(import.meta.url);
  return fileURLToPath(new URL(`${path}${extname(self)}`, import.meta.url));
}

export function startGuarded(command: GuardedCommand, launcher: Launcher): GuardedProcess {
  const guard = spawnGuard(command, launcher);
  let pid: number | undefined;
  let ended: ProcessExit | undefined;
  createInterface({ input: guard.stdout }).on("line", (line) => {
    const fact = JSON.parse(line) as ProcessExit & { readonly pid?: number };
    if (fact.pid === undefined) ended = fact;
    else pid = fact.pid;
  });
  const exited = new Promise<ProcessExit>((resolve) => {
    guard.on("error", (error: NodeJS.ErrnoException) => {
      resolve((ended = { failure: error.code ?? error.message }));
    });
    guard.on("close", () => {
      // Without a last word the guard itself was killed: what it guarded is ours to end.
      ended ??= endGroup(pid, launcher);
      resolve(ended);
    });
  });
  const stop = async (): Promise<ProcessExit> => {
    guard.stdin.end();
    const patience = (command.grace ?? DEFAULT_GRACE) + GUARD_PATIENCE;
    const timer = setTimeout(() => guard.kill("SIGKILL"), patience);
    const exit = await exited;
    clearTimeout(timer);
    return exit;
  };
  return { exited, ended: () => ended, pid: () => pid, stop };
}

/** In a session of its own, so that Ctrl-C in a terminal reaches Plimsoll alone. */
function spawnGuard(
  command: GuardedCommand,
  launcher: Launcher,
): ChildProcessByStdio<Writable, Readable, null> {
  mkdirSync(dirname(command.logFile), { recursive: true });
  const log = openSync(command.logFile, "a");
  try {
    const grace = command.grace ?? DEFAULT_GRACE;
    const guardArgs = [entryFile("./guard-entry"), String(grace), command.file, ...command.args];
    // The types of spawn know no file descriptors in stdio.
    const guard = spawn(launcher.node, [...launcher.args, ...guardArgs], {
      detached: true,
      stdio: ["pipe", "pipe", log],
      env: { ...command.env },
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    }) as ChildProcessByStdio<Writable, Readable, null>;
    guard.stdin.on("error", () => undefined);
    return guard;
  } finally {
    closeSync(log);
  }
}

function endGroup(pid: number | undefined, launcher: Launcher): ProcessExit {
  if (pid === undefined) return { failure: "the guard process ended before it started anything" };
  try {
    launcher.kill(-pid, "SIGKILL");
  } catch {
    // It has already ended.
  }
  return { signal: "SIGKILL" };
}
