/** How servers of ours are started: by the Node that runs us, and ended by its signals. */
import type { Launcher } from "../../target/spec.ts";
import type { Runtime } from "../runtime.ts";

export function launcherOf(runtime: Runtime): Launcher {
  return {
    node: runtime.node,
    args: runtime.nodeArgs,
    kill: (pid, signal) => runtime.kill(pid, signal),
  };
}
