/**
 * The guard: a program between Plimsoll and a server it owns, so that the server cannot outlive
 * Plimsoll, however that ends. It holds the other end of a pipe to Plimsoll as its stdin; the kernel
 * closes that pipe when Plimsoll dies, `kill -9` included, and the guard then ends the server's
 * process group: SIGTERM, a grace period, SIGKILL.
 *
 *     node guard-entry.js GRACE_MS COMMAND [ARG...]
 *
 * Facts go to stdout, one JSON object a line: `{pid}`, then `{code}`, `{signal}` or `{failure}`.
 * The command writes to the guard's stderr. Its own stdin is a pipe that closes with the guard, so
 * that a server which watches for that ends even when the guard is killed.
 */
import { spawn } from "node:child_process";

const [grace = "5000", command = "", ...args] = process.argv.slice(2);

function say(fact: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}

// Nobody is listening any more; the end of stdin is what counts then.
process.stdout.on("error", () => undefined);

// Detached: in a process group of its own, which can be ended as a whole.
const server = spawn(command, args, { detached: true, stdio: ["pipe", 2, 2] });
server.stdin?.on("error", () => undefined);

function signalGroup(signal: NodeJS.Signals): void {
  try {
    if (server.pid !== undefined) process.kill(-server.pid, signal);
  } catch {
    // It has already ended.
  }
}

let ending = false;
function end(): void {
  if (ending) return;
  ending = true;
  signalGroup("SIGTERM");
  setTimeout(signalGroup, Number(grace), "SIGKILL");
}

server.on("spawn", () => {
  say({ pid: server.pid });
});
server.on("error", (error: NodeJS.ErrnoException) => {
  say({ failure: error.code ?? error.message });
  process.exit(1);
});
server.on("exit", (code, signal) => {
  // Whatever the server left behind in its group goes with it.
  signalGroup("SIGKILL");
  say(signal === null ? { code } : { signal });
  process.exit(0);
});

process.stdin.on("end", end).on("error", end).resume();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, end);
