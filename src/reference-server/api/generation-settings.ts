/** `generation_settings` and the `params` of `/props` and `/slots`: everything llama-server lists. */

import type { Settings } from "../engine/job.ts";
import type { Json } from "./timings.ts";

/** What the server does when a request says nothing. */
export const defaultSettings: Settings = {
  maxTokens: -1,
  temperature: 0.8,
  topK: 40,
  topP: 0.95,
  minP: 0.05,
  seed: undefined,
  repeatLastN: 64,
  repeatPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  logitBias: [],
  ignoreEos: false,
  stop: [],
  cachePrompt: false,
  stream: false,
  timingsPerToken: false,
  returnProgress: false,
  returnTokens: false,
};

/** @param short without the parts that depend on the prompt, as in `/props` and `/slots` */
export function settingsJson(settings: Settings, short = false): Json {
  return {
    ...sampling(settings),
    ...(short ? {} : { dry_sequence_breakers: ["\n", ":", '"', "*"] }),
    mirostat: 0,
    mirostat_tau: 5,
    mirostat_eta: Math.fround(0.1),
    adaptive_target: -1,
    adaptive_decay: Math.fround(0.9),
    ...(short ? {} : { stop: settings.stop }),
    max_tokens: settings.maxTokens,
    n_predict: settings.maxTokens,
    n_keep: 0,
    n_discard: 0,
    ignore_eos: settings.ignoreEos,
    stream: settings.stream,
    ...(short ? {} : { logit_bias: biasJson(settings) }),
    n_probs: 0,
    min_keep: 0,
    ...(short
      ? {}
      : { grammar: "", grammar_lazy: false, grammar_triggers: [], preserved_tokens: [] }),
    chat_format: "Content-only",
    reasoning_format: "none",
    reasoning_in_content: false,
    generation_prompt: "",
    samplers: SAMPLERS,
    "speculative.types": "none",
    timings_per_token: settings.timingsPerToken,
    post_sampling_probs: false,
    backend_sampling: false,
    lora: [],
  };
}

const SAMPLERS = ["penalties", "top_k", "top_p", "min_p", "temperature"];

/** llama-server keeps these as 32-bit floats, and it shows. */
function sampling(settings: Settings): Json {
  return {
    seed: settings.seed ?? 2 ** 32 - 1,
    temperature: Math.fround(settings.temperature),
    dynatemp_range: 0,
    dynatemp_exponent: 1,
    top_k: settings.topK,
    top_p: Math.fround(settings.topP),
    min_p: Math.fround(settings.minP),
    top_n_sigma: -1,
    xtc_probability: 0,
    xtc_threshold: Math.fround(0.1),
    typical_p: 1,
    repeat_last_n: settings.repeatLastN,
    repeat_penalty: Math.fround(settings.repeatPenalty),
    presence_penalty: Math.fround(settings.presencePenalty),
    frequency_penalty: Math.fround(settings.frequencyPenalty),
    dry_multiplier: 0,
    dry_base: 1.75,
    dry_allowed_length: 2,
    dry_penalty_last_n: 64,
  };
}

/** JSON has no -Infinity; llama-server writes null for a banned token. */
function biasJson({ logitBias }: Settings): Json[] {
  return logitBias.map(([token, bias]) => ({
    bias: Number.isFinite(bias) ? bias : null,
    token,
  }));
}
