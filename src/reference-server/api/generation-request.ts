/** From the body of a completion request to the jobs that answer it. */

import type { Engine } from "../engine/engine.ts";
import type { Settings } from "../engine/job.ts";
import type { Vocabulary } from "../engine/vocabulary.ts";
import { contextExceeded, invalidRequest } from "./api-error.ts";
import { isBody, readFields } from "./request-fields.ts";
import type { Body, Fields } from "./request-fields.ts";
import { tokenizeMixed } from "./tokenize.ts";

/** A job before it has a listener. */
export interface Generation {
  readonly index: number;
  readonly prompt: readonly number[];
  readonly settings: Settings;
  readonly slot: number;
  /** The first completion of its prompt: it announces itself in a stream. */
  readonly first: boolean;
}

export interface GenerationRequest {
  readonly generations: readonly Generation[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** @throws ApiError for what cannot be answered */
export function readGenerationRequest(body: Body, engine: Engine): GenerationRequest {
  const { vocabulary, loop, facts } = engine;
  if (!("prompt" in body)) {
    throw invalidRequest("[json.exception.out_of_range.403] key 'prompt' not found");
  }
  const prompts = readPrompts(body["prompt"], vocabulary);
  const fields = readFields(body, loop.slots.length);
  const settings = readSettings(body, fields, vocabulary);
  const slot = typeof body["id_slot"] === "number" ? body["id_slot"] : -1;
  for (const prompt of prompts) {
    if (prompt.length >= facts.contextSize) {
      throw contextExceeded(prompt.length, facts.contextSize);
    }
  }
  const generations = prompts.flatMap((prompt) =>
    Array.from({ length: fields.completions }, (_, copy) => ({
      prompt,
      settings: withSeedOfCopy(settings, copy),
      slot: copy === 0 ? slot : -1,
      first: copy === 0,
    })),
  );
  return {
    generations: generations.map((generation, index) => ({ ...generation, index })),
    stream: fields.stream,
    includeUsage: fields.includeUsage,
  };
}

function withSeedOfCopy(settings: Settings, copy: number): Settings {
  return settings.seed === undefined ? settings : { ...settings, seed: settings.seed + copy };
}

/** A prompt is a text or a list of tokens (texts may be mixed in); a list of prompts is many. */
function readPrompts(prompt: unknown, vocabulary: Vocabulary): number[][] {
  const many = Array.isArray(prompt) && !prompt.some((part) => typeof part === "number");
  const prompts = (many ? prompt : [prompt]).map((one) => readPrompt(one, vocabulary));
  if (prompts.length === 0) throw invalidRequest('"prompt" must not be empty');
  return prompts;
}

function readPrompt(prompt: unknown, vocabulary: Vocabulary): number[] {
  const tokens = promptTokens(prompt, vocabulary);
  const wrong = tokens.some(
    (token) => !Number.isInteger(token) || token < 0 || token >= vocabulary.size,
  );
  if (wrong) throw invalidRequest("Prompt contains invalid tokens");
  if (tokens.length === 0) throw invalidRequest("the prompt has no tokens");
  return tokens;
}

function promptTokens(prompt: unknown, vocabulary: Vocabulary): number[] {
  if (typeof prompt === "string" || Array.isArray(prompt)) {
    return tokenizeMixed(prompt, vocabulary, true, true);
  }
  if (isBody(prompt) && "prompt_string" in prompt) {
    return promptTokens(prompt["prompt_string"], vocabulary);
  }
  throw invalidRequest(
    '"prompt" elements must be a string, a list of tokens, a JSON object containing a prompt ' +
      "string, or a list of mixed strings & tokens.",
  );
}

function readSettings(body: Body, fields: Fields, vocabulary: Vocabulary): Settings {
  const { seed } = fields;
  const ends = fields.ignoreEos ? vocabulary.endOfGeneration() : [];
  return {
    ...fields,
    seed: seed < 0 || seed === 2 ** 32 - 1 ? undefined : seed % 2 ** 32,
    stop: readStop(body["stop"]),
    logitBias: [
      ...readLogitBias(body["logit_bias"], vocabulary),
      ...ends.map((token) => [token, -Infinity] as const),
    ],
  };
}

function readStop(stop: unknown): string[] {
  const words = Array.isArray(stop) ? stop : [stop];
  return words.filter((word): word is string => typeof word === "string" && word !== "");
}

/** Pairs of [token, bias] or an object from token to bias; a text stands for all its tokens. */
function readLogitBias(given: unknown, vocabulary: Vocabulary): (readonly [number, number])[] {
  const pairs: unknown[] = Array.isArray(given)
    ? given
    : Object.entries(isBody(given) ? given : {});
  return pairs.flatMap((pair) => {
    const [key, value] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : [];
    const bias = value === false ? -Infinity : value;
    if (typeof bias !== "number") return [];
    return biasedTokens(key, vocabulary).map((token) => [token, bias] as const);
  });
}

function biasedTokens(key: unknown, vocabulary: Vocabulary): number[] {
  const token = typeof key === "string" && /^\d+$/.test(key) ? Number(key) : key;
  if (typeof token === "string") return vocabulary.tokenize(token, false, false);
  const known = typeof token === "number" && Number.isInteger(token);
  return known && token >= 0 && token < vocabulary.size ? [token] : [];
}
