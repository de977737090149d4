/** Says what is wrong with a model file before a server fails on it, with less to go on. */
import { open, type FileHandle } from "node:fs/promises";
import { usageError, type PlimsollError } from "../../core/errors.ts";
import { GgufReader } from "./gguf-reader.ts";

/** What the head of a GGUF file says. */
export interface GgufInfo {
  readonly path: string;
  readonly bytes: number;
  readonly version: number;
  readonly architecture?: string;
  readonly name?: string;
  /** Tokens. */
  readonly context?: number;
  /** Of most weights: `Q4_K_M`. */
  readonly quantization?: string;
  /** Kind and splitting rule of the tokenizer: `gpt2/llama-bpe`. */
  readonly tokenizer?: string;
  readonly tensors: number;
  readonly parameters: number;
}

const HINT = "Give the path of a whole GGUF file, or use --model synth:tiny.";

/** What other files start with that are taken for models, and what to say of them. */
const LOOKALIKES: readonly (readonly [RegExp, string])[] = [
  [/^version https:\/\/git-lfs/, "a Git LFS pointer, not the file itself: run git lfs pull"],
  [/^\s*<(!doctype|html)/i, "a web page: the download went wrong"],
  [/^PK/, "a ZIP archive (perhaps a PyTorch checkpoint): convert it to GGUF"],
  [/^.{8}\{"/s, "a safetensors file: convert it with llama.cpp's convert_hf_to_gguf.py"],
  [/^(ggjt|tjgg|lmgg|fmgg)/, "a model in a format from before GGUF: download it again as GGUF"],
];

/**
 * Reads the head of a GGUF file (version 2 or 3, little-endian) and checks that it is well formed
 * and that the data of all tensors is there.
 *
 * @throws a usage error that says what the file is instead, or where it ends too early
 */
export async function inspectGguf(path: string): Promise<GgufInfo> {
  const handle = await open(path, "r").catch((error: unknown) => {
    throw cannotRead(path, error);
  });
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw usageError(`the model ${path} is a directory`, HINT);
    await checkMagic(handle, path);
    const head = await new GgufReader(handle, stats.size, (problem) => bad(path, problem)).read();
    return { path, bytes: stats.size, ...head };
  } finally {
    await handle.close();
  }
}

function cannotRead(path: string, error: unknown): PlimsollError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const what =
    code === "ENOENT"
      ? `there is no model file ${path}`
      : `cannot read the model file ${path}${typeof code === "string" ? ` (${code})` : ""}`;
  return usageError(what, HINT, error);
}

function bad(path: string, problem: string): PlimsollError {
  return usageError(`${path} is not a usable GGUF file: ${problem}`, HINT);
}

async function checkMagic(handle: FileHandle, path: string): Promise<void> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
  const start = buffer.toString("latin1", 0, bytesRead);
  if (start.startsWith("GGUF")) return;
  if (bytesRead === 0) throw bad(path, "it is empty");
  const known = LOOKALIKES.find(([pattern]) => pattern.test(start));
  const bytes = buffer.subarray(0, Math.min(4, bytesRead)).toString("hex");
  throw bad(
    path,
    known ? `it looks like ${known[1]}` : `it starts with ${bytes}, not with 47475546 ("GGUF")`,
  );
}
