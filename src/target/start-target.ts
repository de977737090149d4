/** The one way to a server under test, whoever runs it. */
import { attachRemote } from "./attach-remote.ts";
import type { RunningTarget, TargetSpec, TargetWorld } from "./spec.ts";
import { startOwned } from "./start-owned.ts";

/**
 * Starts (or attaches to) the target and waits until it is ready. Whatever was started is stopped
 * again when this throws.
 *
 * @throws usageError for a bad URL, a missing model file, a forbidden server argument; targetError
 *   (exit code 6) when the server does not get ready; the reason of `world.signal` when that aborts
 */
export function startTarget(spec: TargetSpec, world: TargetWorld): Promise<RunningTarget> {
  return spec.kind === "remote" ? attachRemote(spec, world) : startOwned(spec, world);
}
