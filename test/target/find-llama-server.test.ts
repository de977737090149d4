import { chmodSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { describeLlamaServer, findLlamaServer } from "../../src/target/find-llama-server.ts";
import { scratchFolder } from "../support/scratch.ts";

let folder: string;

beforeEach(() => {
  folder = scratchFolder("find");
});

function program(path: string, text = "#!/bin/sh\necho 'version: 0.5.0 (build 1)' >&2\n"): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

describe("finding llama-server", () => {
  it("prefers --server-bin, then LLAMA_SERVER_BIN, then PATH, then the cache", () => {
    const explicit = program("a/server");
    const variable = program("b/server");
    const onPath = program("c/llama-server");
    const cached = program("cache/llama-server/v1-cpu-0/llama-server");
    const search = { cacheDir: join(folder, "cache") };
    const path = `/no/such/folder:${join(folder, "c")}`;
    expect(findLlamaServer({ ...search, explicit, variable, path }).path).toBe(explicit);
    expect(findLlamaServer({ ...search, variable, path })).toEqual({
      path: variable,
      source: "LLAMA_SERVER_BIN",
    });
    expect(findLlamaServer({ ...search, path })).toEqual({ path: onPath, source: "PATH" });
    expect(findLlamaServer(search)).toEqual({ path: cached, source: "cache" });
  });

  it("takes the newest finished build of the cache", () => {
    const old = program("cache/llama-server/v1-cpu-0/llama-server");
    utimesSync(old, 1, 1);
    const newer = program("cache/llama-server/v2-cpu-0/llama-server");
    program("cache/llama-server/.building-x/llama-server");
    expect(findLlamaServer({ cacheDir: join(folder, "cache") }).path).toBe(newer);
  });

  it("passes over folders and files that cannot be executed", () => {
    mkdirSync(join(folder, "c/llama-server"), { recursive: true });
    const cacheDir = join(folder, "none");
    expect(() => findLlamaServer({ cacheDir, path: join(folder, "c") })).toThrow("no llama-server");
  });

  it("does not look further when the one that was named is not a program", () => {
    program("c/llama-server");
    const search = { cacheDir: folder, path: join(folder, "c"), explicit: join(folder, "nothing") };
    expect(() => findLlamaServer(search)).toThrow("--server-bin");
  });

  it("says how to get one when there is none", () => {
    expect(() => findLlamaServer({ cacheDir: folder })).toThrow(
      expect.objectContaining({
        exitCode: 2,
        hint: expect.stringContaining("plimsoll server build") as string,
      }) as Error,
    );
  });
});

describe("describing llama-server", () => {
  it("tells the version where the binary runs, and leaves it out where it does not", async () => {
    const works = { path: program("works"), source: "PATH" } as const;
    const broken = { path: program("broken", "#!/bin/sh\nexit 127\n"), source: "PATH" } as const;
    expect(await describeLlamaServer(works, process.env)).toEqual({
      ...works,
      version: "0.5.0 (build 1)",
    });
    expect(await describeLlamaServer(broken, process.env)).toEqual(broken);
  });
});
