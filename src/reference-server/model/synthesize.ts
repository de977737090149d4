/** Writes a synthetic model as a GGUF file, in constant memory. */
import { createHash, randomUUID } from "node:crypto";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { usageError } from "../../core/errors.ts";
import { ggufHeader, padding, type MetadataValue } from "./gguf-header.ts";
import { presets, type ModelSpec } from "./preset.ts";
import { FORBIDDEN_MARK, modelTensors, type Tensor, type WeightTensor } from "./tensors.ts";
import { chatTemplate, tokenIds, vocabulary, type Vocabulary } from "./vocabulary.ts";
import { rowFiller, weightFormats, type WeightFormat } from "./weight-format.ts";

/** Raise it whenever the bytes of any model change: caches and comparisons depend on it. */
export const GENERATOR_VERSION = 3;

/** Models are different with every seed; this one is everybody's unless they ask for another. */
export const DEFAULT_SEED = 1;

/** Bytes made before they are written; two of them are in memory. */
const CHUNK = 4 * 2 ** 20;

export interface SynthesisOptions extends ModelSpec {
  readonly seed?: number;
  /** Where to write. The file appears when it is complete, and replaces what was there. */
  readonly file: string;
  /** Called after every few MB, in bytes. */
  readonly onProgress?: (written: number, total: number) => void;
  /** Stops the writing; nothing is left behind. */
  readonly signal?: AbortSignal;
}

export interface SynthesizedModel {
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal; the same for the same name, quant and seed on every machine. */
  readonly sha256: string;
}

/**
 * Writes the model to a temporary file beside `file`, then renames it: there is never half a model.
 *
 * @throws a usage error when the file cannot be written, and the signal's reason when stopped
 */
export async function synthesize(options: SynthesisOptions): Promise<SynthesizedModel> {
  const temporary = `${options.file.replace(/\.gguf$/, "")}.${randomUUID()}.gguf.part`;
  try {
    const written = await writeModel(temporary, options);
    await rename(temporary, options.file);
    return { path: options.file, ...written };
  } catch (error) {
    await rm(temporary, { force: true });
    if (options.signal?.aborted === true || !isSystemError(error)) throw error;
    throw usageError(
      `cannot write the model to ${options.file}: ${error.message}`,
      "Check that the directory exists, can be written to, and has enough free space.",
      error,
    );
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

async function writeModel(
  path: string,
  options: SynthesisOptions,
): Promise<{ bytes: number; sha256: string }> {
  const { file, total } = modelParts(options);
  const handle = await open(path, "wx");
  try {
    const hash = createHash("sha256");
    let bytes = 0;
    let pending: Promise<void> = Promise.resolve();
    for (const chunk of file) {
      options.signal?.throwIfAborted();
      hash.update(chunk);
      // While this chunk is being written, the next one is made in the other buffer.
      await pending;
      pending = writeAll(handle, chunk);
      // It is awaited later: without this, a failure before that would count as unhandled.
      pending.catch(() => undefined);
      bytes += chunk.length;
      options.onProgress?.(bytes, total);
    }
    await pending;
    await handle.sync();
    return { bytes, sha256: hash.digest("hex") };
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    at += (await handle.write(chunk, at)).bytesWritten;
  }
}

/** The file as chunks that are valid until the next but one, and its size in bytes. */
function modelParts({ name, quant, seed = DEFAULT_SEED }: SynthesisOptions): {
  file: Iterable<Buffer>;
  total: number;
} {
  const shape = presets[name];
  const format = weightFormats[quant];
  const words = vocabulary(shape.vocabulary);
  const tensors = modelTensors(shape);
  const infos = tensors.map((tensor) => ({ ...describe(tensor, format), name: tensor.name }));
  const header = ggufHeader(modelMetadata({ name, quant }, words), infos);
  const total = infos.reduce((sum, { bytes }) => sum + bytes + padding(bytes), header.length);
  const buffers: [Buffer, Buffer] = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)];
  const source = { format, words, seed, buffers };
  function* file(): Generator<Buffer> {
    yield header;
    for (const [index, tensor] of tensors.entries()) {
      yield* tensor.kind === "vector" ? [floats(tensor)] : weights(tensor, source);
      const gap = padding(infos[index]?.bytes ?? 0);
      if (gap > 0) yield Buffer.alloc(gap);
    }
  }
  return { file: file(), total };
}

