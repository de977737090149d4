/**
 * A client that runs out of files or ports says so of itself, and never of the server. The limits
 * are real ones, set for the program alone.
 */
import { spawn, spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Summary } from "../../src/judge/summary.ts";
import { PROGRAM, type Finished } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";

const LINUX = process.platform === "linux";
const namespaces = LINUX && spawnSync("unshare", ["-n", "true"]).status === 0;

let server: Server;
let target: string;
let posts = 0;
beforeEach(async () => {
  posts = 0;
  // Takes every request of the traffic, and answers none of them; of itself it tells nothing.
  server = createServer((request, response) => {
    request.once("data", (body: Buffer) => {
      if (body.includes('"stream":true')) posts += 1;
      else response.writeHead(404).end();
    });
    if (request.method === "GET") response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function scenario(options: string, body: string): string {
  const file = join(scratchFolder("own-limits"), "crowd.ts");
  const ask = `export default async ({ llm }) => { ${body} };\n`;
  writeFileSync(
    file,
    `import { chat } from "plimsoll";\nexport const options = ${options};\n${ask}`,
  );
  return file;
}

/** The program under a shell's limit, or whatever else the shell does before. */
function under(setup: string, args: readonly string[], shell = "bash"): Promise<Finished> {
  const script = `${setup}; exec "$@"`;
  const words = shell === "bash" ? [] : ["-n", "bash"];
  return new Promise((resolve, reject) => {
    const child = spawn(shell, [...words, "-c", script, "sh", process.execPath, PROGRAM, ...args]);
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

const CROWD = '{ vus: 300, duration: "2s" }';
const ASK = 'await llm(chat({ prompt: "hi", maxTokens: 4 }));';
const TELEMETRY = ["--no-telemetry", "--quiet"];

describe.runIf(LINUX)("a client with too few files", () => {
  it("does not begin a run with more users than it may have connections", async () => {
    const out = scratchFolder("out");
    const args = ["run", scenario(CROWD, ASK), "--target", target, "--out", out];
    const { code, stderr } = await under("ulimit -n 230", [...args, ...TELEMETRY]);
    expect(stderr).toMatch(/cannot carry 300 users.*ulimit -n is 230/);
    expect(stderr).toContain("ulimit -n 65536");
    expect(code).toBe(5);
    expect(posts).toBe(0);
    expect(readdirSync(out)).toEqual([]);
  });

  it("says of connections that it could not open that they are its own fault", async () => {
    const out = scratchFolder("out");
    const many = `await Promise.all(Array.from({ length: 300 }, () => llm(chat({ prompt: "hi", giveUpAfter: "1s" }))));`;
    const file = scenario("{ vus: 1, iterations: 1 }", many);
    const args = ["run", file, "--target", target, "--out", out, ...TELEMETRY];
    const { code } = await under("ulimit -n 230", args);
    expect(code).toBe(5);
    const summary = summaryIn(out);
    const kinds = summary.failures.kinds.map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(["abandoned", "client_resources"]);
    expect(summary.verdict.status).toBe("invalid");
    expect(summary.verdict.reasons.join()).toMatch(/EMFILE.*ulimit -n 65536/);
  });

  it.each([40, 60, 80])(
    "of %s files ends with the command that lifts it, never as a bug",
    async (n) => {
      const args = ["run", scenario("{ vus: 1, iterations: 1 }", ASK), "--target", target];
      const { code, stderr } = await under(`ulimit -n ${n}`, [...args, ...TELEMETRY]);
      expect(stderr).toContain("ulimit -n 65536");
      expect(code).toBe(5);
    },
  );
});

describe.runIf(namespaces)("a client with 80 local ports", () => {
  it("does not begin a run of 300 users, whose connections would all go to one server", async () => {
    const args = ["run", scenario(CROWD, ASK), "--target", "embedded", ...TELEMETRY];
    const ports = `ip link set lo up; echo "40000 40079" > /proc/sys/net/ipv4/ip_local_port_range`;
    const { code, stderr } = await under(ports, args, "unshare");
    expect(stderr).toMatch(/cannot carry 300 users.*local ports are 40000 to 40079/);
    expect(stderr).toContain("sysctl -w net.ipv4.ip_local_port_range");
    expect(code).toBe(5);
  });
});

function summaryIn(out: string): Summary {
  const [run = ""] = readdirSync(out);
  return JSON.parse(readFileSync(join(out, run, "summary.json"), "utf8")) as Summary;
}
