import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeLlamaServer, findLlamaServer } from "../../src/target/find-llama-server.ts";
import type { LlamaServerSpec, RunningTarget } from "../../src/target/spec.ts";
import { startTarget } from "../../src/target/start-target.ts";
import {
  liveModel,
  liveServer,
  liveServerMissing,
  liveServerNote,
} from "../support/servers/live-server.ts";
import { isRunning, testWorld } from "../support/target-world.ts";
import { scratchFolder } from "../support/scratch.ts";

describe.skipIf(liveServerMissing)(`the real llama-server${liveServerNote}`, () => {
  let folder: string;
  let model: string;
  let started: RunningTarget[];

  beforeAll(async () => {
    model = await liveModel();
  });

  beforeEach(() => {
    folder = scratchFolder("live");
    started = [];
  });

  afterEach(async () => {
    await Promise.all(started.map((target) => target.stop()));
  });

  async function start(
    changes: Partial<LlamaServerSpec> = {},
    stopGrace = 5000,
  ): Promise<RunningTarget> {
    const spec: LlamaServerSpec = {
      kind: "llama-server",
      binary: liveServer ?? "",
      model,
      parallel: 2,
      ctxPerSlot: 512,
      threads: 1,
      serverArgs: [],
      ...changes,
    };
    const target = await startTarget(spec, testWorld(join(folder, "server.log"), { stopGrace }));
    started.push(target);
    return target;
  }

  /** A stream of many tokens, open until `abort` is aborted. */
  async function openStream(target: RunningTarget, abort: AbortController): Promise<void> {
    const response = await fetch(`${target.baseUrl}/completion`, {
      method: "POST",
      body: JSON.stringify({ prompt: "a", n_predict: 400, ignore_eos: true, stream: true }),
      signal: abort.signal,
    });
    expect(response.status).toBe(200);
    await response.body?.getReader().read();
  }

  it("starts with the slots and the context that were asked for, and says what it is", async () => {
    const target = await start();
    expect(target.warnings).toEqual([]);
    expect(target.identity).toMatchObject({
      kind: "llama-server",
      server: "llama.cpp",
      slots: 2,
      contextTokens: 512,
      build: expect.stringMatching(/^b\d+-/) as string,
    });
    expect(isRunning(target.identity.pid!)).toBe(true);
    const { path, version } = await describeLlamaServer(
      findLlamaServer({ explicit: liveServer!, cacheDir: folder }),
      process.env,
    );
    expect(path).toBe(liveServer);
    expect(version).toBeDefined();
  });

  it("stops at once when it is idle", async () => {
    const target = await start();
    await target.stop();
    expect(await target.exited).toMatchObject({ code: 0, expected: true });
  });

  it("is killed after the grace period when a stream is still open", async () => {
    const target = await start({ ctxPerSlot: 4096 }, 500);
    const abort = new AbortController();
    await openStream(target, abort);
    await target.stop();
    expect(isRunning(target.identity.pid!)).toBe(false);
    expect(await target.exited).toMatchObject({ expected: true });
    abort.abort();
  });

  it("is reported when it is killed under load", async () => {
    const target = await start({ ctxPerSlot: 4096 });
    await openStream(target, new AbortController());
    process.kill(target.identity.pid!, "SIGKILL");
    const exit = await target.exited;
    expect(exit).toMatchObject({ signal: "SIGKILL", expected: false });
    expect(exit.logTail).toContain("listening on");
  });

  it("demands the key it was given, and is asked with it", async () => {
    const target = await start({ apiKey: "sk-live-secret" });
    expect((await fetch(`${target.baseUrl}/props`)).status).toBe(401);
    expect((await fetch(`${target.baseUrl}/props`, { headers: target.headers })).status).toBe(200);
    expect(readFileSync(join(folder, "server.log"), "utf8")).not.toContain("sk-live-secret");
  });

  it("can be attached to by its URL", async () => {
    const target = await start();
    const spec = { kind: "remote", url: `${target.baseUrl}/v1`, headers: {} } as const;
    const attached = await startTarget(spec, testWorld(join(folder, "unused.log")));
    expect(attached.identity).toMatchObject({
      kind: "remote",
      url: target.baseUrl,
      server: "llama.cpp",
      slots: 2,
    });
  });

  it.each([
    ["random bytes", (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 0x5a)), "GGUF"],
    ["a model cut in the header", (bytes: Buffer) => bytes.subarray(0, 5000), "cut short"],
    ["a model cut in the tensors", (bytes: Buffer) => bytes.subarray(0, -100_000), "cut short"],
  ])("says what is wrong with %s", async (_name, damage, expected) => {
    const damaged = join(folder, "damaged.gguf");
    writeFileSync(damaged, damage(readFileSync(model)));
    await expect(start({ model: damaged })).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining(expected) as string,
    });
  });

  it("says that its port is in use, or that a flag is unknown", async () => {
    const busy = createServer();
    await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
    const { port } = busy.address() as AddressInfo;
    await expect(start({ serverArgs: ["--port", String(port)] })).rejects.toThrow("already in use");
    busy.close();
    await expect(start({ serverArgs: ["--frobnicate"] })).rejects.toThrow("does not know an arg");
  });
});
