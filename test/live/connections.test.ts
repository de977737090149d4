/** Whole runs over TLS, over a unix socket, and through a proxy; the real llama-server on its own. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RunLine } from "../../src/core/records.ts";
import type { Summary } from "../../src/judge/summary.ts";
import { readRun } from "../../src/store/read-run.ts";
import { issue, makeAuthority, type Issued } from "../support/servers/certificates.ts";
import { connectProxy } from "../support/servers/connect-proxy.ts";
import {
  ready,
  spawnServer,
  startEmbedded,
  stopServer,
  type ReadyServer,
} from "../support/servers/embedded-server.ts";
import { Listening } from "../support/servers/listening.ts";
import {
  liveModel,
  liveServer,
  liveServerMissing,
  liveServerNote,
} from "../support/servers/live-server.ts";
import { plimsoll } from "../support/program.ts";
import { trendOf } from "../support/scripted-run.ts";
import { scratchFolder } from "../support/scratch.ts";

const folder = scratchFolder("connected");
const CA = join(folder, "ca.pem");
const CLIENT = join(folder, "client.pem");

const open = new Listening();
let server: ReadyServer;
let leaf: Issued;
let authority: Issued;
beforeAll(async () => {
  authority = await makeAuthority();
  leaf = await issue(authority);
  const client = await issue(authority, { names: ["client"] });
  writeFileSync(CA, authority.cert);
  writeFileSync(CLIENT, `${client.cert}\n${client.key}`);
  server = await startEmbedded();
});
afterEach(() => open.close());
afterAll(() => stopServer(server));

/** 5 is the honest answer on a machine that something else keeps busy. */
const HONEST = [0, 5];

interface Smoked {
  readonly code: number | null;
  readonly stderr: string;
  readonly summary: Summary;
  readonly report: string;
  /** The lines of run.jsonl. */
  readonly lines: readonly RunLine[];
}

async function smoke(...flags: readonly string[]): Promise<Smoked> {
  const cwd = scratchFolder("smoke");
  const { code, stdout, stderr } = await plimsoll(["run", "smoke", "--json", ...flags], { cwd });
  const [id = ""] = readdirSync(join(cwd, "reports"));
  const report = readFileSync(join(cwd, "reports", id, "report.html"), "utf8");
  const lines: RunLine[] = [];
  for await (const line of readRun(join(cwd, "reports", id))) lines.push(line);
  return { code, stderr, summary: JSON.parse(stdout) as Summary, report, lines };
}

function expectGood({ code, stderr, summary }: Smoked, product: string): void {
  expect(HONEST, stderr).toContain(code);
  expect(summary.census.measuredRequests).toMatchObject({ ok: 5, failed: 0 });
  expect(summary.target?.server).toBe(product);
  expect(trendOf(summary, "connect").min).toBeGreaterThan(0);
  // The tokenizer was asked by the same way: prompts have the length that was asked for.
  expect(trendOf(summary, "prompt_tokens")).toMatchObject({ min: 64, max: 64 });
}

/** In front of the embedded server, as people put nginx there. */
function terminateTls(demands: object = {}): Promise<number> {
  const port = Number(new URL(server.url).port);
  const proxy = createTlsServer({ ...leaf, ...demands }, (socket) => {
    const upstream = connect(port);
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  return open.listen(proxy);
}

describe("a server behind TLS", () => {
  it("is found ready, identified and measured with --cacert", async () => {
    const port = await terminateTls();
    const smoked = await smoke("--target", `https://localhost:${port}`, "--cacert", CA);
    expectGood(smoked, "plimsoll");
  });

  it("that wants a client certificate is given it", async () => {
    const port = await terminateTls({ requestCert: true, ca: authority.cert });
    const flags = ["--cacert", CA, "--cert", CLIENT];
    expectGood(await smoke("--target", `https://127.0.0.1:${port}`, ...flags), "plimsoll");
  });

  it("is measured with --insecure, which is said on stderr, in the summary and in the report", async () => {
    const port = await terminateTls();
    const smoked = await smoke("--target", `https://localhost:${port}`, "--insecure", "--quiet");
    expectGood(smoked, "plimsoll");
    expect(smoked.stderr).toMatch(/WARNING {2}--insecure/);
    const codes = smoked.summary.warnings.map(({ code }) => code);
    expect(codes).toContain("tls_not_verified");
    expect(smoked.report).toContain("certificate is NOT verified");
  });

  it("that is not trusted ends the run with 6 before any traffic, and says what to do", async () => {
    const port = await terminateTls();
    const cwd = scratchFolder("smoke");
    const target = ["--target", `https://localhost:${port}`];
    const { code, stderr } = await plimsoll(["run", "smoke", ...target], { cwd });
    expect(code).toBe(6);
    expect(stderr).toMatch(/certificate is not trusted/);
    expect(stderr).toMatch(/--cacert FILE.*--insecure/);
  });
});

describe("a server behind a proxy", () => {
  it("is measured through it, and the run says so", async () => {
    const { server: proxy, asked } = connectProxy({ user: "me:secret" });
    const port = await open.listen(proxy);
    const flags = ["--proxy", `http://me:secret@127.0.0.1:${port}`];
    const smoked = await smoke("--target", server.url, ...flags);
    expectGood(smoked, "plimsoll");
    expect(new Set(asked)).toEqual(new Set([new URL(server.url).host]));
    expect(smoked.summary.target?.via).toBe(`proxy 127.0.0.1:${port}`);
    expect(smoked.summary.warnings.map(({ code }) => code)).toContain("through_proxy");
    expect(smoked.report).not.toContain("secret@");
  });
});

describe.skipIf(liveServerMissing)(`the real llama-server${liveServerNote}`, () => {
  it("is measured on its unix socket", async () => {
    const path = join(folder, "llama.sock");
    const args = ["-m", await liveModel(), "--host", path, "--offline", "-np", "2", "-c", "2048"];
    const real = spawnServer(liveServer ?? "", [...args, "-t", "1", "--alias", "tiny"]);
    try {
      await Promise.race([real.logged(/listening on .*llama\.sock/), real.exited]);
      const smoked = await smoke("--unix-socket", path);
      expectGood(smoked, "llama.cpp");
      expect(smoked.summary.target).toMatchObject({ via: `unix socket ${path}` });
    } finally {
      await stopServer(real);
    }
  });

  it("is measured behind TLS too", async () => {
    const args = ["-m", await liveModel(), "--host", "127.0.0.1", "--port", "0", "--offline"];
    const more = ["-np", "2", "-c", "2048", "-t", "1", "--alias", "tiny", "--metrics"];
    const real = await ready(spawnServer(liveServer ?? "", [...args, ...more]));
    try {
      const upstream = Number(new URL(real.url).port);
      const proxy = createTlsServer(leaf, (socket) => {
        const through = connect(upstream).on("error", () => socket.destroy());
        socket.on("error", () => through.destroy());
        socket.pipe(through).pipe(socket);
      });
      const port = await open.listen(proxy);
      const smoked = await smoke("--target", `https://127.0.0.1:${port}`, "--cacert", CA);
      expectGood(smoked, "llama.cpp");
      // Its metrics are read by the same way.
      const sources = smoked.lines.filter((line) => line.type === "source");
      expect(sources).toContainEqual(
        expect.objectContaining({ source: "server", available: true }) as unknown,
      );
    } finally {
      await stopServer(real);
    }
  });
});
