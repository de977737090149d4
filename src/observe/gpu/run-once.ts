/** Runs a program to its end, briefly: what it is asked once. Never throws. */
import { spawn } from "node:child_process";
import { messageOf } from "../../core/errors.ts";

export type Env = Readonly<Record<string, string | undefined>>;

export interface Command {
  readonly program: string;
  readonly parameters: readonly string[];
}

export type RunResult =
  | { readonly ok: true; readonly output: string }
  /** `missing`: there is no such program. */
  | {
      readonly ok: false;
      readonly reason: string;
      readonly missing: boolean;
      readonly output: string;
    };

/** Longest output that is kept, characters: tables of devices are far smaller. */
const LONGEST = 2 ** 22;

/** @param timeout ms; then the program is killed, and the reason says so */
export function runOnce(command: Command, env: Env, timeout: number): Promise<RunResult> {
  return new Promise((resolve) => {
    const { program, parameters } = command;
    const fail = (reason: string, missing = false): void => {
      clearTimeout(limit);
      resolve({ ok: false, reason: `${program}: ${reason}`, missing, output });
    };
    let [output, errors] = ["", ""];
    const child = spawn(program, [...parameters], { env, stdio: ["ignore", "pipe", "pipe"] });
    const limit = setTimeout(() => {
      child.kill("SIGKILL");
      child.stdout.destroy(); // a child of its own may hold the pipe open
      fail(`no answer within ${String(timeout / 1000)} s`);
    }, timeout);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (output.length < LONGEST) output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (errors.length < LONGEST) errors += text;
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      fail(whyNotStarted(error), error.code === "ENOENT");
    });
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      if (code === 0) resolve({ ok: true, output });
      else fail(`${endedHow(code, signal)}${lastLine(errors || output)}`);
    });
  });
}

export function whyNotStarted(error: NodeJS.ErrnoException): string {
  return error.code === "ENOENT" ? "not found" : messageOf(error);
}

export function endedHow(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `ended with code ${String(code)}` : `was killed by ${signal}`;
}

/** The last line with something in it, behind a colon; nothing when there is none. */
export function lastLine(text: string): string {
  const line = text.split("\n").findLast((one) => one.trim() !== "");
  return line === undefined ? "" : `: ${line.trim().slice(0, 200)}`;
}
