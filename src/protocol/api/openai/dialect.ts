/** Fields that only some servers of OpenAI's APIs take; the others refuse what they do not know. */
import type { LlmRequest } from "../../../core/request.ts";
import type { ServerFacts } from "../../adapter.ts";
import type { JsonObject } from "../../json.ts";

const TAKES_IGNORE_EOS = new Set(["llama.cpp", "plimsoll", "vllm", "sglang"]);
const TAKES_CACHE_PROMPT = new Set(["llama.cpp", "plimsoll"]);
const TAKES_CACHE_SALT = new Set(["vllm", "sglang"]);
const COUNTS_EVERY_CHUNK = new Set(["vllm"]);

/** Body fields of this server's own, for generation to a fixed length and for a cold cache. */
export function dialectFields(request: LlmRequest, { server = "" }: ServerFacts): JsonObject {
  const ignoresEos = request.ignoreEos === true && TAKES_IGNORE_EOS.has(server);
  const cold = request.cachePrompt === false;
  return {
    ...(ignoresEos && { ignore_eos: true }),
    ...(cold && TAKES_CACHE_PROMPT.has(server) && { cache_prompt: false }),
    ...saltField(request, server),
  };
}

/** Prefixes are shared only under equal salts; what is unique is never found again. */
export function saltField({ cachePrompt }: LlmRequest, server = ""): JsonObject {
  const salted = cachePrompt === false && TAKES_CACHE_SALT.has(server);
  return salted ? { cache_salt: crypto.randomUUID() } : {};
}

/** The field by which `cachePrompt: false` is said. */
export function coldField({ server = "" }: ServerFacts): string | undefined {
  if (TAKES_CACHE_PROMPT.has(server)) return "cache_prompt";
  return TAKES_CACHE_SALT.has(server) ? "cache_salt" : undefined;
}

/** `stream_options`: counts at the end, and with every chunk where that is to be had. */
export function streamOptions({ server = "" }: ServerFacts): JsonObject {
  return {
    include_usage: true,
    ...(COUNTS_EVERY_CHUNK.has(server) && { continuous_usage_stats: true }),
  };
}

export function ignoreEosField({ server = "" }: ServerFacts): string | undefined {
  return TAKES_IGNORE_EOS.has(server) ? "ignore_eos" : undefined;
}
