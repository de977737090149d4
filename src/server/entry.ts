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

function exitSoon(server: RunningServer | undefined): void {
  if (server === undefined) process.exit(0);
  setTimeout(() => process.exit(0), GRACE).unref();
  void server.stop().finally(() => process.exit(0));
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function apiKey({ apiKeyEnv }: ServerArgs): string | undefined {
  if (apiKeyEnv === undefined) return undefined;
  const key = process.env[apiKeyEnv];
  if (key === undefined || key === "") {
    throw usageError(`--api-key-env ${apiKeyEnv}: that environment variable is not set`);
  }
  return key;
}

async function main(): Promise<void> {
  const running: { server?: RunningServer } = {};
  const end = (): void => {
    exitSoon(running.server);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  process.stdin.on("end", end).on("error", end).resume();
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
