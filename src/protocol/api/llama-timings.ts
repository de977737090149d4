/**
 * `timings` of llama.cpp: what its slot did. Its clock starts when the slot does, so waiting for a
 * slot is not in it. Rates are not read: what they divide by has changed between builds.
 */
import type { Answer } from "../adapter.ts";
import { present } from "../../core/present.ts";
import { asCount, asObject, type JsonObject } from "../json.ts";

export function noteTimings(chunk: JsonObject, answer: Answer): void {
  const timings = asObject(chunk["timings"]);
  if (timings === undefined) return;
  const computed = asCount(timings["prompt_n"]);
  const cached = asCount(timings["cache_n"]);
  answer.counts.timings = present({
    output: asCount(timings["predicted_n"]),
    prompt: computed === undefined ? undefined : computed + (cached ?? 0),
    cached,
  });
  answer.server = present({
    promptMs: asCount(timings["prompt_ms"]),
    predictedMs: asCount(timings["predicted_ms"]),
  });
}
