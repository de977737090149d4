/** A reference server for a benchmark: started as every run starts it. */
import { join } from "node:path";
import { launcherOf } from "../src/session/run/launcher.ts";
import { originNow, systemClock } from "../src/core/clock.ts";
import type { RunningTarget } from "../src/target/spec.ts";
import { startTarget } from "../src/target/start-target.ts";
import { benchWorld } from "./world.ts";
import { scratchFolder } from "./scratch.ts";

export type Reference = "embedded" | { readonly binary: string };

/** Both with so many slots and one thread: on a small machine the other core is the client's. */
export async function openReference(
  which: Reference,
  model: string,
  parallel: number,
): Promise<RunningTarget & { readonly readyMs: number }> {
  const world = benchWorld();
  const clock = systemClock(originNow());
  const owned = { model, parallel, ctxPerSlot: 1024, threads: 1 };
  const server = await startTarget(
    which === "embedded"
      ? { kind: "embedded", ...owned }
      : { kind: "llama-server", binary: which.binary, serverArgs: [], ...owned },
    {
      clock,
      launcher: launcherOf(world),
      env: world.env,
      logFile: join(scratchFolder("bench"), "server.log"),
      readyTimeout: 60_000,
      signal: new AbortController().signal,
    },
  );
  return { ...server, readyMs: clock.now() };
}
