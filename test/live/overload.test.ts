/** `run peak2x` and `run spike` against servers that carry the doubled peak, and that do not. */
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OWN_GATES } from "../support/runs/own-gates.ts";
import type { Summary } from "../../src/judge/summary.ts";
import { plimsoll } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";

/** What a server does with a request, by how many came within the last second. */
type Law = (
  recent: number,
) => { readonly wait: number } | { readonly cut: true } | { status: number };

const CONTENT = 'data: {"choices":[{"index":0,"delta":{"content":"word"}}]}\n\n';
const END =
  'data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}],"usage":{"prompt_tokens":64,"completion_tokens":32}}\n\ndata: [DONE]\n\n';

let folder: string;
let stop: () => Promise<void>;

beforeEach(() => {
  folder = scratchFolder("overload");
});

afterEach(async () => {
  await stop();
});

async function serve(law: Law): Promise<string> {
  const came: number[] = [];
  const server = createServer((request, response) => {
    request.resume();
    if (request.method !== "POST") {
      response.writeHead(404).end();
      return;
    }
    const now = performance.now();
    came.push(now);
    answer(response, law(came.filter((at) => at > now - 1000).length));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stop = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => {
        resolve();
      });
    });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer(response: ServerResponse, fate: ReturnType<Law>): void {
  if ("status" in fate) {
    response.writeHead(fate.status).end("{}");
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", connection: "close" });
  response.write(CONTENT);
  if ("cut" in fate) setTimeout(() => response.destroy(), 20);
  else setTimeout(() => response.end(END), fate.wait);
}

async function run(scenario: string, origin: string, more: readonly string[] = []) {
  const args = ["run", scenario, "--target", origin, "--api", "chat", "--peak", "20"];
  const gates = OWN_GATES.flatMap((gate) => ["--validity", `${gate}=off`]);
  const rest = ["--duration", "15s", "--out", "out", "--no-telemetry", "--no-color", "--quiet"];
  const { code, stdout, stderr } = await plimsoll([...args, ...gates, ...rest, ...more], {
    cwd: folder,
  });
  const [id = ""] = readdirSync(join(folder, "out")).filter((name) => /^\d/.test(name));
  const read = (file: string): string => readFileSync(join(folder, "out", id, file), "utf8");
  const summary = JSON.parse(read("summary.json")) as Summary;
  return { code, stderr, text: stdout.replaceAll(/\s+/g, " "), summary, html: read("report.html") };
}

describe("a doubled peak", () => {
  it("is passed by a server that carries it, with the phases side by side", async () => {
    const { code, text, stderr, summary, html } = await run(
      "peak2x",
      await serve((recent) => ({ wait: 50 + recent })),
    );
    expect(code, stderr + text).toBe(0);
    expect(summary.recovery).toMatchObject({ phase: "peak2x", ms: 0 });
    expect(text).toContain("of the accepted none was lost");
    expect(text).toContain("Recovery: at once after peak2x");
    expect(html).toContain("Overload and recovery");
  });

  it("is failed by a server that loses what it accepted, for that reason", async () => {
    // It comes at 20/s, then at 40/s.
    const { code, text, summary } = await run(
      "peak2x",
      await serve((recent) => (recent > 34 ? { cut: true } : { wait: 60 })),
      ["-e", "ERROR_BUDGET=1", "-e", "SLA=0"],
    );
    expect(code, text).toBe(1);
    expect(summary.verdict.reasons.join("\n")).toMatch(/^request_lost: rate==0 is not met: /);
    expect(text).toMatch(/of \d+ accepted \d+ were lost/);
  });

  it("is failed by a server that never recovers, and says how long it was waited for", async () => {
    let stuck = false;
    const { code, text, summary } = await run(
      "peak2x",
      await serve((recent) => {
        stuck ||= recent > 34;
        return stuck ? { status: 503 } : { wait: 100 };
      }),
      ["-e", "ERROR_BUDGET=1", "-e", "SLA=0"],
    );
    expect(code, text).toBe(1);
    expect(summary.recovery).not.toHaveProperty("ms");
    expect(summary.verdict.reasons.join("\n")).toContain(
      "recovery_time: value<=10000 is not met: the p95 of the waiting was not back within 2.00 s",
    );
  });

  it("may be shed within the error budget, and not beyond it", async () => {
    const law: Law = (recent) => (recent > 40 ? { status: 429 } : { wait: 100 });
    const within = await run("spike", await serve(law), [
      ...["-e", "ERROR_BUDGET=0.9", "-e", "SLA=0.1"],
    ]);
    expect(within.code, within.text).toBe(0);
    const failed = within.summary.phases.find(({ name }) => name === "spike")?.failures;
    expect(failed?.[0]?.kind).toBe("overloaded");
    await stop();
    rmSync(join(folder, "out"), { recursive: true });
    const beyond = await run("spike", await serve(law), ["-e", "ERROR_BUDGET=0.01"]);
    expect(beyond.code).toBe(1);
    expect(beyond.summary.verdict.reasons.join("\n")).toContain("request_failed{phase:spike}");
  });
});
