/** Connections on real sockets, with real certificates: each way in, and each way it fails. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { originNow, systemClock } from "../../src/core/clock.ts";
import type { FailureKind, Outcome } from "../../src/core/request-record.ts";
import type { ConnectionOptions } from "../../src/protocol/address.ts";
import { findAdapter } from "../../src/protocol/api/apis.ts";
import { dial, addressOf } from "../../src/protocol/dial.ts";
import { fetchPage } from "../../src/protocol/fetch-page.ts";
import { performRequest } from "../../src/protocol/perform.ts";
import type { RequestFacts } from "../../src/protocol/request-facts.ts";
import { openTransport, type ConnectionMode } from "../../src/protocol/transport.ts";
import { issue, makeAuthority, type Issued } from "../support/servers/certificates.ts";
import {
  connectProxy,
  type ConnectProxy,
  type ProxyRules,
} from "../support/servers/connect-proxy.ts";
import { Listening } from "../support/servers/listening.ts";
import { HELLO } from "../support/played-answer.ts";
import { scratchFolder } from "../support/scratch.ts";

const clock = systemClock(originNow());
const OFF = { connect: 2000, headers: 0, firstContent: 0, nextContent: 0, total: 8000 };
const EVENTS = [
  'data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n',
  'data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n',
];

const open = new Listening();
let seen: { readonly name: unknown; readonly headers: IncomingMessage["headers"] }[] = [];
afterEach(() => {
  seen = [];
  return open.close();
});

let authority: Issued;
let leaf: Issued;
let client: Issued;
beforeAll(async () => {
  authority = await makeAuthority();
  leaf = await issue(authority);
  client = await issue(authority, { names: ["client"], addresses: [] });
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { socket, headers } = request;
  seen.push({ name: socket instanceof TLSSocket ? socket.servername : undefined, headers });
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const event of EVENTS) response.write(event);
  response.end();
}

async function tlsServer(own: Issued, more: ServerOptions = {}): Promise<number> {
  return open.listen(createTlsServer({ cert: own.cert, key: own.key, ...more }, answer));
}

async function ask(
  origin: string,
  connection: ConnectionOptions = {},
  mode: ConnectionMode = "fresh",
): Promise<RequestFacts> {
  const transport = openTransport({ origin, mode, connectTimeout: 2000, clock, connection });
  const facts = {
    server: undefined,
    model: "m",
    basePath: "",
    headers: { authorization: "Bearer sk-secret" },
  };
  const endpoint = { adapter: findAdapter("chat")!, transport, facts };
  const options = { clock, deadlines: OFF, signal: new AbortController().signal };
  try {
    return (await performRequest(HELLO, endpoint, options)).facts;
  } finally {
    await transport.close();
  }
}

function expectFailed(outcome: Outcome, failure: FailureKind, says: RegExp): void {
  expect(outcome).toMatchObject({ ok: false, failure });
  expect(outcome.ok ? "" : outcome.message).toMatch(says);
}

const GOOD = { ok: true, finish: "length" };

describe("TLS", () => {
  it.each(["fresh", "keep-alive"] as const)("verifies with --cacert (%s)", async (mode) => {
    const port = await tlsServer(leaf);
    const facts = await ask(`https://localhost:${port}`, { ca: authority.cert }, mode);
    expect(facts.outcome).toEqual(GOOD);
    expect(facts.connect).toBeGreaterThan(0);
  });

  it("counts the handshake into the connect time", async () => {
    const port = await tlsServer(leaf);
    const hold = 150;
    // Accepts at once, and lets the handshake through later.
    const relay = createTcpServer((socket) => {
      setTimeout(() => socket.pipe(connect(port)).pipe(socket), hold);
    });
    const held = await open.listen(relay);
    const facts = await ask(`https://127.0.0.1:${held}`, { ca: authority.cert });
    expect(facts.outcome).toEqual(GOOD);
    expect(facts.connect).toBeGreaterThan(hold - 2);
  });

  it("sends the host as SNI, or the --servername, which is also what is verified", async () => {
    const named = await issue(authority, { names: ["llm.example"], addresses: [] });
    const port = await tlsServer(named);
    const ca = authority.cert;
    const facts = await ask(`https://127.0.0.1:${port}`, { ca, servername: "llm.example" });
    expect(facts.outcome).toEqual(GOOD);
    await ask(`https://localhost:${port}`, { ca, insecure: true });
    // An address is no name: none is sent.
    await ask(`https://127.0.0.1:${port}`, { ca, insecure: true });
    expect(seen.map(({ name }) => name)).toEqual(["llm.example", "localhost", false]);
  });

  it("verifies nothing with --insecure", async () => {
    const port = await tlsServer(await issue(await makeAuthority(), { until: -0.5 }));
    expect((await ask(`https://127.0.0.1:${port}`, { insecure: true })).outcome).toEqual(GOOD);
  });

  it("gives a client certificate", async () => {
    const demanding = { requestCert: true, ca: authority.cert };
    const port = await tlsServer(leaf, demanding);
    const facts = await ask(`https://localhost:${port}`, { ca: authority.cert, ...client });
    expect(facts.outcome).toEqual(GOOD);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "of a server that wants a client certificate fails without one (%s)",
    async (version) => {
      const demanding = { requestCert: true, ca: authority.cert };
      const port = await tlsServer(leaf, {
        ...demanding,
        minVersion: version,
        maxVersion: version,
      });
      for (const mode of ["fresh", "keep-alive"] as const) {
        const facts = await ask(`https://localhost:${port}`, { ca: authority.cert }, mode);
        expectFailed(facts.outcome, "connect_tls", /may want a client certificate.*--cert FILE/);
      }
      expect(seen).toEqual([]);
    },
  );

  interface Unverified {
    readonly what: string;
    readonly own: () => Promise<Issued>;
    readonly trust: () => string;
    readonly says: RegExp;
  }
  const unverified: readonly Unverified[] = [
    {
      what: "an authority that nobody knows",
      own: () => Promise.resolve(leaf),
      trust: () => "",
      says: /not trusted \(unable to verify the first certificate\).*--cacert FILE.*--insecure/,
    },
    {
      what: "another authority than that of --cacert",
      own: async () => issue(await makeAuthority("Another CA")),
      trust: () => authority.cert,
      says: /not trusted.*--cacert FILE.*--insecure/,
    },
    {
      what: "itself",
      own: () => issue(undefined),
      trust: () => "",
      says: /not trusted \(self-signed certificate\).*--cacert/,
    },
    {
      what: "a past time",
      own: () => issue(authority, { from: -20, until: -1 }),
      trust: () => authority.cert,
      says: /has expired.*--insecure/,
    },
    {
      what: "a time to come",
      own: () => issue(authority, { from: 2, until: 20 }),
      trust: () => authority.cert,
      says: /not valid yet.*clock/,
    },
    {
      what: "another host",
      own: () => issue(authority, { names: ["other.example"], addresses: [] }),
      trust: () => authority.cert,
      says: /for another name.*other\.example.*--servername NAME/,
    },
  ];
  it.each(unverified.map((one) => [one.what, one] as const))(
    "of a certificate of %s is refused, with what to do",
    async (_what, { own, trust, says }) => {
      const port = await tlsServer(await own());
      const connection = trust() === "" ? {} : { ca: trust() };
      const facts = await ask(`https://localhost:${port}`, connection);
      expectFailed(facts.outcome, "connect_tls", says);
      expect(seen).toEqual([]);
    },
  );

  it("is not spoken by every port", async () => {
    const port = await open.listen(createServer(answer));
    const facts = await ask(`https://localhost:${port}`);
    expectFailed(facts.outcome, "connect_tls", /may speak plain HTTP.*https:\/\//);
  });
});

describe("an address", () => {
  const ipv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === "::1"),
  );

  it("may be an IPv6 literal, also in TLS", async () => {
    expect(addressOf("http://[::1]:8080")).toEqual({ host: "::1", port: 8080, secure: false });
    if (!ipv6) return; // this machine has none
    const at = { host: "::1", port: 0 };
    const plain = await open.listen(createServer(answer), at);
    expect((await ask(`http://[::1]:${plain}`)).outcome).toEqual(GOOD);
    expect(seen[0]?.headers.host).toBe(`[::1]:${plain}`);
    const secure = await open.listen(createTlsServer(leaf, answer), at);
    expect((await ask(`https://[::1]:${secure}`, { ca: authority.cert })).outcome).toEqual(GOOD);
  });

  it("may be a unix socket, also in TLS", async () => {
    const folder = scratchFolder("socket");
    const path = join(folder, "plain.sock");
    await open.listen(createServer(answer), { path });
    const facts = await ask("http://localhost", { unixSocket: path });
    expect(facts.outcome).toEqual(GOOD);
    expect(facts.connect).toBeGreaterThan(0);
    expect(seen[0]?.headers.host).toBe("localhost");
    const secure = join(folder, "secure.sock");
    await open.listen(createTlsServer(leaf, answer), { path: secure });
    const over = { unixSocket: secure, ca: authority.cert };
    expect((await ask("https://localhost", over, "keep-alive")).outcome).toEqual(GOOD);
  });

  it("where there is no unix socket is refused", async () => {
    const { outcome } = await ask("http://localhost", { unixSocket: "no-such.sock" });
    expect(outcome).toMatchObject({ ok: false, failure: "connect_refused" });
  });

  it("whose name has several addresses, none of which answers, says so of all", async () => {
    const { outcome } = await ask("http://localhost:1");
    expect(outcome).toMatchObject({ ok: false, failure: "connect_refused" });
    expect(outcome.ok ? "" : outcome.message).toMatch(/ECONNREFUSED (127\.0\.0\.1|::1):1/);
  });
});

describe("a proxy", () => {
  const started = async (rules: ProxyRules = {}): Promise<ConnectProxy & { port: number }> => {
    const proxy = connectProxy(rules);
    return { ...proxy, port: await open.listen(proxy.server) };
  };
  const basic = `Basic ${Buffer.from("me:pa:ss").toString("base64")}`;

  it.each(["fresh", "keep-alive"] as const)("connects us, TLS or not (%s)", async (mode) => {
    const { asked, port } = await started();
    const proxy = { host: "127.0.0.1", port };
    const plain = await open.listen(createServer(answer));
    const facts = await ask(`http://localhost:${plain}`, { proxy }, mode);
    expect(facts.outcome).toEqual(GOOD);
    expect(facts.connect).toBeGreaterThan(0);
    const secure = await tlsServer(leaf);
    const over = { proxy, ca: authority.cert };
    expect((await ask(`https://localhost:${secure}`, over, mode)).outcome).toEqual(GOOD);
    expect(asked).toEqual([`localhost:${plain}`, `localhost:${secure}`]);
    // The server sees what it would see without.
    expect(seen.map(({ headers }) => headers["proxy-authorization"])).toEqual([
      undefined,
      undefined,
    ]);
    expect(seen[0]?.headers.host).toBe(`localhost:${plain}`);
  });

  it("is given its user and password, and nobody else is", async () => {
    const { port } = await started({ user: "me:pa:ss" });
    const proxy = { host: "127.0.0.1", port, authorization: basic };
    const plain = await open.listen(createServer(answer));
    expect((await ask(`http://127.0.0.1:${plain}`, { proxy })).outcome).toEqual(GOOD);
    expect(JSON.stringify(seen)).not.toContain(basic);
  });

  it.each([
    ["wants a password", { user: "me:pa:ss" }, /HTTP 407 .*USER:PASSWORD/],
    ["cannot reach the server", { refusal: "502 Bad Gateway" }, /HTTP 502 .*cannot reach/],
    ["forbids it", { refusal: "403 Forbidden" }, /HTTP 403 .*may allow CONNECT only/],
  ])("that %s is one kind of failure", async (_what, rules, says) => {
    const { port } = await started(rules);
    const proxy = { host: "127.0.0.1", port };
    const facts = await ask("http://llm.example:8000", { proxy });
    expectFailed(facts.outcome, "connect_proxy", says);
  });

  it.each([
    ["closes", (socket: Socket) => socket.end(), /closed the connection/],
    ["is no proxy", (socket: Socket) => socket.end("hello\r\n\r\n"), /does not answer in HTTP/],
    [
      "never ends its headers",
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(200_000)}`),
      /headers without end/,
    ],
    [
      "speaks before the server",
      (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\nsmuggled"),
      /bytes of its own/,
    ],
  ])("that %s is that kind too", async (_what, play, says) => {
    const port = await open.listen(
      createTcpServer((socket) => socket.once("data", () => play(socket))),
    );
    const facts = await ask("http://llm.example", { proxy: { host: "127.0.0.1", port } });
    expectFailed(facts.outcome, "connect_proxy", says);
  });

  it("that is not there is that kind too, and not the server's", async () => {
    const { outcome } = await ask("http://llm.example", { proxy: { host: "127.0.0.1", port: 1 } });
    expectFailed(outcome, "connect_proxy", /cannot reach the proxy 127\.0\.0\.1:1: .*ECONNREFUSED/);
  });

  it("that says nothing ends at the deadline of connecting", async () => {
    const port = await open.listen(createTcpServer());
    const { outcome } = await ask("http://llm.example", { proxy: { host: "127.0.0.1", port } });
    expect(outcome).toMatchObject({ ok: false, failure: "timeout_connect" });
  });
});

describe("a redirect", () => {
  it("is not followed: another host sees nothing, least of all the key", async () => {
    let touched = 0;
    const other = createTcpServer(() => (touched += 1));
    const elsewhere = `http://127.0.0.1:${await open.listen(other)}/v1/chat/completions`;
    const here = createServer((_request, response) =>
      response.writeHead(307, { location: elsewhere }).end(),
    );
    const facts = await ask(`http://localhost:${await open.listen(here)}`);
    const message = `HTTP 307: a redirect to ${elsewhere}`;
    expect(facts.outcome).toEqual({ ok: false, failure: "http_status", message });
    expect(touched).toBe(0);
    const url = `http://localhost:${String((here.address() as AddressInfo).port)}/health`;
    expect(await fetchPage(url, { timeout: 2000 })).toMatchObject({ status: 307 });
    expect(touched).toBe(0);
  });

  it("to itself without end is asked once", async () => {
    let asked = 0;
    const loop = createServer((request, response) => {
      asked += 1;
      response.writeHead(308, { location: request.url ?? "/" }).end();
    });
    const { outcome } = await ask(`http://localhost:${await open.listen(loop)}`);
    expect(outcome).toMatchObject({ ok: false, failure: "http_status" });
    expect(asked).toBe(1);
  });
});

describe("giving up", () => {
  const stubborn = async (): Promise<{ port: number; closed: Promise<unknown> }> => {
    let close: (value: unknown) => void = () => undefined;
    const closed = new Promise((resolve) => (close = resolve));
    const silent = createTcpServer((socket) => {
      socket
        .on("close", close)
        .on("error", () => undefined)
        .resume();
    });
    return { port: await open.listen(silent), closed };
  };

  it("while TLS is being agreed on closes the connection, and says nothing any more", async () => {
    const { port, closed } = await stubborn();
    let told = 0;
    const cancel = dial(addressOf(`https://127.0.0.1:${port}`), () => (told += 1));
    await new Promise((resolve) => setTimeout(resolve, 30));
    cancel();
    await closed;
    expect(told).toBe(0);
  });

  it("while a proxy is asked does too", async () => {
    const { port, closed } = await stubborn();
    let told = 0;
    const proxy = { host: "127.0.0.1", port };
    const cancel = dial(addressOf("http://llm.example", { proxy }), () => (told += 1));
    await new Promise((resolve) => setTimeout(resolve, 30));
    cancel();
    await closed;
    expect(told).toBe(0);
  });
});

describe("a page outside the traffic", () => {
  it("comes by the same way", async () => {
    const port = await tlsServer(leaf, { requestCert: true, ca: authority.cert });
    const connection = { ca: authority.cert, ...client };
    const asked = { timeout: 2000, connection, headers: { authorization: "Bearer k" } };
    const page = await fetchPage(`https://localhost:${port}/metrics?x=1`, asked);
    expect(page.status).toBe(200);
    expect(page.text).toBe(EVENTS.join(""));
    expect(seen[0]?.headers.authorization).toBe("Bearer k");
  });

  it("is cut off at its limit", async () => {
    const port = await open.listen(
      createServer((_request, response) => response.end("x".repeat(100_000))),
    );
    const page = await fetchPage(`http://127.0.0.1:${port}/`, { timeout: 2000, limit: 10 });
    expect(page.text).toBe("xxxxxxxxxx");
  });

  it("that never comes ends when time is up, or when it is told to", async () => {
    const port = await open.listen(createTcpServer());
    const url = `http://127.0.0.1:${port}/`;
    await expect(fetchPage(url, { timeout: 50 })).rejects.toMatchObject({ code: "ETIMEDOUT" });
    const stop = new AbortController();
    const page = fetchPage(url, { timeout: 5000, signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(page).rejects.toThrow("enough");
  });
});
