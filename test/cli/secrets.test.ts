/**
 * What is known to be secret does not leave: not in a run directory, in what is made of it, in what is
 * sent, nor on the terminal; in none of the forms in which a server may repeat it. So many random
 * secrets are planted as PLIMSOLL_PLANTS says; a thousand where it says nothing.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { parseFlags } from "../../src/cli/flags/flags.ts";
import { concealCommand } from "../../src/cli/flags/conceal.ts";
import { keepSecretsIn, secretArgs, secretsOfUrl } from "../../src/cli/flags/secrets-in.ts";
import { REQUEST_FLAGS } from "../../src/cli/flags/request-flags.ts";
import type { RunLine } from "../../src/core/records.ts";
import { Secrets } from "../../src/core/secrets.ts";
import { reporters } from "../../src/report/reporters.ts";
import { createRun } from "../../src/store/write-run.ts";
import { runHere } from "../support/memory-world.ts";
import { plimsoll } from "../support/program.ts";
import { footer, header, iteration, marks, request } from "../support/runs/run-lines.ts";
import { scratchFolder } from "../support/scratch.ts";

const PLANTS = Number(process.env["PLIMSOLL_PLANTS"] ?? 1000);

/** As they can stand in a header. */
const secret = fc
  .string({ minLength: 8, maxLength: 40, unit: fc.constantFrom(...printable()) })
  .filter((text) => !text.includes("*"));

function printable(): string[] {
  return Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).filter(
    (char) => char !== ":",
  );
}

/** The ways in which a server may say what it was told. */
const WAYS: readonly ((secret: string) => string)[] = [
  (one) => one,
  (one) => `Incorrect API key provided: ${one}.`,
  (one) => `Bearer ${one}`,
  (one) => encodeURIComponent(one),
  (one) => encodeURIComponent(one).replace(/%../g, (code) => code.toLowerCase()),
  (one) => new URLSearchParams({ key: one }).toString(),
  (one) => JSON.stringify({ key: one }),
  (one) => Buffer.from(one).toString("base64"),
  (one) => Buffer.from(`Bearer ${one}`).toString("base64"),
  (one) => Buffer.from(`user:${one}`).toString("base64url"),
  (one) => `http://user:${encodeURIComponent(one)}@host/?key=${encodeURIComponent(one)}`,
];

/** What gives a secret away: enough of it in a row, in any of the forms. */
function tracesOf(one: string): readonly string[] {
  const core = (text: string): string => Buffer.from(text).toString("base64").slice(2, -4);
  const base64 = [one, ` ${one}`, `  ${one}`].map(core).filter((text) => text.length >= 8);
  return [one, encodeURIComponent(one), JSON.stringify(one).slice(1, -1), ...base64];
}

