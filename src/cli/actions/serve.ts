/** `plimsoll serve`: start a reference server and leave it running until Ctrl-C. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { originNow, systemClock } from "../../core/clock.ts";
import { exitCodes, targetError, usageError } from "../../core/errors.ts";
import { startTarget } from "../../target/start-target.ts";
import type { Call } from "../command.ts";
import { stopSwitch } from "../terminal/stop-switch.ts";
import { launcherOf } from "../../session/run/launcher.ts";
import { chooseTarget } from "../flags/choose-target.ts";

export async function serve({ flags, world }: Call): Promise<number> {
  const choice = await chooseTarget(flags, world, (text) => {
    world.stderr.write(`${text}\n`);
  });
  if (choice.spec.kind === "remote") {
    throw usageError("serve starts a server; a URL is already one", "See `plimsoll serve --help`.");
  }
  const port = flags.integer("port", 1);
  const spec = port === undefined ? choice.spec : { ...choice.spec, port };
  const stop = stopSwitch(world);
  const logFile = join(mkdtempSync(join(tmpdir(), "plimsoll-serve-")), "server.log");
  const server = await startTarget(spec, {
    clock: systemClock(originNow()),
    launcher: launcherOf(world),
    env: world.env,
    logFile,
    readyTimeout: 300_000,
    signal: stop.signal,
  });
  const { identity } = server;
  world.stderr.write(
    `${identity.server ?? identity.kind} with ${identity.model ?? "its model"}: ${identity.slots ?? "?"} slots of ${identity.contextTokens ?? "?"} tokens; log in ${logFile}\nCtrl-C ends it.\n`,
  );
  world.stdout.write(`${server.baseUrl}\n`);
  const exit = await Promise.race([server.exited, whenAborted(stop.signal)]);
  stop.release();
  await server.stop();
  if (exit !== undefined && !exit.expected) throw targetError(exit.message, exit.logTail);
  return exitCodes.passed;
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      resolve(undefined);
    });
  });
}
