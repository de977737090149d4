/** Compilers that make a llama-server which crashes, and the flags that keep them from it. */
import { spawnSync } from "node:child_process";

/** The first release of GCC whose `_tile_loadconfig` is right. */
const AMX_FIXED_IN_GCC = 13;

/**
 * Before GCC 13, `_tile_loadconfig` tells the optimizer that it reads 8 of the 64 bytes it reads; the
 * stores of the others are removed, and the first AMX instruction of ggml then faults (llama.cpp
 * issue 20824, pull request 26954). So ggml is built without AMX there; AVX-512 stays.
 *
 * @param compiler the C compiler
 * @returns flags for C and C++, or none
 */
export function faultyCompilerFlags(
  compiler: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const { stdout } = spawnSync(compiler, ["-march=native", "-dM", "-E", "-x", "c", "-"], {
    env: { ...env },
    input: "",
    encoding: "utf8",
    timeout: 10_000,
  });
  return needsNoAmx(typeof stdout === "string" ? stdout : "") ? ["-U__AMX_INT8__"] : [];
}

/** @param macros what the compiler predefines, one `#define` a line */
export function needsNoAmx(macros: string): boolean {
  const gcc = Number(/^#define __GNUC__ (\d+)$/m.exec(macros)?.[1]);
  const isClang = /^#define __clang__ /m.test(macros);
  return /^#define __AMX_INT8__ /m.test(macros) && !isClang && gcc < AMX_FIXED_IN_GCC;
}
