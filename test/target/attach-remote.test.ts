import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { PlimsollError } from "../../src/core/errors.ts";
import { addressOf } from "../../src/target/attach-remote.ts";
import type { RemoteSpec, RunningTarget, TargetWorld } from "../../src/target/spec.ts";
import { startTarget } from "../../src/target/start-target.ts";
import { testWorld } from "../support/target-world.ts";

let servers: { close(): unknown }[] = [];

afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

function portOf(server: Pick<Server, "address">): string {
  return String((server.address() as AddressInfo).port);
}

/** An HTTP server with these answers; 404 for every other path. */
async function serve(
  answers: Readonly<Record<string, unknown>>,
  serverHeader?: string,
): Promise<string> {
  return listen((request, response) => {
    if (serverHeader !== undefined) response.setHeader("server", serverHeader);
    const answer = answers[request.url ?? ""];
    if (typeof answer === "number") response.writeHead(answer).end("{}");
    else response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}));
  });
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${portOf(server)}`;
}

function attach(
  url: string,
  headers: RemoteSpec["headers"] = {},
  changes: Partial<TargetWorld> = {},
): Promise<RunningTarget> {
  return startTarget({ kind: "remote", url, headers }, testWorld("unused.log", changes));
}

async function failureOf(attempt: Promise<unknown>): Promise<PlimsollError> {
  const error: unknown = await attempt.then(
    () => new Error("it attached"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PlimsollError)) throw error;
  return error;
}

const llamaCpp = {
  "/health": { status: "ok" },
  "/props": {
    build_info: "b10573-3f545be",
    total_slots: 4,
    default_generation_settings: { n_ctx: 2048 },
  },
  "/v1/models": { data: [{ id: "tiny", owned_by: "llamacpp" }] },
};

describe("attaching to a server", () => {
  it.each([
    [
      "triton",
      { "/v2": { name: "triton", version: "2.73.0", extensions: ["generate"] } },
      { server: "triton", build: "2.73.0" },
    ],
    [
      "tgi",
      {
        "/v1/models": { data: [{ id: "m", owned_by: "m" }] },
        "/info": { model_id: "m", version: "3.3.7", router: "text-generation-router" },
      },
      { server: "tgi", build: "3.3.7", model: "m" },
    ],
    [
      "torchbridge",
      { "/health/ready": { status: "ready", model_loaded: true } },
      { server: "torchbridge" },
    ],
    [
      "lm-studio",
      { "/v1/models": { data: [{ id: "m", owned_by: "organization_owner" }] } },
      { server: "lm-studio", model: "m" },
    ],
    ["a stranger", { "/info": { version: "1" }, "/v2": { name: "x" } }, { server: "uvicorn" }],
  ])("knows %s by what only it answers", async (_name, answers, identity) => {
    const target = await attach(await serve(answers, "uvicorn"));
    expect(target.identity).toMatchObject(identity);
  });

  it("learns build, slots and context from llama.cpp", async () => {
    const url = await serve(llamaCpp, "llama.cpp");
    const target = await attach(`${url}/v1/`);
    const { readyMs, ...identity } = target.identity;
    expect(readyMs).toBeGreaterThan(0);
    expect(identity).toEqual({
      kind: "remote",
      url,
      server: "llama.cpp",
      build: "b10573-3f545be",
      model: "tiny",
      slots: 4,
      contextTokens: 2048,
    });
    expect(target).toMatchObject({ owned: false, baseUrl: url, headers: {} });
    await target.stop();
  });

  it.each([
    ["vllm", { max_model_len: 8192 }, "/version", { server: "vllm", contextTokens: 8192 }],
    ["sglang", {}, "/server_info", { server: "sglang" }],
    ["library", {}, "/api/version", { server: "ollama" }],
  ])("recognizes the product behind models owned by %s", async (owner, more, path, expected) => {
    const models = { data: [{ id: "m", owned_by: owner, ...more }] };
    const url = await serve({ "/v1/models": models, [path]: { version: "0.25.1" } }, "uvicorn");
    const { identity } = await attach(url);
    expect(identity).toMatchObject({ model: "m", build: "0.25.1", ...expected });
  });

  it("takes the Server header as the product where nothing better is known", async () => {
    const url = await serve({ "/v1/models": { data: [] } }, "TritonServer/2.73 (x)");
    const { identity } = await attach(url);
    expect(identity.server).toBe("tritonserver");
    expect(identity).not.toHaveProperty("model");
    expect(identity).not.toHaveProperty("slots");
  });

  it("accepts a server that answers 404 to every question", async () => {
    const { identity } = await attach(await serve({}));
    expect(Object.keys(identity).sort()).toEqual(["kind", "readyMs", "url"]);
  });

  it.each(["grpc://127.0.0.1:8001", "grpcs://triton:8001"])(
    "says that gRPC is not spoken: %s",
    async (url) => {
      const error = await failureOf(attach(url));
      expect(error.exitCode).toBe(2);
      expect(error.message).toBe(`--target: gRPC is not spoken here: ${url}`);
      expect(error.hint).toContain("kserve-infer");
    },
  );

  it("waits while the server says 503", async () => {
    let asked = 0;
    const url = await listen((_request, response) => {
      asked += 1;
      response.writeHead(asked < 3 ? 503 : 200).end("{}");
    });
    await attach(url);
    expect(asked).toBeGreaterThanOrEqual(3);
  });

  it("gives up on 503 when time is up", async () => {
    const url = await serve({ "/health": 503 });
    const error = await failureOf(attach(url, {}, { readyTimeout: 100 }));
    expect(error.exitCode).toBe(6);
    expect(error.message).toContain("still not ready after 0.1 s");
  });

  it("waits for the model of a server that already lives", async () => {
    let asked = 0;
    const url = await listen((request, response) => {
      const loading = request.url === "/health/ready" && (asked += 1) < 3;
      response.writeHead(loading ? 503 : 200).end('{"status":"ready","model_loaded":true}');
    });
    const target = await attach(url);
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(target.identity.server).toBe("torchbridge");
  });

  it("stops waiting when it is aborted", async () => {
    const abort = new AbortController();
    const reason = new Error("Ctrl-C");
    const url = await serve({ "/health": 503 });
    const onProgress = (): void => {
      abort.abort(reason);
    };
    await expect(attach(url, {}, { signal: abort.signal, onProgress })).rejects.toBe(reason);
  });
});

describe("a server that wants a key", () => {
  const guarded: RequestListener = (request, response) => {
    const known = request.headers.authorization === "Bearer right" || request.url === "/health";
    response.writeHead(known ? 200 : 401).end("{}");
  };

  it("is asked with the key, which is not part of its identity", async () => {
    const target = await attach(await listen(guarded), { authorization: "Bearer right" });
    expect(target.headers).toEqual({ authorization: "Bearer right" });
    expect(JSON.stringify(target.identity)).not.toContain("right");
  });

  it("says how to give one", async () => {
    const error = await failureOf(attach(await listen(guarded)));
    expect(error.exitCode).toBe(6);
    expect(error.message).toContain("wants an API key");
    expect(error.hint).toContain("--api-key-env");
  });

  it("says that it refused the one it got, without showing it", async () => {
    const error = await failureOf(attach(await listen(guarded), { authorization: "Bearer wrong" }));
    expect(error.message).toContain("refused our key");
    expect(error.message).not.toContain("wrong");
  });
});

describe("a server that cannot be reached", () => {
  it("is told apart: nothing listens there", async () => {
    const closed = createTcpServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const port = portOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    const error = await failureOf(attach(`http://127.0.0.1:${port}`));
    expect(error.exitCode).toBe(6);
    expect(error.message).toContain("connection refused");
    expect(error.hint).toContain("plimsoll serve");
  });

  it("is told apart: no such host", async () => {
    const error = await failureOf(attach("http://no-such-host.invalid:1"));
    expect(error.message).toContain("cannot be resolved");
  });

  it("is told apart: plain HTTP behind https://", async () => {
    const url = await serve(llamaCpp);
    const error = await failureOf(attach(url.replace("http:", "https:")));
    expect(error.message).toContain("TLS handshake failed");
    expect(error.hint).toContain("http://");
  });

  it.each([
    ["words", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["silence", ""],
  ])("is told apart: not HTTP at all, but %s", async (_name, greeting) => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.end(greeting);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const error = await failureOf(attach(`http://127.0.0.1:${portOf(server)}`));
    expect(error.message).toContain("does not answer in HTTP");
  });
});

describe("the address of a server", () => {
  const addressOfUrl = (url: string): ReturnType<typeof addressOf> =>
    addressOf({ kind: "remote", url, headers: {} });

  it("loses its credentials, which become a header", () => {
    expect(addressOfUrl("https://jane:p%40ss@llm.example/base/v1/")).toEqual({
      baseUrl: "https://llm.example/base",
      headers: { authorization: `Basic ${Buffer.from("jane:p@ss").toString("base64")}` },
    });
  });

  it.each(["llama", "ftp://host", "localhost:8080", ""])("is refused: %j", (url) => {
    expect(() => addressOfUrl(url)).toThrow("--target");
  });

  it("does not show a password when it is refused", () => {
    expect(() => addressOfUrl("ftp://jane:secret@host")).toThrow(/^((?!secret).)*$/);
  });
});
