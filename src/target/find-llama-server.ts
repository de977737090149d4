/** Which real llama-server is used, and where it was found. */
import { execFile } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { usageError } from "../core/errors.ts";
import { findExecutable, isExecutable } from "./find-executable.ts";

const BINARY = "llama-server";

export interface ServerSearch {
  /** The value of `--server-bin`. */
  readonly explicit?: string;
  /** The value of the environment variable LLAMA_SERVER_BIN. */
  readonly variable?: string;
  /** The value of PATH. */
  readonly path?: string;
  /** Plimsoll's cache directory, where `plimsoll server build` leaves what it makes. */
  readonly cacheDir: string;
}

export interface FoundServer {
  readonly path: string;
  readonly source: "--server-bin" | "LLAMA_SERVER_BIN" | "PATH" | "cache";
}

export interface DescribedServer extends FoundServer {
  /** As `--version` tells it; absent when the binary does not run. */
  readonly version?: string;
}

/**
 * Looks at `--server-bin`, LLAMA_SERVER_BIN, PATH and our cache, in this order.
 *
 * @throws usageError when there is none, or when the one that was named is not a program
 */
export function findLlamaServer(search: ServerSearch): FoundServer {
  const named = [
    { source: "--server-bin", path: search.explicit },
    { source: "LLAMA_SERVER_BIN", path: search.variable },
  ] as const;
  for (const { source, path } of named) {
    if (path === undefined || path === "") continue;
    if (isExecutable(path)) return { path: resolve(path), source };
    throw usageError(
      `${source}: ${path} is not an executable file`,
      `Name the llama-server program itself, or leave ${source} out: PATH and Plimsoll's cache are then searched.`,
    );
  }
  const onPath = findExecutable([BINARY], search.path);
  if (onPath !== undefined) return { path: onPath, source: "PATH" };
  const built = newestBuild(search.cacheDir);
  if (built !== undefined) return { path: built, source: "cache" };
  throw usageError(
    "no llama-server found: neither --server-bin, LLAMA_SERVER_BIN, PATH nor Plimsoll's cache has one",
    [
      "Build it with `plimsoll server build` (cmake and a C++ compiler, some minutes),",
      "or install it (`brew install llama.cpp`, `nix profile install nixpkgs#llama-cpp`, or a release of github.com/ggml-org/llama.cpp),",
      "or name one with --server-bin PATH. `--target embedded` needs none.",
    ].join("\n"),
  );
}

/** Where builds of llama-server are kept; one folder each. */
export function buildsFolder(cacheDir: string): string {
  return join(cacheDir, BINARY);
}

/** Asks the binary for its version. */
export async function describeLlamaServer(
  found: FoundServer,
  env: Readonly<Record<string, string | undefined>>,
): Promise<DescribedServer> {
  try {
    const options = { env: { ...env }, timeout: 15_000 };
    const { stdout, stderr } = await promisify(execFile)(found.path, ["--version"], options);
    const version = /^version: (.+)$/m.exec(`${stdout}\n${stderr}`)?.[1];
    return version === undefined ? found : { ...found, version };
  } catch {
    return found;
  }
}

function newestBuild(cacheDir: string): string | undefined {
  const folder = buildsFolder(cacheDir);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return undefined;
  }
  // A name with a dot is a build that is not finished.
  const binaries = names
    .filter((name) => !name.startsWith("."))
    .map((name) => join(folder, name, BINARY))
    .filter(isExecutable);
  const age = (file: string): number => statSync(file).mtimeMs;
  return binaries.sort((a, b) => age(b) - age(a))[0];
}
