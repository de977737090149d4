/** Puts the server together: listen, load, answer. */

import { systemClock } from "../core/clock.ts";
import type { ClockOrigin } from "../core/clock.ts";
import { listen } from "./http/listen.ts";
import { loadEngine } from "./engine/load-engine.ts";
import type { ServerArgs } from "./read-args.ts";
import { createService } from "./service.ts";

export interface ServerWorld {
  readonly origin: ClockOrigin;
  readonly apiKey: string | undefined;
  /** Plimsoll's version. */
  readonly version: string;
  readonly log: (line: string) => void;
}

export interface RunningServer {
  readonly url: string;
  /** Drops every connection; resolves when the model is at rest. */
  stop(): Promise<void>;
}

/** Resolves when the model is loaded. @throws PlimsollError when it cannot be */
export async function startServer(args: ServerArgs, world: ServerWorld): Promise<RunningServer> {
  const { apiKey, log, origin, version } = world;
  const { host, port, maxBody } = args;
  const listener = await listen({ host, port, maxBody, apiKey, log });
  log(`loading ${args.model}; ${listener.url} answers 503 until it is ready`);
  const clock = systemClock(origin);
  const engine = await loadEngine({
    model: args.model,
    alias: args.alias,
    slots: args.parallel,
    contextSize: args.contextSize,
    threads: args.threads,
    gpu: args.gpu,
    version,
    clock,
    log,
  });
  listener.ready(createService(engine, clock, origin));
  return {
    url: listener.url,
    stop: () => {
      listener.close();
      return engine.loop.idle();
    },
  };
}
