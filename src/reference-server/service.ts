/** What the handlers of a server that is ready share. */

import { randomBytes } from "node:crypto";
import type { Clock, ClockOrigin } from "../core/clock.ts";
import type { Engine } from "./engine/engine.ts";

export interface Service {
  readonly engine: Engine;
  /** Unix time now, s. */
  unixTime(): number;
  /** Unix time of the start, s. */
  readonly startedAt: number;
  /** Unlikely to repeat; letters and digits. */
  randomId(): string;
  nextTask(): number;
}

export function createService(engine: Engine, clock: Clock, origin: ClockOrigin): Service {
  let task = 0;
  return {
    engine,
    unixTime: () => Math.floor((origin.wall + clock.now()) / 1e3),
    startedAt: Math.floor(origin.wall / 1e3),
    randomId: () => randomBytes(16).toString("hex"),
    nextTask: () => task++,
  };
}
