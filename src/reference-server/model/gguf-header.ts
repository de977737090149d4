/**
 * The head of a GGUF v3 file: key-value metadata and the table of tensors.
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; all numbers little-endian.
 */

/** `gguf_metadata_value_type` of the format. */
export const valueTypes = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;

export type MetadataValue =
  | { readonly type: "u32" | "f32"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "i32s" | "f32s"; readonly value: readonly number[] };

export interface TensorInfo {
  readonly name: string;
  /** Elements per dimension, the contiguous one first. */
  readonly dimensions: readonly number[];
  /** `ggml_type`. */
  readonly type: number;
  /** Bytes of data; offsets follow from these in order. */
  readonly bytes: number;
}

/** Alignment of every tensor's data, bytes: the format's default. */
export const ALIGNMENT = 32;

/** How many zero bytes bring `offset` to the alignment. */
export function padding(offset: number): number {
  return (ALIGNMENT - (offset % ALIGNMENT)) % ALIGNMENT;
}

/** The bytes of the file up to the first tensor's data, padding included. */
export function ggufHeader(
  metadata: Readonly<Record<string, MetadataValue>>,
  tensors: readonly TensorInfo[],
): Buffer {
  const entries = Object.entries(metadata);
  const parts = [Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(entries.length)];
  for (const [key, value] of entries) parts.push(text(key), encode(value));
  let offset = 0;
  for (const tensor of tensors) {
    parts.push(text(tensor.name), u32(tensor.dimensions.length));
    parts.push(...tensor.dimensions.map(u64), u32(tensor.type), u64(offset));
    offset += tensor.bytes + padding(tensor.bytes);
  }
  const head = Buffer.concat(parts);
  return Buffer.concat([head, Buffer.alloc(padding(head.length))]);
}

function encode(entry: MetadataValue): Buffer {
  switch (entry.type) {
    case "u32":
      return Buffer.concat([u32(valueTypes.u32), u32(entry.value)]);
    case "f32":
      return Buffer.concat([u32(valueTypes.f32), f32(entry.value)]);
    case "bool":
      return Buffer.concat([u32(valueTypes.bool), Buffer.from([entry.value ? 1 : 0])]);
    case "string":
      return Buffer.concat([u32(valueTypes.string), text(entry.value)]);
    case "strings":
      return array(valueTypes.string, entry.value.map(text));
    case "i32s":
      return array(valueTypes.i32, entry.value.map(u32));
    case "f32s":
      return array(valueTypes.f32, entry.value.map(f32));
  }
}

function array(type: number, items: readonly Buffer[]): Buffer {
  return Buffer.concat([u32(valueTypes.array), u32(type), u64(items.length), ...items]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
