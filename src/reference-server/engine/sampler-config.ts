/** A job's settings as node-llama-cpp's sampler takes them. */

import { randomInt } from "node:crypto";
import type { Settings } from "./job.ts";

export function samplerConfig(
  settings: Settings,
  prompt: readonly number[],
): Readonly<Record<string, unknown>> {
  return {
    temperature: settings.temperature,
    topK: settings.topK,
    topP: settings.topP,
    minP: settings.minP,
    seed: settings.seed ?? randomInt(2 ** 32 - 1),
    ...penalties(settings, prompt),
    ...biases(settings),
  };
}

/** The penalties look back into the prompt, as llama-server's do. */
function penalties(settings: Settings, prompt: readonly number[]): Record<string, unknown> {
  const { repeatPenalty, presencePenalty, frequencyPenalty, repeatLastN } = settings;
  const neutral = repeatPenalty === 1 && presencePenalty === 0 && frequencyPenalty === 0;
  if (neutral || repeatLastN === 0) return {};
  return {
    repeatPenalty,
    repeatPenaltyPresencePenalty: presencePenalty,
    repeatPenaltyFrequencyPenalty: frequencyPenalty,
    repeatPenaltyMaxTokens: repeatLastN,
    repeatPenaltyTokens: Uint32Array.from(prompt.slice(-repeatLastN)),
  };
}

function biases({ logitBias }: Settings): Record<string, unknown> {
  if (logitBias.length === 0) return {};
  return {
    tokenBiasKeys: Uint32Array.from(logitBias, ([token]) => token),
    tokenBiasValues: Float32Array.from(logitBias, ([, bias]) => bias),
  };
}
