/**
 * The embedded reference server, a program of its own: it answers like llama-server, computes with
 * node-llama-cpp's prebuilt binary, and exits when its standard input ends, so that it never
 * outlives the process that started it, however that one ends.
 */

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { originNow } from "../core/clock.ts";
import { messageOf, PlimsollError, usageError } from "../core/errors.ts";
import { readArgs } from "./read-args.ts";
import type { ServerArgs } from "./read-args.ts";
import { startServer } from "./start-server.ts";
import type { RunningServer } from "./start-server.ts";

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** How long a running decode may delay the exit, ms. */
const GRACE = 1_000;

/**
 * A normal exit joins every thread, also one that is inside a long decode or a system call; where
 * that may take long, only a kill ends the process at once.
 */
function killSelf(): void {
  process.kill(process.pid, "SIGKILL");
}

function stopServer(server: RunningServer): void {
  setTimeout(killSelf, GRACE);
  void server.stop().finally(() => process.exit(0));
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function apiKey({ apiKeyEnv }: ServerArgs): string | undefined {
  if (apiKeyEnv === undefined) return undefined;
  // As the client reads it: without the line break of the file that it came from.
  const key = process.env[apiKeyEnv]?.trim();
  if (key === undefined || key === "") {
    throw usageError(
      `--api-key-env ${apiKeyEnv}: that environment variable is not set or is empty`,
    );
  }
  return key;
}

async function main(): Promise<void> {
  const running: { server?: RunningServer } = {};
  const onSignal = (): void => {
    if (running.server === undefined) process.exit(0);
    stopServer(running.server);
  };
  const onEnd = (): void => {
    if (running.server === undefined) killSelf();
    else stopServer(running.server);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  process.stdin.on("end", onEnd).on("error", onEnd).resume();
  const args = readArgs(process.argv.slice(2), availableParallelism());
  const world = { origin: originNow(), apiKey: apiKey(args), version: version(), log };
  running.server = await startServer(args, world);
  log(`listening on ${running.server.url}`);
}

main().catch((error: unknown) => {
  log(`plimsoll-server: ${messageOf(error)}`);
  if (error instanceof PlimsollError && error.hint !== undefined) log(error.hint);
  if (!(error instanceof PlimsollError) && error instanceof Error) log(error.stack ?? "");
  process.exit(1);
});
