/** A server that is started once and measured by many runs: each of them attaches to it. */
import { originNow, systemClock } from "../../core/clock.ts";
import type { RunningTarget } from "../../target/spec.ts";
import { startTarget } from "../../target/start-target.ts";
import { launcherOf } from "./launcher.ts";
import type { Runtime } from "../runtime.ts";
import type { RunRequest } from "./run-request.ts";

export interface SharedStart {
  readonly runtime: Runtime;
  /** Where an owned server's output goes. */
  readonly logFile: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** @throws as `startTarget` */
export async function startShared(
  request: RunRequest,
  { runtime, logFile, signal, say }: SharedStart,
): Promise<RunningTarget> {
  return startTarget(request.target.spec, {
    clock: systemClock(originNow()),
    launcher: launcherOf(runtime),
    env: runtime.env,
    logFile,
    readyTimeout: request.readyTimeout,
    signal,
    onProgress: say,
  });
}

/** The target of a run that attaches to it. */
export function attachedTo(request: RunRequest, target: RunningTarget): RunRequest["target"] {
  const { baseUrl: url, headers, connection } = target;
  const spec = { kind: "remote", url, headers, ...(connection && { connection }) } as const;
  return { ...request.target, spec };
}
