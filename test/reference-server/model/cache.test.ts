import { readdir, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { cachedModel } from "../../../src/reference-server/model/cache.ts";
import { scratchFolder } from "../../support/scratch.ts";

const SPEC = "synth:tiny@q4_0";
let cache: string;
beforeEach(() => {
  cache = join(scratchFolder("cache"), "models");
});

describe("cachedModel", () => {
  test("writes a model once and finds it again", async () => {
    let calls = 0;
    const onProgress = (): void => {
      calls += 1;
    };
    const path = await cachedModel(SPEC, cache, { onProgress });
    const first = await stat(path);
    expect(calls).toBeGreaterThan(0);
    calls = 0;
    expect(await cachedModel(SPEC, cache, { onProgress })).toBe(path);
    expect(calls).toBe(0);
    expect((await stat(path)).mtimeMs).toBe(first.mtimeMs);
  });

  test("quant and seed are part of the name", async () => {
    const one = await cachedModel(SPEC, cache);
    const two = await cachedModel(SPEC, cache, { seed: 7 });
    expect(one).toMatch(/tiny-q4_0-seed1-v\d+\.gguf$/);
    expect(two).toMatch(/tiny-q4_0-seed7-v\d+\.gguf$/);
  });

  test("a cached file that was cut short is written again", async () => {
    const path = await cachedModel(SPEC, cache);
    const { size } = await stat(path);
    await truncate(path, size - 1);
    expect(await cachedModel(SPEC, cache)).toBe(path);
    expect((await stat(path)).size).toBe(size);
  });

  test("two at once write the same file without harm", async () => {
    const [one, two] = await Promise.all([cachedModel(SPEC, cache), cachedModel(SPEC, cache)]);
    expect(one).toBe(two);
    expect(await readdir(cache)).toHaveLength(1);
  });

  test("what a killed process left is removed, what may be in progress is kept", async () => {
    await cachedModel(SPEC, cache);
    const [old, fresh] = ["a.gguf.part", "b.gguf.part"].map((name) => join(cache, name));
    await writeFile(old!, "");
    await writeFile(fresh!, "");
    await utimes(old!, 1, 1);
    await cachedModel(SPEC, cache, { seed: 2 });
    const names = await readdir(cache);
    expect(names).toContain("b.gguf.part");
    expect(names).not.toContain("a.gguf.part");
  });

  test("a cache directory that cannot be made is a usage error", async () => {
    const file = join(cache, "..", "file");
    await writeFile(file, "");
    await expect(cachedModel(SPEC, join(file, "models"))).rejects.toMatchObject({ exitCode: 2 });
  });

  test("an unknown model is refused before anything is made", async () => {
    await expect(cachedModel("synth:huge", cache)).rejects.toMatchObject({ exitCode: 2 });
    await expect(stat(cache)).rejects.toThrow();
  });
});
