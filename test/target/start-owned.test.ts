import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PlimsollError } from "../../src/core/errors.ts";
import type { LlamaServerSpec, RunningTarget, TargetWorld } from "../../src/target/spec.ts";
import { startTarget } from "../../src/target/start-target.ts";
import { isRunning, scriptedServer, scriptedSpec, testWorld } from "../support/target-world.ts";
import { scratchFolder } from "../support/scratch.ts";

let folder: string;
let started: RunningTarget[];

beforeEach(() => {
  folder = scratchFolder("target");
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((target) => target.stop()));
});

const logFile = (): string => join(folder, "server.log");

async function start(
  spec: LlamaServerSpec,
  changes: Partial<TargetWorld> = {},
): Promise<RunningTarget> {
  const target = await startTarget(spec, testWorld(logFile(), changes));
  started.push(target);
  return target;
}

async function failureOf(attempt: Promise<unknown>): Promise<PlimsollError> {
  const error: unknown = await attempt.then(
    () => new Error("it started"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PlimsollError)) throw error;
  return error;
}

describe("a server that starts", () => {
  it("is identified by its own words and by the launch line", async () => {
    const target = await start(scriptedSpec("ready", { threads: 3 }));
    expect(target.identity).toMatchObject({
      kind: "llama-server",
      url: target.baseUrl,
      server: "llama.cpp",
      build: "b1-scripted",
      model: "scripted-server.js",
      slots: 2,
      contextTokens: 512,
      modelFile: { path: scriptedServer, bytes: readFileSync(scriptedServer).length },
    });
    expect(target.identity.command?.join(" ")).toContain("--host 127.0.0.1 --port 0 -np 2 -c 1024");
    expect(target.identity.command?.join(" ")).toContain("-t 3 --offline --no-ui");
    expect(target.identity.readyMs).toBeGreaterThan(0);
    expect(isRunning(target.identity.pid!)).toBe(true);
    expect(target.warnings).toEqual([]);
  });

  it("is waited for while it says that it is loading", async () => {
    const target = await start(scriptedSpec("late"));
    expect((await fetch(`${target.baseUrl}/health`)).status).toBe(200);
  });

  it("is only told what the launch line says, not LLAMA_ARG_ variables", async () => {
    const target = await start(scriptedSpec("ready"), {
      env: { ...process.env, LLAMA_ARG_CTX_SIZE: "9999" },
    });
    expect(target.logTail()).toContain("environment clean");
  });

  it("gets its key in the environment, and the key shows up nowhere", async () => {
    const target = await start(scriptedSpec("ready", { apiKey: "sk-very-secret" }));
    expect(target.headers).toEqual({ authorization: "Bearer sk-very-secret" });
    expect(JSON.stringify(target.identity)).not.toContain("very-secret");
  });

  it("is reported when it has another number of slots than asked for", async () => {
    const args = ["--script", "ready", "--slots-found", "4"];
    const target = await start(scriptedSpec("ready", { serverArgs: args }));
    expect(target.warnings).toEqual(["asked for 2 slots, the server has 4"]);
  });

  it("ends when it is stopped, which is expected", async () => {
    const target = await start(scriptedSpec("ready"));
    await target.stop();
    expect(isRunning(target.identity.pid!)).toBe(false);
    expect(await target.exited).toMatchObject({ signal: "SIGTERM", expected: true });
  });

  it("is killed when it ignores SIGTERM", async () => {
    const target = await start(scriptedSpec("stubborn"));
    await target.stop();
    expect(isRunning(target.identity.pid!)).toBe(false);
    expect(await target.exited).toMatchObject({ signal: "SIGKILL", expected: true });
    expect(target.logTail()).toContain("ignoring SIGTERM");
  });

  it("is reported with signal and log when it crashes", async () => {
    const target = await start(scriptedSpec("ready"));
    await fetch(`${target.baseUrl}/crash`).catch(() => undefined);
    const exit = await target.exited;
    expect(exit).toMatchObject({
      signal: "SIGSEGV",
      expected: false,
      message: "llama-server was killed by SIGSEGV",
    });
    expect(exit.logTail).toContain("listening on");
  });
});

describe("a server that does not start", () => {
  it("says why, shows the end of its log, and what to do", async () => {
    const words = "error: invalid argument: --frobnicate";
    const error = await failureOf(start(scriptedSpec(`exit:1:${words}`)));
    expect(error.exitCode).toBe(6);
    expect(error.message).toContain("does not know an argument");
    expect(error.message).toContain(words);
    expect(error.hint).toContain("--help");
  });

  it("is reported with its exit code and launch line when the cause is unknown", async () => {
    const error = await failureOf(start(scriptedSpec("exit:3:mysterious")));
    expect(error.message).toContain("llama-server ended with exit code 3 before it was ready");
    expect(error.hint).toContain("-np 2");
  });

  it("is stopped when it is not ready in time", async () => {
    const error = await failureOf(start(scriptedSpec("silent"), { readyTimeout: 5000 }));
    expect(error.exitCode).toBe(6);
    expect(error.message).toContain("not ready after 5 s");
    expect(error.message).toContain("still loading");
  });

  it("is stopped when the start is aborted", async () => {
    const abort = new AbortController();
    const reason = new Error("Ctrl-C");
    const attempt = start(scriptedSpec("silent"), {
      signal: abort.signal,
      onProgress: () => {
        abort.abort(reason);
      },
    });
    await expect(attempt).rejects.toBe(reason);
  });

  it("is refused when its binary does not exist or cannot be executed", async () => {
    const missing = await failureOf(start(scriptedSpec("ready", { binary: "/no/such/binary" })));
    expect(missing.message).toContain("the binary does not exist");
    const plain = join(folder, "plain");
    writeFileSync(plain, "not a program");
    const error = await failureOf(start(scriptedSpec("ready", { binary: plain })));
    expect(error.message).toContain("not executable");
  });

  it("is refused before anything runs when the model file is missing", async () => {
    const error = await failureOf(start(scriptedSpec("ready", { model: "/no/such.gguf" })));
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain("/no/such.gguf");
  });

  it("is refused when it would listen on the network", async () => {
    const serverArgs = ["--script", "ready", "--host", "0.0.0.0"];
    const error = await failureOf(start(scriptedSpec("ready", { serverArgs })));
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain("loopback");
  });

  it("does not show its key in the error", async () => {
    const spec = scriptedSpec("exit:1:the key is sk-very-secret", { apiKey: "sk-very-secret" });
    expect((await failureOf(start(spec))).message).toContain("the key is ***");
  });
});
