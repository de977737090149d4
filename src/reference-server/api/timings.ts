/** `timings` and `usage` objects. */

import type { Finish, Job, Timings } from "../engine/job.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Rates are of decode steps: the first token comes with the prompt's last batch (llama.cpp 26920). */
export function timingsJson(timings: Timings): Json {
  const { cached, processed, promptMs, generated, generationMs } = timings;
  const steps = Math.max(0, generated - 1);
  return {
    cache_n: cached,
    prompt_n: processed,
    prompt_ms: micros(promptMs),
    prompt_per_token_ms: ratio(promptMs, processed),
    prompt_per_second: ratio(processed * 1e3, promptMs),
    predicted_n: generated,
    predicted_ms: micros(generationMs),
    predicted_per_token_ms: ratio(generationMs, steps),
    predicted_per_second: ratio(steps * 1e3, generationMs),
  };
}

/** llama-server's clock counts whole microseconds. */
function micros(ms: number): number {
  return Math.round(ms * 1e3) / 1e3;
}

/** llama-server's convention: 0 where there is nothing to divide by. */
function ratio(amount: number, by: number): number {
  return by > 0 ? amount / by : 0;
}

export function usageJson(job: Pick<Job, "prompt">, finish: Finish): Json {
  return {
    completion_tokens: finish.generated,
    prompt_tokens: job.prompt.length,
    total_tokens: finish.generated + job.prompt.length,
    prompt_tokens_details: { cached_tokens: finish.timings.cached },
  };
}
