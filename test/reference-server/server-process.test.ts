/** The server as a process: how it starts, what it refuses, and that it always ends. */
import { execFileSync } from "node:child_process";
import { truncateSync, writeFileSync, copyFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import {
  call,
  open,
  spawnEmbedded,
  startEmbedded,
  stopServer,
  testModel,
  type ServerProcess,
} from "../support/servers/embedded-server.ts";
import { scratchFolder } from "../support/scratch.ts";

const directory = scratchFolder("server");

let server: ServerProcess | undefined;
afterEach(() => stopServer(server));

test("until the model is loaded every path answers 503, and the end of stdin ends it even then", async () => {
  // A pipe that nobody writes to is a model that never finishes loading.
  const model = join(directory, "pipe.gguf");
  execFileSync("mkfifo", [model]);
  server = spawnEmbedded(["--model", model]);
  const [, url] = await server.logged(/(http:\S+) answers 503/);
  for (const path of ["/health", "/v1/models", "/nothing"]) {
    const { status, json } = await call({ url: url!, path });
    expect(status).toBe(503);
    expect(json).toEqual({
      error: { message: "Loading model", type: "unavailable_error", code: 503 },
    });
  }
  expect(server.log()).not.toContain("listening on");
  server.child.stdin?.end();
  await server.exited;
});

test("the key is needed everywhere but for health, in either header", async () => {
  const started = await startEmbedded(["--api-key-env", "TEST_KEY"], {
    ...process.env,
    TEST_KEY: " s3cret\r\n",
  });
  server = started;
  const status = async (path: string, headers: Record<string, string>): Promise<number> =>
    (await call({ url: started.url, path, headers })).status;
  expect(await status("/health", {})).toBe(200);
  expect(await status("/props", {})).toBe(401);
  expect(await status("/props", { authorization: "Bearer wrong" })).toBe(401);
  expect(await status("/props", { authorization: "Bearer s3cret" })).toBe(200);
  expect(await status("/props", { "x-api-key": "s3cret" })).toBe(200);
  const { json } = await call({ url: started.url, path: "/props" });
  expect(json).toEqual({
    error: { message: "Invalid API Key", type: "authentication_error", code: 401 },
  });
  expect(started.log()).not.toContain("s3cret");
});

test("it ends with its standard input, also with an open stream", async () => {
  const started = await startEmbedded();
  server = started;
  await openStream(started.url);
  started.child.stdin?.end();
  expect(await started.exited).toEqual({ code: 0, signal: null });
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "it ends at %s, also with open streams",
  async (signal) => {
    const started = await startEmbedded();
    server = started;
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => openStream(started.url)));
    started.child.kill(signal);
    expect(await started.exited).toEqual({ code: 0, signal: null });
  },
);

/** Resolves when the first bytes of an endless stream are here. */
async function openStream(url: string): Promise<void> {
  const body = { prompt: "the people", stream: true, ignore_eos: true };
  const outgoing = open({ url, path: "/completion", body }).on("error", () => undefined);
  await new Promise((resolve) => {
    outgoing.on("response", (message) => {
      message
        .on("error", () => undefined)
        .once("data", resolve)
        .resume();
    });
    // A stream that waits for a slot has no response yet.
    setTimeout(resolve, 50);
  });
}

async function failure(args: readonly string[]): Promise<{ code: number | null; log: string }> {
  const failing = spawnEmbedded(args);
  server = failing;
  const { code } = await failing.exited;
  return { code, log: failing.log() };
}

test.each([
  ["a missing flag", [], "--model is missing"],
  ["a wrong flag", ["--model", "m", "--zzz"], "Unknown option '--zzz'"],
  ["a missing model", ["--model", "/nowhere/m.gguf"], "there is no model file /nowhere/m.gguf"],
  ["a missing key", ["--model", "m", "--api-key-env", "NO_SUCH_KEY"], "is not set or is empty"],
])("%s ends it with 1 and says why", async (_, args, message) => {
  const { code, log } = await failure(args);
  expect(code).toBe(1);
  expect(log).toContain(message);
  expect(log).not.toMatch(/^\s+at /m);
});

test("a file that is no model, and half a model, end it with 1 and say why", async () => {
  const text = join(directory, "text.gguf");
  writeFileSync(text, "hello");
  const other = await failure(["--model", text]);
  expect(other.code).toBe(1);
  expect(other.log).toContain("text.gguf is not a usable GGUF file");
  const half = join(directory, "half.gguf");
  copyFileSync(await testModel(), half);
  truncateSync(half, 2_000_000);
  const cut = await failure(["--model", half]);
  expect(cut.code).toBe(1);
  expect(cut.log).toMatch(/half\.gguf is not a usable GGUF file: .+/);
});

test("a busy port ends it with 1 and says so", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const { code, log } = await failure(["--model", await testModel(), "--port", String(port)]);
  other.close();
  expect(code).toBe(1);
  expect(log).toContain(`cannot listen on 127.0.0.1 port ${port}: the port is in use`);
});
