import { createServer as createTlsServer } from "node:tls";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { generate } from "selfsigned";
import { afterEach, describe, expect, it } from "vitest";
import { originNow, systemClock } from "../../src/core/clock.ts";
import { failureOf } from "../../src/protocol/failure.ts";
import type { HttpRequest } from "../../src/protocol/http1/request-text.ts";
import {
  openTransport,
  type Dispatched,
  type Transport,
  type TransportOptions,
} from "../../src/protocol/transport.ts";
import { talkingServer, type TalkingServer } from "../support/servers/talking-server.ts";

const clock = systemClock(originNow());
const REQUEST: HttpRequest = { method: "POST", path: "/x", headers: { a: "1" }, body: "bödy" };
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function serverThat(
  answers: (request: string, socket: Socket) => void,
): Promise<TalkingServer> {
  const server = await talkingServer(answers);
  opened.push(server);
  return server;
}

function transportTo(origin: string, options: Partial<TransportOptions> = {}): Transport {
  const transport = openTransport({
    origin,
    mode: "keep-alive",
    connectTimeout: 2000,
    clock,
    ...options,
  });
  opened.push(transport);
  return transport;
}

interface Ended {
  readonly status: number | undefined;
  readonly body: string;
  readonly connected: boolean;
  readonly resent: boolean;
  readonly error: Error | undefined;
}

/** Sends it, and resolves when the handler was told the end. */
function ask(
  transport: Transport,
  request = REQUEST,
  onData: (sent: Dispatched) => void = () => undefined,
  good = true,
): Promise<Ended> {
  return new Promise((resolve) => {
    let status: number | undefined;
    let body = "";
    let connected = false;
    let resent = false;
    const end = (error?: Error): void => {
      resolve({ status, body, connected, resent, error });
    };
    const sent = transport.dispatch(request, {
      connected: () => (connected = true),
      head: (head) => ({ status } = head),
      data: (bytes) => {
        body += bytes.toString("utf8");
        onData(sent);
      },
      end: () => {
        end();
        return good;
      },
      error: end,
      resent: () => (resent = true),
    });
  });
}

const answering = (text: string) => (_request: string, socket: Socket) => socket.write(text);

