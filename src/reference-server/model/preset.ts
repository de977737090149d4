/**
 * The models that can be synthesized, and how they are asked for (`synth:NAME[@QUANT]`).
 *
 * A server's speed depends on a model's shape, not on its values: a file of random weights in the
 * shape of a published model costs what that model costs.
 */
import { usageError } from "../../core/errors.ts";

/** Weight formats of ggml. All matrices have it, as `llama-quantize --pure` writes them. */
export const quants = ["f16", "q8_0", "q4_0"] as const;
export type Quant = (typeof quants)[number];

const DEFAULT_QUANT: Quant = "q8_0";

/** The shape of a model of the llama architecture. Widths are in elements, context in tokens. */
export interface ModelShape {
  readonly layers: number;
  /** Width of the residual stream. */
  readonly embedding: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly vocabulary: number;
  readonly context: number;
  readonly ropeBase: number;
  readonly normEpsilon: number;
  /** The output matrix is the embedding matrix, and is stored once. */
  readonly tied: boolean;
  /** Query, key and value projections have biases. */
  readonly qkvBias: boolean;
}

export interface Preset extends ModelShape {
  /** One line for people. */
  readonly title: string;
  /** Where the shape comes from. */
  readonly source: string;
}

/**
 * Published shapes, each from the `config.json` at its source. The Llama models' RoPE scaling
 * factors (`rope_scaling`) are left out: they are values, and cost nothing.
 */
export const presets = {
  tiny: {
    title: "12 M parameters, 12 MB as q8_0: hundreds of tokens/s on one CPU core",
    source: "Plimsoll's own",
    // Few layers and heads: at this size, attention over a long context costs more than the weights.
    layers: 4,
    embedding: 512,
    feedForward: 1024,
    heads: 4,
    kvHeads: 2,
    vocabulary: 4096,
    context: 4096,
    ropeBase: 10_000,
    normEpsilon: 1e-5,
    tied: true,
    qkvBias: false,
  },
  "smollm2-135m": {
    title: "the shape of SmolLM2-135M",
    source: "https://huggingface.co/HuggingFaceTB/SmolLM2-135M/blob/main/config.json",
    layers: 30,
    embedding: 576,
    feedForward: 1536,
    heads: 9,
    kvHeads: 3,
    vocabulary: 49_152,
    context: 8192,
    ropeBase: 100_000,
    normEpsilon: 1e-5,
    tied: true,
    qkvBias: false,
  },
  // Qwen2 differs from Llama only in the QKV biases and in RoPE's pairing of channels, which costs
  // the same; so it is written as a llama model with biases, and servers report it as `llama`.
  "qwen2.5-0.5b": {
    title: "the shape of Qwen2.5-0.5B, written with the llama architecture",
    source: "https://huggingface.co/Qwen/Qwen2.5-0.5B/blob/main/config.json",
    layers: 24,
    embedding: 896,
    feedForward: 4864,
    heads: 14,
    kvHeads: 2,
    vocabulary: 151_936,
    context: 32_768,
    ropeBase: 1_000_000,
    normEpsilon: 1e-6,
    tied: true,
    qkvBias: true,
  },
  "llama-3.2-1b": {
    title: "the shape of Llama-3.2-1B",
    source: "https://huggingface.co/meta-llama/Llama-3.2-1B/blob/main/config.json",
    layers: 16,
    embedding: 2048,
    feedForward: 8192,
    heads: 32,
    kvHeads: 8,
    vocabulary: 128_256,
    context: 131_072,
    ropeBase: 500_000,
    normEpsilon: 1e-5,
    tied: true,
    qkvBias: false,
  },
  "llama-3.1-8b": {
    title: "the shape of Llama-3.1-8B",
    source: "https://huggingface.co/meta-llama/Llama-3.1-8B/blob/main/config.json",
    layers: 32,
    embedding: 4096,
    feedForward: 14_336,
    heads: 32,
    kvHeads: 8,
    vocabulary: 128_256,
    context: 131_072,
    ropeBase: 500_000,
    normEpsilon: 1e-5,
    tied: false,
    qkvBias: false,
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;

export const presetNames = Object.keys(presets) as PresetName[];

/** Which synthetic model: a preset in a weight format. */
export interface ModelSpec {
  readonly name: PresetName;
  readonly quant: Quant;
}

/** Whether `--model` names a synthetic model rather than a file. */
export function isModelSpec(text: string): boolean {
  return text.startsWith("synth:");
}

/**
 * Parses `synth:NAME[@QUANT]` or `NAME[@QUANT]`; the quant is q8_0 unless given.
 *
 * @throws a usage error that lists the presets or the quants
 */
export function parseModelSpec(text: string): ModelSpec {
  const [name = "", quant = DEFAULT_QUANT, ...rest] = text.replace(/^synth:/, "").split("@");
  const found = presetNames.find((known) => known === name.toLowerCase());
  if (found === undefined) {
    throw usageError(
      `there is no synthetic model "${name}" (in "${text}")`,
      `Choose one of:\n${listPresets()}`,
    );
  }
  const format = quants.find((known) => known === quant.toLowerCase());
  if (format === undefined || rest.length > 0) {
    throw usageError(
      `"${[quant, ...rest].join("@")}" is not a weight format (in "${text}")`,
      `Write ${quants.map((known) => `synth:${found}@${known}`).join(" or ")}.`,
    );
  }
  return { name: found, quant: format };
}

function listPresets(): string {
  const width = Math.max(...presetNames.map((name) => name.length));
  return presetNames
    .map((name) => `  synth:${name.padEnd(width)}  ${presets[name].title}`)
    .join("\n");
}
