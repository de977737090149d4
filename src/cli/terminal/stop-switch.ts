/**
 * Ctrl-C: once stops the traffic and keeps what was measured; twice ends the program at once (an
 * owned server's guard then ends the server).
 */
import { exitCodes } from "../../core/errors.ts";
import type { World } from "../world.ts";

export interface StopSwitch {
  readonly signal: AbortSignal;
  release(): void;
}

export function stopSwitch(world: World): StopSwitch {
  const controller = new AbortController();
  const release = world.onSignal((signal) => {
    if (controller.signal.aborted) {
      world.stderr.write("\nplimsoll: stopped at once; the run directory keeps what was written\n");
      world.exit(exitCodes.interrupted);
    }
    world.stderr.write(
      `\nplimsoll: ${signal}: stopping; what was measured is kept (again: at once)\n`,
    );
    controller.abort(new Error(`interrupted by ${signal}`));
  });
  return { signal: controller.signal, release };
}
