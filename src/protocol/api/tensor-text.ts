/**
 * Tensors as they go over the wire: JSON, or KServe's binary extension (raw little-endian elements
 * behind the JSON, their sizes in it). Each is written once: a batch of images costs 100 ms and more
 * as JSON, every time.
 */
import { elementBytes, type Datatype, type Tensor } from "../../core/tensor.ts";

const texts = new WeakMap<Tensor, string>();
const binaries = new WeakMap<Tensor, Buffer>();

/** The tensor as a JSON object. */
export function tensorJson(tensor: Tensor): string {
  const known = texts.get(tensor);
  if (known !== undefined) return known;
  const { name, datatype, shape, data } = tensor;
  const text = JSON.stringify({ name, datatype, shape, data: Array.from(data as []) });
  texts.set(tensor, text);
  return text;
}

/** The elements alone. */
export function tensorBytes(tensor: Tensor): Buffer {
  const known = binaries.get(tensor);
  if (known !== undefined) return known;
  const made = tensor.datatype === "BYTES" ? textBytes(tensor) : numberBytes(tensor);
  binaries.set(tensor, made);
  return made;
}

/** Each text behind its length, four bytes. */
function textBytes({ data }: Tensor): Buffer {
  const pieces = Array.from(data as ArrayLike<unknown>).flatMap((element) => {
    const text = Buffer.from(String(element), "utf8");
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    return [length, text];
  });
  return Buffer.concat(pieces);
}

function numberBytes({ datatype, data }: Tensor): Buffer {
  const size = elementBytes[datatype] ?? 0;
  const bytes = Buffer.alloc(data.length * size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const write = WRITERS[datatype];
  for (let at = 0; at < data.length; at += 1) write?.(view, at * size, Number(data[at]));
  return bytes;
}

type Write = (view: DataView, at: number, value: number) => void;

const WRITERS: Readonly<Partial<Record<Datatype, Write>>> = {
  BOOL: (view, at, value) => {
    view.setUint8(at, value === 0 ? 0 : 1);
  },
  UINT8: (view, at, value) => {
    view.setUint8(at, value);
  },
  INT8: (view, at, value) => {
    view.setInt8(at, value);
  },
  UINT16: (view, at, value) => {
    view.setUint16(at, value, true);
  },
  INT16: (view, at, value) => {
    view.setInt16(at, value, true);
  },
  UINT32: (view, at, value) => {
    view.setUint32(at, value, true);
  },
  INT32: (view, at, value) => {
    view.setInt32(at, value, true);
  },
  UINT64: (view, at, value) => {
    view.setBigUint64(at, BigInt(value), true);
  },
  INT64: (view, at, value) => {
    view.setBigInt64(at, BigInt(value), true);
  },
  FP32: (view, at, value) => {
    view.setFloat32(at, value, true);
  },
  FP64: (view, at, value) => {
    view.setFloat64(at, value, true);
  },
};

/** Behind the JSON of an answer its tensors follow in binary; the JSON alone. */
export function jsonHead(body: string): string {
  if (!body.startsWith("{")) return body;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < body.length; at += 1) {
    const code = body.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === OPEN) depth += 1;
    else if (code === CLOSE) {
      depth -= 1;
      if (depth === 0) return body.slice(0, at + 1);
    }
  }
  return body;
}

const [QUOTE, BACKSLASH, OPEN, CLOSE] = [0x22, 0x5c, 0x7b, 0x7d];