function describe(
  tensor: Tensor,
  format: WeightFormat,
): { dimensions: number[]; type: number; bytes: number } {
  if (tensor.kind === "vector") {
    return { dimensions: [tensor.length], type: 0, bytes: tensor.length * 4 };
  }
  const { columns, rows } = tensor;
  const bytes = rows * (columns / 32) * format.bytesPer32;
  return { dimensions: [columns, rows], type: format.ggmlType, bytes };
}

function floats(tensor: { length: number; first: number; others: number }): Buffer {
  const values = new Float32Array(tensor.length).fill(tensor.others);
  values[0] = tensor.first;
  return Buffer.from(values.buffer);
}

interface WeightSource {
  readonly format: WeightFormat;
  readonly words: Vocabulary;
  readonly seed: number;
  /** Two, used in turn over all tensors: one is written while the other is filled. */
  readonly buffers: [Buffer, Buffer];
}

function* weights(tensor: WeightTensor, source: WeightSource): Generator<Buffer> {
  const { format, buffers } = source;
  const rowBytes = (tensor.columns / 32) * format.bytesPer32;
  const rowsPerChunk = Math.floor(CHUNK / rowBytes);
  const fill = rowFiller(format.shape(tensor.deviation), source.seed, tensor.name);
  const forbidden = format.marker(FORBIDDEN_MARK);
  const neutral = format.marker(0);
  for (let row = 0; row < tensor.rows; row += rowsPerChunk) {
    const count = Math.min(rowsPerChunk, tensor.rows - row);
    buffers.reverse();
    const chunk = buffers[0].subarray(0, count * rowBytes);
    fill(chunk);
    if (tensor.rule === "vocabulary") {
      for (let at = 0; at < count; at += 1) {
        const mark = row + at < source.words.firstGenerated ? forbidden : neutral;
        mark.copy(chunk, at * rowBytes);
      }
    }
    if (tensor.rule === "silent-channel" && row === 0) {
      for (let at = 0; at < rowBytes; at += neutral.length) neutral.copy(chunk, at);
    }
    yield chunk;
  }
}

function modelMetadata(spec: ModelSpec, words: Vocabulary): Record<string, MetadataValue> {
  const shape = presets[spec.name];
  const u32 = (value: number): MetadataValue => ({ type: "u32", value });
  const f32 = (value: number): MetadataValue => ({ type: "f32", value });
  const string = (value: string): MetadataValue => ({ type: "string", value });
  return {
    "general.architecture": string("llama"),
    "general.name": string(`synthetic ${spec.name}`),
    "general.description": string(`Random weights written by Plimsoll: ${shape.title}`),
    "general.source.url": string(shape.source),
    "general.file_type": u32(weightFormats[spec.quant].fileType),
    "general.quantization_version": u32(2),
    "llama.vocab_size": u32(shape.vocabulary),
    "llama.context_length": u32(shape.context),
    "llama.embedding_length": u32(shape.embedding),
    "llama.block_count": u32(shape.layers),
    "llama.feed_forward_length": u32(shape.feedForward),
    "llama.attention.head_count": u32(shape.heads),
    "llama.attention.head_count_kv": u32(shape.kvHeads),
    "llama.attention.layer_norm_rms_epsilon": f32(shape.normEpsilon),
    "llama.rope.dimension_count": u32(shape.embedding / shape.heads),
    "llama.rope.freq_base": f32(shape.ropeBase),
    "tokenizer.ggml.model": string("llama"),
    "tokenizer.ggml.tokens": { type: "strings", value: words.texts },
    // The order of merges is of no consequence (see vocabulary.ts); shorter words first.
    "tokenizer.ggml.scores": { type: "f32s", value: words.texts.map((_, id) => -id) },
    "tokenizer.ggml.token_type": { type: "i32s", value: words.types },
    "tokenizer.ggml.bos_token_id": u32(tokenIds.start),
    "tokenizer.ggml.eos_token_id": u32(tokenIds.end),
    "tokenizer.ggml.unknown_token_id": u32(tokenIds.unknown),
    "tokenizer.ggml.fim_pre_token_id": u32(tokenIds.fillPrefix),
    "tokenizer.ggml.fim_suf_token_id": u32(tokenIds.fillSuffix),
    "tokenizer.ggml.fim_mid_token_id": u32(tokenIds.fillMiddle),
    "tokenizer.ggml.add_bos_token": { type: "bool", value: false },
    "tokenizer.ggml.add_eos_token": { type: "bool", value: false },
    "tokenizer.ggml.add_space_prefix": { type: "bool", value: false },
    "tokenizer.chat_template": string(chatTemplate),
  };
}
