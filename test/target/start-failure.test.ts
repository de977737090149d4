import { describe, expect, it } from "vitest";
import type { ProcessExit } from "../../src/target/guarded-process.ts";
import { startFailure } from "../../src/target/start-failure.ts";

const server = {
  name: "llama-server",
  command: { file: "/bin/llama-server", args: ["--api-key", "sk-1"], env: {}, logFile: "x.log" },
};

describe("why a server did not start", () => {
  it.each<[string, ProcessExit, string, string]>([
    ["error: invalid argument: --nope", { code: 1 }, "does not know an argument", "--help"],
    ['error while handling argument "-np": stoi', { code: 1 }, "the argument's value", "--help"],
    ["E srv  start: couldn't bind HTTP server socket", { code: 1 }, "port is already", "--port"],
    ["E gguf_init: invalid magic characters: '?'", { code: 1 }, "not a GGUF file", "synth:tiny"],
    ["x is not a GGUF model", { code: 1 }, "not a GGUF file", "synth:tiny"],
    ["data is not within the file bounds", { code: 1 }, "cut short", "synth:tiny"],
    ["E load_model: failed to load model", { code: 1 }, "could not be loaded", "synth:tiny"],
    ["alloc: failed to allocate buffer of size 9", { code: 1 }, "not enough memory", "--parallel"],
    ["error while loading shared libraries: x", { code: 127 }, "shared library", "server build"],
    ["loading", { signal: "SIGKILL" }, "for want of memory", "--ctx"],
    ["loading", { signal: "SIGILL" }, "this processor refuses", "server build"],
    ["loading", { signal: "SIGSEGV" }, "it crashed", "server build"],
    ["", { failure: "ENOENT" }, "does not exist", "server build"],
    ["", { failure: "EACCES" }, "not executable", "chmod"],
    ["", { failure: "EIO" }, "could not be run (EIO)", "server build"],
  ])("is told from %j and %j", (log, exit, summary, hint) => {
    const error = startFailure(server, exit, log);
    expect(error.exitCode).toBe(6);
    expect(error.message).toContain(summary);
    expect(error.message).toContain(log);
    expect(error.hint).toContain(hint);
  });

  it("is left open when nothing is known, with the launch line but without its key", () => {
    const error = startFailure(server, { code: 3 }, "mystery");
    expect(error.message).toContain("llama-server ended with exit code 3 before it was ready");
    expect(error.hint).toContain("/bin/llama-server --api-key ***");
  });
});