describe("a transport", () => {
  it("sends what was asked, with the length of its bytes", async () => {
    const server = await serverThat(answering(OK));
    const { status, body } = await ask(transportTo(server.origin));
    expect({ status, body }).toEqual({ status: 200, body: "ok" });
    const host = server.origin.replace("http://", "");
    expect(server.requests).toEqual([
      `POST /x HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\na: 1\r\ncontent-length: 5\r\n\r\nbödy`,
    ]);
  });

  it("uses a connection again when it is free, and says which request it was made for", async () => {
    const server = await serverThat(answering(OK));
    const transport = transportTo(server.origin);
    const first = await ask(transport);
    const second = await ask(transport, { ...REQUEST, path: "/y" });
    expect([first.connected, second.connected]).toEqual([true, false]);
    expect(server.connections).toBe(1);
    expect(server.requests[1]).toMatch(/^POST \/y HTTP/);
  });

  it("queues and pipelines nothing: as many connections as requests at a time", async () => {
    const server = await serverThat(answering(OK));
    const transport = transportTo(server.origin);
    await Promise.all(Array.from({ length: 20 }, () => ask(transport)));
    expect(server.connections).toBe(20);
    await Promise.all(Array.from({ length: 20 }, () => ask(transport)));
    expect(server.connections).toBe(20);
  });

  it("makes a new connection for each request where it is told to", async () => {
    const server = await serverThat(answering(OK));
    const transport = transportTo(server.origin, { mode: "fresh" });
    await ask(transport);
    expect((await ask(transport)).connected).toBe(true);
    expect(server.requests[0]).toContain("connection: close\r\n");
  });

  it.each([
    ["that the server closes", OK.replace("\r\n", "\r\nConnection: Close\r\n")],
    ["of HTTP/1.0", OK.replace("1.1", "1.0")],
    [
      "that the server keeps for a second only",
      OK.replace("\r\n", "\r\nKeep-Alive: timeout=1\r\n"),
    ],
    ["with bytes behind the answer", `${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`],
  ])("does not use a connection again %s", async (_what, text) => {
    const server = await serverThat(answering(text));
    const transport = transportTo(server.origin);
    for (let i = 0; i < 3; i += 1) {
      expect(await ask(transport)).toMatchObject({ body: "ok", connected: true, error: undefined });
    }
  });

  it("does not use a connection again on which something came that nobody asked for", async () => {
    const server = await serverThat(answering(OK));
    const transport = transportTo(server.origin);
    await ask(transport);
    server.sockets[0]?.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    await once(server.sockets[0]!, "close");
    expect(await ask(transport)).toMatchObject({ body: "ok", connected: true });
  });

  it("connects anew when the server has closed a free connection", async () => {
    const server = await serverThat(answering(OK));
    const transport = transportTo(server.origin);
    await ask(transport);
    server.sockets[0]?.end();
    await once(server.sockets[0]!, "close");
    expect(await ask(transport)).toMatchObject({ body: "ok", connected: true, error: undefined });
  });

  it("takes an answer that comes before the request was all sent, and no other on its connection", async () => {
    const server = await serverThat(() => undefined);
    server.onConnection = (socket) => {
      socket.pause();
      socket.write(OK);
    };
    const transport = transportTo(server.origin);
    const big = { ...REQUEST, body: "x".repeat(16 * 1024 * 1024) };
    expect(await ask(transport, big)).toMatchObject({ status: 200, body: "ok" });
    expect((await ask(transport, big)).connected).toBe(true);
  });

  it("tells nothing more after it was aborted, and ends the connection", async () => {
    const server = await serverThat(answering("HTTP/1.1 200 OK\r\n\r\nfirst"));
    const transport = transportTo(server.origin);
    const told: string[] = [];
    const closed = new Promise((resolve) => {
      const handler = {
        connected: () => undefined,
        head: () => undefined,
        data: (bytes: Buffer) => {
          told.push(bytes.toString());
          sent.abort(handler);
          server.sockets[0]?.write("second");
          server.sockets[0]?.once("close", resolve);
        },
        end: () => told.push("end") > 0,
        error: () => told.push("error"),
        resent: () => told.push("resent"),
      };
      const sent = transport.dispatch(REQUEST, handler);
    });
    await closed;
    expect(told).toEqual(["first"]);
  });

  it("tells those who wait that it was closed", async () => {
    const server = await serverThat(() => undefined);
    const transport = transportTo(server.origin);
    const waiting = ask(transport);
    await transport.close();
    expect((await waiting).error?.message).toBe("the client was closed");
  });

  it("gives up connecting after its time", async () => {
    // A server of plain TCP never answers the beginning of TLS.
    const server = await serverThat(() => undefined);
    const origin = server.origin.replace("http:", "https:");
    const { error } = await ask(transportTo(origin, { connectTimeout: 50 }));
    expect(failureOf(error, false)).toEqual({
      failure: "timeout_connect",
      message: "not connected within 50 ms",
    });
  });

  it.each([
    ["a path with a space", { path: "/a b" }],
    ["a path with a line end", { path: "/a\r\nb" }],
    ["a header with a line end", { headers: { a: "1\r\nb: 2" } }],
    ["a header whose name is none", { headers: { "a b": "1" } }],
    ["a length of the caller's own", { headers: { "Content-Length": "3" } }],
    ["a coding of the caller's own", { headers: { "transfer-encoding": "chunked" } }],
  ])("refuses %s, before anything is sent", async (_what, part) => {
    const server = await serverThat(answering(OK));
    const transport = transportTo(server.origin);
    await expect(ask(transport, { ...REQUEST, ...part })).rejects.toThrow("cannot be sent");
    expect(server.connections).toBe(0);
  });

  it("reads large answers over TLS in one piece", async () => {
    const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }]);
    const block = "0123456789abcdef".repeat(1000);
    const server = createTlsServer({ key, cert }, (socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (let i = 0; i < 200; i += 1) socket.write(`3e80\r\n${block}\r\n`);
        socket.write("0\r\n\r\n");
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const transport = transportTo(`https://127.0.0.1:${port}`, { connection: { insecure: true } });
    const { body, error } = await ask(transport);
    expect(error).toBeUndefined();
    expect(body === block.repeat(200)).toBe(true);
    await transport.close();
    server.close();
  });

  it("sends a request again, once, when the kept connection turns out to be dead", async () => {
    const server = await serverThat((request, socket) => {
      // The second request on a connection is its last: no answer, not even a word.
      if (request.startsWith("POST /y")) socket.destroy();
      else socket.write(OK);
    });
    const transport = transportTo(server.origin);
    await ask(transport);
    const died = await ask(transport, { ...REQUEST, path: "/y" });
    // The new connection died too: that is a failure, and no reason to go on trying.
    expect(died.resent).toBe(true);
    expect(failureOf(died.error, false).failure).toBe("connect_reset");
    expect(server.requests.filter((text) => text.startsWith("POST /y"))).toHaveLength(2);
    expect(server.connections).toBe(2);
  });

  it("answers what was sent again, as if the first connection had lived", async () => {
    const seen = new Set<Socket>();
    const server = await serverThat((_request, socket) => {
      if (seen.has(socket)) socket.destroy();
      else socket.write(OK);
      seen.add(socket);
    });
    const transport = transportTo(server.origin);
    await ask(transport);
    expect(await ask(transport)).toEqual({
      ...{ status: 200, body: "ok", error: undefined },
      ...{ connected: true, resent: true },
    });
    expect(server.requests).toHaveLength(3);
  });

  it("does not send again what a new connection lost, nor what was answered in part", async () => {
    const fresh = await serverThat((_request, socket) => socket.destroy());
    const lost = await ask(transportTo(fresh.origin));
    expect([lost.resent, fresh.requests.length]).toEqual([false, 1]);
    let n = 0;
    const half = await serverThat((_request, socket) => {
      if (n++ === 0) socket.write(OK);
      else socket.end("HTTP/1.1 200 OK\r\nContent-Le");
    });
    const transport = transportTo(half.origin);
    await ask(transport);
    const cut = await ask(transport);
    expect([cut.resent, cut.error === undefined, half.requests.length]).toEqual([false, false, 2]);
  });

  it("can still be aborted when it was sent again", async () => {
    const seen = new Set<Socket>();
    const server = await serverThat((request, socket) => {
      if (request.startsWith("POST /y") && seen.has(socket)) socket.destroy();
      else if (!request.startsWith("POST /y")) socket.write(OK);
      seen.add(socket);
    });
    const transport = transportTo(server.origin);
    await ask(transport);
    const told: string[] = [];
    const closed = new Promise((resolve) => {
      const handler = {
        connected: () => {
          sent.abort(handler);
          setTimeout(resolve, 20);
        },
        head: () => told.push("head"),
        data: () => told.push("data"),
        end: () => told.push("end") > 0,
        error: () => told.push("error"),
        resent: () => told.push("resent"),
      };
      const sent = transport.dispatch({ ...REQUEST, path: "/y" }, handler);
    });
    await closed;
    expect(told).toEqual(["resent"]);
  });

  it.each([
    ["an error of the server", OK.replace("200 OK", "500 No"), true],
    ["a refusal", OK.replace("200 OK", "429 No"), true],
    ["an answer that says that it failed", OK, false],
  ])("does not keep the connection of %s", async (_what, answer, good) => {
    const server = await serverThat(answering(answer));
    const transport = transportTo(server.origin);
    await ask(transport, REQUEST, undefined, good);
    await ask(transport, REQUEST, undefined, good);
    expect(server.connections).toBe(2);
  });

  it.each([
    ["4 s where the server does not say", "", 3999, 4000],
    ["less than what it says", "Keep-Alive: timeout=5\r\n", 2999, 3000],
  ])("keeps an idle connection for %s", async (_what, header, still, over) => {
    const server = await serverThat(answering(OK.replace("\r\n\r\n", `\r\n${header}\r\n`)));
    let now = 0;
    const at = { ...clock, now: () => now };
    const transport = transportTo(server.origin, { clock: at });
    await ask(transport);
    now = still;
    expect((await ask(transport)).connected).toBe(false);
    now += over;
    expect((await ask(transport)).connected).toBe(true);
  });
});
