/** Words that OpenAI's two completion APIs share. */

import type { Finish, Progress } from "../engine/job.ts";
import type { Json } from "./timings.ts";

export function finishReason({ stop }: Finish): "stop" | "length" {
  return stop.type === "eos" || stop.type === "word" ? "stop" : "length";
}

/** Several completions are one answer with several choices; the rest is the first one's. */
export function joinChoices(bodies: readonly Json[]): unknown {
  const [first] = bodies;
  return { ...first, choices: bodies.flatMap(({ choices }) => choices) };
}

export function progressJson({ total, cache, processed, timeMs }: Progress): Json {
  return { total, cache, processed, time_ms: timeMs };
}
