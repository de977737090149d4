/** A world for starting targets in tests, and a look at what runs. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { originNow, systemClock } from "../../src/core/clock.ts";
import type { LlamaServerSpec, TargetWorld } from "../../src/target/spec.ts";

export const scriptedServer = fileURLToPath(
  new URL("../fixtures/target/scripted-server.js", import.meta.url),
);

/** Everything but the log file has a sensible value. */
export function testWorld(logFile: string, changes: Partial<TargetWorld> = {}): TargetWorld {
  return {
    clock: systemClock(originNow()),
    launcher: {
      node: process.execPath,
      args: ["--import", import.meta.resolve("tsx")],
      kill: (pid, signal) => process.kill(pid, signal),
    },
    env: process.env,
    logFile,
    readyTimeout: 20_000,
    stopGrace: 300,
    signal: new AbortController().signal,
    ...changes,
  };
}

/** The scripted server; its own file stands in for the model. */
export function scriptedSpec(
  script: string,
  changes: Partial<LlamaServerSpec> = {},
): LlamaServerSpec {
  return {
    kind: "llama-server",
    binary: scriptedServer,
    model: scriptedServer,
    parallel: 2,
    ctxPerSlot: 512,
    serverArgs: ["--script", script],
    ...changes,
  };
}

/** Whether a process runs; a zombie, which nobody has asked about yet, does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}
