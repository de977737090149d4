import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { inspectGguf } from "../../../src/reference-server/model/inspect.ts";
import { presets, quants } from "../../../src/reference-server/model/preset.ts";
import { synthesize } from "../../../src/reference-server/model/synthesize.ts";
import { scratchFolder } from "../../support/scratch.ts";

let directory: string;
beforeAll(() => {
  directory = scratchFolder("model");
});

describe("synthesize", () => {
  /** Raise GENERATOR_VERSION when these change. */
  const pinned = {
    f16: "782296e6ce6dd947f170e03eb7f1208b153bb40b6b061c44f45ca530ccf6ce1e",
    q8_0: "b7dc466f00811698752a01599300f96dd5d584436f6160a57fd582d37fa4187d",
    q4_0: "270a939f52947ca4e6757de0c07532f40cb2886d6b3e000ee9012c8b3c5a9c1f",
  };

  test.each(quants)("tiny in %s is the same, to the bit, on every machine", async (quant) => {
    const file = join(directory, `${quant}.gguf`);
    const model = await synthesize({ name: "tiny", quant, file });
    const bytes = await readFile(file);
    expect(model).toEqual({ path: file, bytes: bytes.length, sha256: pinned[quant] });
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(model.sha256);
  });

  test("tiny is 10 to 15 MB unless asked for otherwise", async () => {
    const { bytes } = await synthesize({
      name: "tiny",
      quant: "q8_0",
      file: join(directory, "size.gguf"),
    });
    expect(bytes).toBeGreaterThan(10e6);
    expect(bytes).toBeLessThan(15e6);
  });

  test("another seed makes another model of the same size", async () => {
    const file = join(directory, "seeds.gguf");
    const one = await synthesize({ name: "tiny", quant: "q4_0", file });
    const two = await synthesize({ name: "tiny", quant: "q4_0", file, seed: 2 });
    expect(two.bytes).toBe(one.bytes);
    expect(two.sha256).not.toBe(one.sha256);
  });

  test("the file says what it is, and all data is there", async () => {
    const file = join(directory, "info.gguf");
    const { bytes } = await synthesize({ name: "tiny", quant: "q8_0", file });
    const info = await inspectGguf(file);
    expect(info).toMatchObject({
      version: 3,
      architecture: "llama",
      name: "synthetic tiny",
      bytes,
    });
    expect(info.context).toBe(presets.tiny.context);
  });

  test("progress goes up to the whole size", async () => {
    const seen: [number, number][] = [];
    const { bytes } = await synthesize({
      name: "tiny",
      quant: "q4_0",
      file: join(directory, "progress.gguf"),
      onProgress: (written, total) => seen.push([written, total]),
    });
    expect(seen.map(([written]) => written)).toEqual(
      seen.map(([written]) => written).sort((a, b) => a - b),
    );
    expect(seen.at(-1)).toEqual([bytes, bytes]);
  });

  test("when stopped halfway, it leaves nothing behind", async () => {
    const into = join(directory, "stopped");
    await mkdir(into);
    const stop = new AbortController();
    const writing = synthesize({
      name: "tiny",
      quant: "f16",
      file: join(into, "model.gguf"),
      signal: stop.signal,
      onProgress: (written, total) => {
        if (written > total / 2) stop.abort(new Error("enough"));
      },
    });
    await expect(writing).rejects.toThrow("enough");
    expect(await readdir(into)).toEqual([]);
  });

  test("while it is being written, the file of that name is untouched", async () => {
    const file = join(directory, "kept.gguf");
    await writeFile(file, "old");
    const seen = new Set<number>();
    const { bytes } = await synthesize({
      name: "tiny",
      quant: "q4_0",
      file,
      onProgress: () => {
        seen.add(statSync(file).size);
      },
    });
    expect([...seen]).toEqual([3]);
    expect(statSync(file).size).toBe(bytes);
  });

  test("a place that cannot be written to is a usage error with a hint", async () => {
    const writing = synthesize({
      name: "tiny",
      quant: "q4_0",
      file: join(directory, "no", "m.gguf"),
    });
    await expect(writing).rejects.toMatchObject({
      exitCode: 2,
      hint: expect.any(String) as string,
    });
  });
});
