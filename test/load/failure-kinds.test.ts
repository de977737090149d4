/**
 * Every failure kind, made to happen on a real socket: from what the server does to the record, the
 * rates and the example in the report.
 */
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { failureKinds, type FailureKind } from "../../src/core/request-record.ts";
import { failuresSection } from "../../src/report/run/section-failures.ts";
import {
  hostileServer,
  type HostileServer,
  type Misbehave,
} from "../support/servers/hostile-server.ts";
import { runLoadWorker, type LoadWorkerOptions } from "../support/load-worker-run.ts";
import { httpChunk, LAST_CHUNK, STREAM_HEAD } from "../support/servers/wire-server.ts";

const servers: HostileServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const delta = (content: string): string =>
  httpChunk(`data: {"choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`);
const FINISH =
  httpChunk(
    'data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n',
  ) + LAST_CHUNK;

const refusal = (status: number, error: object = { message: "no" }): string => {
  const body = JSON.stringify({ error });
  return `HTTP/1.1 ${status} No\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};

const says =
  (...sends: readonly string[]): Misbehave =>
  async (connection) => {
    for (const send of sends) await connection.send(send);
    await connection.closed;
  };

const saysAndEnds =
  (...sends: readonly string[]): Misbehave =>
  async (connection) => {
    for (const send of sends) await connection.send(send);
    connection.end();
  };

interface Way {
  /** Default: never answers. */
  readonly server?: Misbehave;
  readonly options?: string;
  readonly request?: string;
  readonly run?: (
    server: HostileServer,
  ) => Partial<LoadWorkerOptions> | Promise<Partial<LoadWorkerOptions>>;
  /** In the message of the record. */
  readonly message: RegExp;
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const deadlines = (what: string): string => `deadlines: { ${what}: 150 }`;
const secure = ({ origin }: HostileServer) => ({ origin: origin.replace("http:", "https:") });

const ALL_REASONING = {
  choices: [{ index: 0, delta: {}, finish_reason: "length" }],
  usage: { completion_tokens: 16, completion_tokens_details: { reasoning_tokens: 16 } },
};

/** Needs a machine that has run out of something: test/live/own-limits.test.ts. */
const OWN = "client_resources";
type Made = Exclude<FailureKind, typeof OWN>;

/** One way for each kind; a kind without one does not compile. */
const ways: Readonly<Record<Made, Way>> = {
  connect_refused: {
    run: async () => ({ origin: `http://127.0.0.1:${await closedPort()}` }),
    message: /ECONNREFUSED/,
  },
  connect_reset: { server: (connection) => connection.reset(), message: /./ },
  // A label that is too long is refused without asking anybody.
  connect_dns: {
    run: () => ({ origin: `http://${"n".repeat(64)}.invalid` }),
    message: /ENOTFOUND|EAI_AGAIN/,
  },
  connect_tls: { server: saysAndEnds(refusal(400)), run: secure, message: /TLS/ },
  connect_proxy: {
    server: saysAndEnds("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
    run: ({ origin }) => {
      const { hostname, port } = new URL(origin);
      return { connection: { proxy: { host: hostname, port: Number(port) } } };
    },
    message: /proxy.*403/,
  },
  http_status: { server: says(refusal(404)), message: /^HTTP 404: no$/ },
  overloaded: {
    server: says(refusal(503, { message: "Loading model" })),
    message: /Loading model/,
  },
  context_overflow: {
    server: says(refusal(400, { type: "exceed_context_size_error", message: "too long" })),
    message: /too long/,
  },
  auth: { server: says(refusal(401, { message: "Invalid API Key" })), message: /Invalid API Key/ },
  // It listens, and never shakes hands.
  timeout_connect: { run: secure, options: deadlines("connect"), message: /150 ms/ },
  timeout_headers: { options: deadlines("headers"), message: /no headers within 150 ms/ },
  timeout_first_content: {
    server: says(STREAM_HEAD),
    options: deadlines("firstContent"),
    message: /no content within 150 ms/,
  },
  stall: {
    server: says(STREAM_HEAD + delta("a")),
    options: deadlines("nextContent"),
    message: /no further content within 150 ms/,
  },
  timeout_total: { options: deadlines("total"), message: /not finished within 150 ms/ },
  truncated: {
    server: saysAndEnds(STREAM_HEAD + delta("a") + LAST_CHUNK),
    message: /ended before/,
  },
  server_error: {
    server: says(STREAM_HEAD + delta("a") + httpChunk('data: {"error":{"message":"boom"}}\n\n')),
    options: deadlines("total"),
    message: /boom/,
  },
  protocol_error: { server: saysAndEnds("SSH-2.0-OpenSSH_9.6\r\n"), message: /./ },
  empty: { server: says(STREAM_HEAD + FINISH), message: /no content/ },
  no_answer: {
    server: says(STREAM_HEAD + httpChunk(`data: ${JSON.stringify(ALL_REASONING)}\n\n`) + FINISH),
    message: /all 16 tokens of the limit went into reasoning/,
  },
  interrupted: {
    server: says(STREAM_HEAD + delta("a")),
    run: (server) => ({ until: requested(server) }),
    message: /end of the run/,
  },
  abandoned: {
    server: says(STREAM_HEAD + delta("a")),
    request: 'giveUpAfter: "150ms"',
    message: /^given up after \d+ ms, as the scenario asks$/,
  },
};

