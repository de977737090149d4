/**
 * Everything of the process that commands use, gathered in one place, so that nothing else reaches
 * for it and a test can hand in its own.
 */
import { fstatSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "../core/errors.ts";
import { Secrets } from "../core/secrets.ts";
import { asciiText, isAsciiLocale, withoutSteering } from "../core/terminal-text.ts";
import type { Runtime } from "../session/runtime.ts";

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width of the terminal, or 80. */
  readonly columns: number;
}

export interface World extends Runtime {
  /** Results. */
  readonly stdout: Output;
  /** Progress and errors. */
  readonly stderr: Output;
  /** Calls back at every SIGINT, SIGTERM or SIGHUP; returns how to stop listening. */
  onSignal(handle: (signal: NodeJS.Signals) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): never;
}

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

export function processWorld(): World {
  const programDir = fileURLToPath(new URL("..", import.meta.url));
  const secrets = new Secrets();
  const stderr = guarded(outputOf(process.stderr, 2), secrets, process.env);
  return {
    stdout: guarded(outputOf(process.stdout, 1), secrets, process.env),
    stderr,
    secrets,
    print: (text) => {
      printOn(stderr, text);
    },
    env: process.env,
    cwd: process.cwd(),
    cacheDir: cacheDirOf(process.env, process.platform),
    pid: process.pid,
    node: process.execPath,
    nodeVersion: process.version,
    nodeArgs: import.meta.url.endsWith(".ts") ? ["--import", sourceLoader()] : [],
    programDir,
    packageDir: fileURLToPath(new URL("../..", import.meta.url)),
    onSignal(handle) {
      for (const signal of SIGNALS) process.on(signal, handle);
      return () => {
        for (const signal of SIGNALS) process.off(signal, handle);
      };
    },
    kill: (pid, signal) => process.kill(pid, signal),
    exit: (code) => process.exit(code),
  };
}

/** Registers the loader from where it is installed: threads of Node 20 need that, in any folder. */
function sourceLoader(): string {
  const source = `import { register } from "${import.meta.resolve("tsx/esm/api")}"; register();`;
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/**
 * The last place where a secret can be held back, or what would steer the reader's terminal. A file
 * or a pipe gets UTF-8 in every locale; a terminal what it can show.
 */
export function guarded(output: Output, secrets: Secrets, env: World["env"] = {}): Output {
  const ascii = output.isTerminal && isAsciiLocale(env);
  return {
    ...output,
    write: (text) => {
      const clean = withoutSteering(secrets.hide(text), output.isTerminal);
      output.write(ascii ? asciiText(clean) : clean);
    },
  };
}

function outputOf(stream: NodeJS.WriteStream, fd: 1 | 2): Output {
  // A reader that goes away (`plimsoll ... | head`) is no reason to lose a run.
  stream.on("error", () => undefined);
  const terminal = {
    isTerminal: stream.isTTY,
    columns: stream.columns > 0 ? stream.columns : 80,
  };
  if (isFile(fd)) return { ...terminal, write: fileWriter(fd) };
  return {
    ...terminal,
    write: (text) => {
      stream.write(text);
    },
  };
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false; // closed
  }
}

/** Node's own stream to a file loses, without a word, what a full disk did not take. */
function fileWriter(fd: number): Output["write"] {
  let told = false;
  return (text) => {
    const bytes = Buffer.from(text);
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
    } catch (error) {
      if (!told && fd !== 2)
        process.stderr.write(`plimsoll: cannot write the output: ${messageOf(error)}\n`);
      told = true;
    }
  };
}

function cacheDirOf(env: World["env"], platform: NodeJS.Platform): string {
  const own = env["PLIMSOLL_CACHE_DIR"];
  if (own !== undefined && own !== "") return own;
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "plimsoll");
  if (platform === "win32") {
    return join(env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "plimsoll");
  }
  const xdg = env["XDG_CACHE_HOME"];
  return join(xdg !== undefined && xdg !== "" ? xdg : join(homedir(), ".cache"), "plimsoll");
}

/** What a scenario prints is no result: it goes to stderr, in place of a line of progress. */
function printOn(output: Output, text: string): void {
  output.write(output.isTerminal ? `\r\u001b[K${text}` : text);
}

/** Whether to colour this output: a terminal, without NO_COLOR (no-color.org) or --no-color. */
export function wantsColor(output: Output, env: World["env"], noColor: boolean): boolean {
  const refused = env["NO_COLOR"];
  return output.isTerminal && !noColor && (refused === undefined || refused === "");
}
