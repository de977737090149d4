/** The fields of a generation request: names, types and limits of llama-server's schema. */

import { ApiError, invalidRequest } from "./api-error.ts";

export type Body = Readonly<Record<string, unknown>>;

const INT32 = 2 ** 31 - 1;

interface NumberField {
  /** The first name that the request has wins. */
  readonly names: readonly string[];
  readonly integer?: true;
  readonly fallback: number;
  readonly min?: number;
  readonly max?: number;
  /** Values outside the limits are an error; otherwise they are moved to the limit. */
  readonly strict?: true;
}

/** Numbers that the engine uses. */
const numbers = {
  maxTokens: {
    names: ["n_predict", "max_completion_tokens", "max_tokens"],
    integer: true,
    fallback: -1,
    min: -1,
    max: INT32,
    strict: true,
  },
  completions: { names: ["n_cmpl", "n"], integer: true, fallback: 1, min: 1, strict: true },
  topK: { names: ["top_k"], integer: true, fallback: 40, min: 0, max: INT32 },
  topP: { names: ["top_p"], fallback: 0.95, min: 0, max: 1 },
  minP: { names: ["min_p"], fallback: 0.05, min: 0, max: 1 },
  temperature: { names: ["temperature"], fallback: 0.8, min: 0 },
  repeatLastN: {
    names: ["repeat_last_n"],
    integer: true,
    fallback: 64,
    min: 0,
    max: INT32,
    strict: true,
  },
  repeatPenalty: { names: ["repeat_penalty"], fallback: 1 },
  frequencyPenalty: { names: ["frequency_penalty"], fallback: 0 },
  presencePenalty: { names: ["presence_penalty"], fallback: 0 },
  /** -1 is random. */
  seed: { names: ["seed"], integer: true, fallback: -1 },
} satisfies Record<string, NumberField>;

const booleans = {
  timingsPerToken: ["timings_per_token", false],
  stream: ["stream", false],
  cachePrompt: ["cache_prompt", false],
  returnTokens: ["return_tokens", false],
  returnProgress: ["return_progress", false],
  ignoreEos: ["ignore_eos", false],
} satisfies Record<string, readonly [name: string, fallback: boolean]>;

/** Fields that llama-server acts on and this server does not, with the values that change nothing. */
const neutral: Readonly<Record<string, readonly unknown[]>> = {
  n_probs: [0],
  logprobs: [0, false],
  grammar: [""],
  json_schema: [],
  tools: [],
  lora: [],
  mirostat: [0],
  typical_p: [1],
  top_n_sigma: [-1],
  dynatemp_range: [0],
  xtc_probability: [0],
  dry_multiplier: [0],
  adaptive_target: [-1],
  min_keep: [0],
  n_indent: [0],
  n_cache_reuse: [0],
  t_max_predict_ms: [-1, 0],
};

type Numbers = { [K in keyof typeof numbers]: number };
type Booleans = { [K in keyof typeof booleans]: boolean };
export type Fields = Numbers & Booleans & { readonly includeUsage: boolean };

/** @throws ApiError 400 for a wrong type or value, 501 for what this server cannot do */
export function readFields(body: Body, parallel: number): Fields {
  refuseUnsupported(body);
  const flags = Object.entries(booleans).map(([key, [name, fallback]]) => [
    key,
    readBoolean(body, name, fallback),
  ]);
  const values = Object.entries(numbers).map(([key, field]: [string, NumberField]) => [
    key,
    readNumber(body, key === "completions" ? { ...field, max: parallel } : field),
  ]);
  const options = body["stream_options"];
  const includeUsage = isBody(options) && readBoolean(options, "include_usage", false);
  return { ...Object.fromEntries([...flags, ...values]), includeUsage } as Fields;
}

export function isBody(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuseUnsupported(body: Body): void {
  for (const [name, allowed] of Object.entries(neutral)) {
    const value = body[name];
    const empty = value === undefined || value === null || (Array.isArray(value) && !value.length);
    if (!empty && !allowed.includes(value)) {
      throw new ApiError(
        "not_supported_error",
        `Field '${name}': the embedded reference server does not support it; use llama-server`,
      );
    }
  }
}

function readBoolean(body: Body, name: string, fallback: boolean): boolean {
  const value = body[name];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== "boolean") throw wrongType(name, "boolean", value);
  return value;
}

function readNumber(body: Body, field: NumberField): number {
  const { names, integer, fallback, min = -Infinity, max = Infinity, strict } = field;
  const name = names.find((candidate) => (body[candidate] ?? undefined) !== undefined);
  if (name === undefined) return fallback;
  const given = body[name];
  if (typeof given !== "number" && typeof given !== "boolean") {
    throw wrongType(name, "number", given);
  }
  const value = integer === true ? Math.trunc(Number(given)) : Number(given);
  if (strict === true && (value < min || value > max)) {
    throw invalidRequest(
      `Field '${name}': Value must be between ${min} <= value <= ${max}, but got ${value}`,
    );
  }
  return Math.min(max, Math.max(min, value));
}

/** In the words of llama-server's JSON library. */
export function wrongType(name: string, wanted: string, value: unknown): ApiError {
  return invalidRequest(`Field '${name}': ${typeError(wanted, value)}`);
}

export function typeError(wanted: string, value: unknown): string {
  return `[json.exception.type_error.302] type must be ${wanted}, but is ${jsonType(value)}`;
}

function jsonType(value: unknown): string {
  if (value === null || value === undefined) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
