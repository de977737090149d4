import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { PlimsollError } from "../../../src/core/errors.ts";
import { ggufHeader } from "../../../src/reference-server/model/gguf-header.ts";
import { inspectGguf } from "../../../src/reference-server/model/inspect.ts";
import { scratchFolder } from "../../support/scratch.ts";

let directory: string;
beforeAll(() => {
  directory = scratchFolder("inspect");
});

const data = Buffer.alloc(34);
const whole = Buffer.concat([
  ggufHeader(
    {
      "general.architecture": { type: "string", value: "llama" },
      "llama.context_length": { type: "u32", value: 512 },
      "llama.rope.freq_base": { type: "f32", value: 10_000 },
      "tokenizer.ggml.tokens": { type: "strings", value: ["a", "b"] },
      "tokenizer.ggml.scores": { type: "f32s", value: [0, -1] },
      "tokenizer.ggml.add_bos_token": { type: "bool", value: false },
    },
    [{ name: "token_embd.weight", dimensions: [32, 1], type: 8, bytes: data.length }],
  ),
  data,
]);

async function inspect(bytes: Uint8Array | string): ReturnType<typeof inspectGguf> {
  const path = join(directory, "model.gguf");
  await writeFile(path, bytes);
  return inspectGguf(path);
}

async function refusal(bytes: Uint8Array | string): Promise<PlimsollError> {
  const error: unknown = await inspect(bytes).catch((thrown: unknown) => thrown);
  if (error instanceof PlimsollError) return error;
  throw new Error(`expected a PlimsollError, not ${String(error)}`);
}

describe("inspectGguf", () => {
  test("reads what a whole file says", async () => {
    expect(await inspect(whole)).toEqual({
      path: join(directory, "model.gguf"),
      bytes: whole.length,
      version: 3,
      architecture: "llama",
      context: 512,
      tensors: 1,
      parameters: 32,
    });
  });

  test("a file cut anywhere is refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (end) => {
        const error = await refusal(whole.subarray(0, end));
        expect(error.exitCode).toBe(2);
        expect(error.hint).toContain("synth:tiny");
      }),
    );
  });

  test("a cut file is told with the bytes it has and should have", async () => {
    const { message } = await refusal(whole.subarray(0, whole.length - 1));
    expect(message).toContain(`cut short: it has ${whole.length - 1} bytes`);
    expect(message).toContain(`at least ${whole.length}`);
  });

  test("random bytes, with and without the magic, are refused and never crash", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("", "GGUF", "GGUF\u0003\0\0\0", "GGUF\u0003\0\0\0\u0001\0\0\0\0\0\0\0"),
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        async (magic, bytes) => {
          expect((await refusal(Buffer.concat([Buffer.from(magic), bytes]))).exitCode).toBe(2);
        },
      ),
    );
  });

  test("a changed byte of the head never crashes it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const changed = Buffer.from(whole);
          changed.writeUInt8(changed.readUInt8(at) ^ flip, at);
          const result: unknown = await inspect(changed).catch((error: unknown) => error);
          if (result instanceof Error) expect(result).toBeInstanceOf(PlimsollError);
        },
      ),
    );
  });

  test.each([
    ["", "it is empty"],
    ["GGML", "it starts with 47474d4c"],
    ["<!DOCTYPE html><html>", "a web page"],
    ["version https://git-lfs.github.com/spec/v1", "run git lfs pull"],
    ['\u0040\0\0\0\0\0\0\0{"a":1}', "safetensors"],
    ["PK\u0003\u0004", "ZIP"],
    ["GGUF\u0001\0\0\0", "version 1"],
    ["GGUF\0\0\0\u0003", "big-endian"],
  ])("says what a file that starts with %j is", async (start, told) => {
    expect((await refusal(start)).message).toContain(told);
  });

  test("a missing file and a directory are usage errors that name the path", async () => {
    const missing = join(directory, "none.gguf");
    await expect(inspectGguf(missing)).rejects.toMatchObject({
      exitCode: 2,
      message: `there is no model file ${missing}`,
    });
    await expect(inspectGguf(directory)).rejects.toMatchObject({
      exitCode: 2,
      message: `the model ${directory} is a directory`,
    });
  });
});