function expectHidden(text: string, secrets: readonly string[], where: string): void {
  for (const one of secrets)
    for (const trace of tracesOf(one))
      if (text.includes(trace)) expect.fail(`${where} has ${JSON.stringify(trace)} of ${one}`);
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe("a secret", () => {
  test("is hidden in every form, wherever it stands", () => {
    fc.assert(
      fc.property(secret, fc.nat(WAYS.length - 1), fc.string(), fc.string(), (one, way, a, b) => {
        const secrets = new Secrets();
        secrets.keep(one);
        const said = WAYS[way]?.(one) ?? "";
        expectHidden(secrets.hide(`${a} ${said} ${b}`), [one], "the text");
      }),
      { numRuns: PLANTS },
    );
  });

  test("is hidden also where a message was cut in the middle of it", () => {
    fc.assert(
      fc.property(secret, fc.integer({ min: 4, max: 39 }), (one, length) => {
        const secrets = new Secrets();
        secrets.keep(one);
        const piece = one.slice(0, Math.min(length, one.length - 1));
        expect(secrets.hide(`refused: ${piece}…`)).toBe("refused: ***…");
      }),
    );
  });

  test("behind the scheme of a header is one, and so is a password in Basic", () => {
    const secrets = new Secrets();
    secrets.keep("Bearer abcd-efgh");
    secrets.keep(`Basic ${Buffer.from("bob:opensesame").toString("base64")}`);
    expect(secrets.hide("abcd-efgh and opensesame")).toBe("*** and ***");
  });

  test("is no word of three letters, and other texts stay as they are", () => {
    const secrets = new Secrets();
    secrets.keep("yes");
    secrets.keep("");
    secrets.keep(undefined);
    expect(secrets.hide("yes, HTTP 401…")).toBe("yes, HTTP 401…");
  });
});

describe("what a command line says", () => {
  test("in a URL: user, password, and what the query calls a key", () => {
    expect(secretsOfUrl("https://bob:p%40ss@h/v1?api_key=k1&api-version=3")).toEqual([
      ...["p%40ss", "p@ss", "bob:p@ss", "k1"],
    ]);
    expect(secretsOfUrl("https://only-a-key@h")).toEqual(["only-a-key", "only-a-key"]);
    expect(secretsOfUrl("http://127.0.0.1:8080/?api-version=3")).toEqual([]);
    expect(secretsOfUrl("just text")).toEqual([]);
  });

  test("among the server's own arguments", () => {
    const args = ["--api-key", "k1", "--hf-token=k2", "--api-key-file", "f", "--parallel", "4"];
    expect(secretArgs(args)).toEqual(["k1", "k2"]);
  });
});

/** One secret in every place where a run can have one; each is repeated in all the others. */
function runWith(secrets: readonly string[], root: string): void {
  const [key = "", value = "", password = "", query = "", parameter = "", argument = ""] = secrets;
  const userinfo = encodeURIComponent(password);
  const argv = [
    ...[
      "run",
      "mine.js",
      `--target=http://bob:${userinfo}@h/?api_key=${encodeURIComponent(query)}`,
    ],
    ...["--api-key-env", "MY_KEY", "--header", `X-Any: ${value}`, `-eDB_PASSWORD=${parameter}`],
    ...["--server-arg=--hf-token", `--server-arg=${argument}`],
  ];
  const { flags } = parseFlags(argv.slice(1), REQUEST_FLAGS);
  const known = new Secrets();
  keepSecretsIn(flags.given(), { MY_KEY: key }, known);
  let n = 0;
  const said = (): string => {
    n += 1;
    const one = secrets[n % secrets.length] ?? "";
    return `words ${WAYS[n % WAYS.length]?.(one) ?? ""} words`;
  };
  const plan = { parameters: { DB_PASSWORD: parameter, OTHER: said() } };
  const command = concealCommand(argv, flags.given());
  const run = createRun(root, "steady", header(plan, { command }), known);
  const failed = (at: number, message: string): RunLine =>
    request(at, {
      outcome: { ok: false, failure: "http_status", message },
      retryAfter: said(),
      tags: { from: said() },
    });
  run.append([
    {
      ...{ type: "target", at: 1 },
      identity: { kind: "remote", url: said(), model: said(), server: said(), build: said() },
    },
    { type: "fingerprint", at: 2, fields: { serverBuild: said() } },
    { type: "warning", at: 3, code: "target_differs", message: said() },
    { type: "source", at: 4, source: "server", kind: "vllm", available: false, reason: said() },
    ...marks,
    ...Array.from({ length: 300 }, (_, i) => failed(2010 + i * 5, said())),
    ...Array.from({ length: 30 }, (_, i) => request(2020 + i * 50)),
    iteration(2010, { outcome: "failed", error: said() }),
    { type: "event", at: 3900, name: "abort", message: said() },
    { ...footer(4100), message: said() },
  ]);
  run.close();
}

describe("random secrets in every input of a run", () => {
  it(`are in none of its files and outputs (${PLANTS} plants)`, { timeout: 1e6 }, async () => {
    const formats = Object.keys(reporters).join(",");
    // The six are planted, in turn, in more than nine hundred places of a run.
    const runs = Math.ceil(PLANTS / 900);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(secret, { minLength: 6, maxLength: 6 }), async (secrets) => {
        const cwd = scratchFolder("plants");
        runWith(secrets, join(cwd, "reports"));
        for (const argv of [
          ["report", "latest", "--format", formats, "--index"],
          ["report", "latest", "--json"],
          ["baseline", "save", "main", "latest", "--allow-invalid"],
          ["baseline", "show", "main"],
          ["history", "steady", "--html", "history.html"],
        ]) {
          const { stdout, stderr } = await runHere(argv, { cwd });
          expectHidden(stdout + stderr, secrets, argv.join(" "));
        }
        const files = filesIn(cwd);
        expect(files.length).toBeGreaterThan(8);
        for (const file of files) expectHidden(readFileSync(file, "utf8"), secrets, file);
      }),
      { numRuns: runs },
    );
  });
});

describe("a server that repeats what it is told", () => {
  let server: Server;
  let port: number;
  const bodies: string[] = [];
  beforeAll(async () => {
    server = createServer((asked, response) => {
      void bodyOf(asked).then((body) => {
        if (asked.url?.includes("/metrics/job") === true) bodies.push(body);
        const told = JSON.stringify([asked.headers, asked.url]);
        const base64 = Buffer.from(asked.headers.authorization ?? "").toString("base64");
        if (asked.url?.startsWith("/v1/models") === true) {
          const id = `m-${asked.headers.authorization ?? ""}-${String(asked.headers["x-any"])}`;
          response.end(JSON.stringify({ data: [{ id, owned_by: told }] }));
          return;
        }
        response.writeHead(400, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: { message: `no: ${base64} ${told}` } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => server.close());

  it("does not get it into a file, the terminal, or what is pushed", async () => {
    const cwd = scratchFolder("echo");
    const file = join(cwd, "mine.js");
    const [key, value, password, parameter, pushed] = [
      ...["sk-Abc/12+34=zz", 'hunter2 "hunter2"', "p@ss/w0rd&more", "tok-99988877", "gate/w@y-1"],
    ] as const;
    writeFileSync(
      file,
      `import { chat } from "plimsoll";
export const options = { scenarios: { main: { executor: "shared-iterations", vus: 1, iterations: 3 } } };
export default async ({ llm, env }) => {
  const reply = await llm(chat({ messages: [{ role: "user", content: "hi" }], maxTokens: 4 }));
  console.log(JSON.stringify(reply), env.API_TOKEN);
};\n`,
    );
    const at = (user: string, word: string): string =>
      `http://${user}:${encodeURIComponent(word)}@127.0.0.1:${port}`;
    const argv = [
      ...["run", file, "--target", at("bob", password), "--api-key-env", "MY_KEY"],
      ...["--header", `X-Any: ${value}`, `-eAPI_TOKEN=${parameter}`, "--push", at("gw", pushed)],
    ];
    const { stdout, stderr } = await plimsoll(argv, { cwd, env: { MY_KEY: key } });
    const secrets = [key, value, password, parameter, pushed];
    expect(stderr).toContain("HTTP 400");
    expect(bodies.length).toBeGreaterThan(0);
    expectHidden(stdout, secrets, "stdout");
    expectHidden(stderr, secrets, "stderr");
    expectHidden(bodies.join("\n"), secrets, "what is pushed");
    for (const one of filesIn(cwd).filter((name) => name !== file))
      expectHidden(readFileSync(one, "utf8"), secrets, one);
  });
});

async function bodyOf(asked: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of asked) body += String(chunk);
  return body;
}
