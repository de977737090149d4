/** What a sweep can vary: one row each, with what sets it for one cell. */

export interface AxisKey {
  readonly about: string;
  /** A server that we start is started anew where this varies. */
  readonly of: "server" | "load";
  /** The flag of `plimsoll run` that sets it, or the argument of llama-server that does. */
  readonly sets: { readonly flag: string } | { readonly argument: string };
  /** What a value must be. */
  readonly values: ValueRule;
}

export interface ValueRule {
  /** For messages: `a whole number of at least 1`. */
  readonly expected: string;
  readonly accepts: (value: string) => boolean;
  /** Numbers are compared as numbers: 08 and 8 are the same. */
  readonly numeric: boolean;
}

const COUNT: ValueRule = {
  expected: "a whole number of at least 1",
  accepts: (value) => /^\d+$/.test(value) && Number(value) >= 1,
  numeric: true,
};
const RATE: ValueRule = {
  expected: "a number above 0",
  accepts: (value) => /^(\d+(\.\d*)?|\.\d+)$/.test(value) && Number(value) > 0,
  numeric: true,
};
const TEXT: ValueRule = { expected: "a value", accepts: (value) => value !== "", numeric: false };
const oneOf = (...words: readonly string[]): ValueRule => ({
  expected: `one of ${words.join(", ")}`,
  accepts: (value) => words.includes(value),
  numeric: false,
});
const CACHE_TYPE = oneOf("f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1");

export const AXIS_KEYS = {
  "server.parallel": {
    about: "slots",
    of: "server",
    sets: { flag: "parallel" },
    values: COUNT,
  },
  "server.ctx": {
    about: "context tokens of each slot",
    of: "server",
    sets: { flag: "ctx" },
    values: COUNT,
  },
  "server.threads": { about: "threads", of: "server", sets: { flag: "threads" }, values: COUNT },
  "server.model": {
    about: "models, as in --model",
    of: "server",
    sets: { flag: "model" },
    values: TEXT,
  },
  "server.batch": {
    about: "logical batch (llama-server)",
    of: "server",
    sets: { argument: "--batch-size" },
    values: COUNT,
  },
  "server.ubatch": {
    about: "physical batch (llama-server)",
    of: "server",
    sets: { argument: "--ubatch-size" },
    values: COUNT,
  },
  "server.flash-attn": {
    about: "on, off or auto (llama-server)",
    of: "server",
    sets: { argument: "--flash-attn" },
    values: oneOf("on", "off", "auto"),
  },
  "server.cache-type-k": {
    about: "type of the KV cache's keys (llama-server)",
    of: "server",
    sets: { argument: "--cache-type-k" },
    values: CACHE_TYPE,
  },
  "server.cache-type-v": {
    about: "type of its values (llama-server)",
    of: "server",
    sets: { argument: "--cache-type-v" },
    values: CACHE_TYPE,
  },
  "server.gpu-layers": {
    about: "layers on the GPU (llama-server)",
    of: "server",
    sets: { argument: "--gpu-layers" },
    values: {
      expected: "a whole number, all or auto",
      accepts: (value) => /^(\d+|all|auto)$/.test(value),
      numeric: true,
    },
  },
  concurrency: {
    about: "virtual users: a closed loop in place of the traffic, as --vus",
    of: "load",
    sets: { flag: "vus" },
    values: COUNT,
  },
  peak: {
    about: "the expected peak, per second, as --peak",
    of: "load",
    sets: { flag: "peak" },
    values: RATE,
  },
  "prompt-tokens": {
    about: "length of synthetic prompts",
    of: "load",
    sets: { flag: "prompt-tokens" },
    values: COUNT,
  },
  "output-tokens": {
    about: "length of their answers",
    of: "load",
    sets: { flag: "output-tokens" },
    values: COUNT,
  },
} as const satisfies Readonly<Record<string, AxisKey>>;

const ENV = "env.";
const ALIASES: Readonly<Record<string, string>> = {
  model: "server.model",
  vus: "concurrency",
  rate: "peak",
};

/** What there is, for messages and the help. */
export const KEY_NAMES: readonly string[] = [...Object.keys(AXIS_KEYS), "env.NAME"];

/** The name as it is in the table: `_` for `-`, and other words for the same. */
export function canonicalKey(written: string): string {
  if (written.startsWith(ENV)) return written;
  const name = written.replaceAll("_", "-");
  return ALIASES[name] ?? name;
}

/** Undefined when there is no such thing to vary. */
export function axisKey(name: string): AxisKey | undefined {
  if (name.startsWith(ENV) && name.length > ENV.length)
    return { about: "a parameter, as -e", of: "load", sets: { flag: "env" }, values: TEXT };
  const keys: Readonly<Record<string, AxisKey>> = AXIS_KEYS;
  return Object.hasOwn(keys, name) ? keys[name] : undefined;
}

/** The words that set a value in one cell's command line: `["--parallel", "4"]`. */
export function flagWords(name: string, value: string): readonly string[] {
  const sets = axisKey(name)?.sets;
  if (sets === undefined) throw new Error(`there is no axis ${name}`);
  if ("argument" in sets) return [`--server-arg=${sets.argument}`, `--server-arg=${value}`];
  if (sets.flag === "env") return ["--env", `${name.slice(ENV.length)}=${value}`];
  return [`--${sets.flag}=${value}`];
}