async function requested(server: HostileServer): Promise<void> {
  while (server.requests === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function happen({ server = says(), options = "", request = "", run }: Way) {
  const hostile = await hostileServer(server);
  servers.push(hostile);
  return runLoadWorker({
    origin: hostile.origin,
    ...(await run?.(hostile)),
    scenario: `
      export const options = { scenarios: { main: {
        executor: "shared-iterations", iterations: 1, phase: "main" } }, ${options} };
      export default ({ llm }) => llm(chat({ prompt: "hi", ${request} }));`,
  });
}

describe("a request that failed", () => {
  it.each(failureKinds.filter((kind) => kind !== OWN))(
    "as %s is recorded, counted and shown as that",
    async (kind) => {
      const { requests, judged } = await happen(ways[kind]);
      expect(requests.map(({ outcome }) => outcome)).toMatchObject([{ ok: false, failure: kind }]);
      const [{ outcome }] = requests as [(typeof requests)[number]];
      const message = outcome.ok ? "" : outcome.message;
      expect(message).toMatch(ways[kind].message);
      const { summary, series } = judged;
      // What the end of the run cut off is neither a success nor a failure.
      const failed = kind === "interrupted" ? 0 : 1;
      expect(summary.census.requests).toMatchObject({ total: 1, failed, censored: 1 - failed });
      expect(summary.metrics.request_failed).toEqual(
        failed === 1 ? expect.objectContaining({ rate: 1 }) : undefined,
      );
      expect(summary.failures.kinds.map((one) => one.kind)).toEqual(failed === 1 ? [kind] : []);
      const shown = JSON.stringify(failuresSection({ summary, series }));
      expect(shown).toContain(kind);
      expect(shown).toContain(JSON.stringify(message).slice(1, -1));
    },
  );
});

it("an example of every kind is shown, however many there are of those before", async () => {
  const statuses = [...Array<number>(10).fill(429), ...Array<number>(10).fill(401), 404];
  let n = 0;
  const server = await hostileServer((connection) =>
    says(refusal(statuses[n++]!, { message: "no" }))(connection),
  );
  servers.push(server);
  const { judged } = await runLoadWorker({
    origin: server.origin,
    scenario: `
      export const options = { scenarios: { main: {
        executor: "shared-iterations", iterations: 21, phase: "main" } } };
      export default ({ llm }) => llm(chat({ prompt: "hi" }));`,
  });
  const { summary, series } = judged;
  const examples = failuresSection({ summary, series }).blocks.find(
    (block) => "title" in block && block.title === "Examples",
  );
  expect(JSON.stringify(examples)).toContain("HTTP 404");
});
