/** How one API words what the engine reports. */

import type { Finish, Progress, Timings, TokenEvent } from "../engine/job.ts";
import type { Generation } from "./generation-request.ts";
import type { Engine } from "../engine/engine.ts";
import type { Json } from "./timings.ts";

/** What all answers of one request share. */
export interface Envelope {
  readonly engine: Engine;
  readonly id: string;
  /** Unix time, s. */
  readonly created: number;
  readonly includeUsage: boolean;
}

/** Answers as JSON text; a stream's answer may be several events, or none. */
export interface Dialect {
  progress(generation: Generation, progress: Progress, timings: Timings): readonly string[];
  token(generation: Generation, event: TokenEvent): readonly string[];
  finish(generation: Generation, finish: Finish): readonly string[];
  /** The last event of a good stream. */
  readonly terminator: string | undefined;
  /** The body of an answer that is not streamed. */
  whole(generation: Generation, finish: Finish): Json;
  /** Joins the bodies of several completions. */
  join(bodies: readonly Json[]): unknown;
}
