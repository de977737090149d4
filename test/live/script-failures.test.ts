/** A script that fails, wherever it does, ends the run with its place and code 2; nothing hangs. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { originNow } from "../../src/core/clock.ts";
import type { Summary } from "../../src/judge/summary.ts";
import {
  startScripted,
  type ScriptedServer,
} from "../../src/reference-server/scripted/start-scripted.ts";
import { plimsoll } from "../support/program.ts";
import { workerLoader } from "../support/worker-loader.ts";
import { scratchFolder } from "../support/scratch.ts";

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScripted(originNow(), { node: process.execPath, args: workerLoader() });
});
afterAll(() => server.stop());

const HEAD =
  'import { chat } from "plimsoll";\nimport { workerData } from "node:worker_threads";\n';
const ASK = 'await llm(chat({ messages: [{ role: "user", content: "hi" }], maxTokens: 4 }));';
const OPTIONS = `export const options = {
  setupTimeout: "1s", teardownTimeout: "1s",
  scenarios: { main: { executor: "constant-vus", vus: 2, duration: "1s", gracefulStop: "11s" } },
};\n`;
const OK = `export default async ({ llm }) => { ${ASK} };\n`;
/** The line after HEAD and OPTIONS. */
const LINE = 7;

/** What the file does, its code from LINE on, and what the message must say. */
const scripts: readonly (readonly [string, string, RegExp])[] = [
  ["throws in setup", `export const setup = () => { null.x; };\n${OK}`, /TypeError.*null/],
  ["throws what is no error in setup", `export const setup = () => { throw "no"; };\n${OK}`, /no/],
  [
    "returns from setup what no thread can be sent",
    `export const setup = () => () => 1;\n${OK}`,
    /could not be cloned/,
  ],
  ["throws in an iteration", `export default async ({ llm }) => { ${ASK} null.x; };\n`, /null/],
  ["throws in teardown", `export const teardown = () => { null.x; };\n${OK}`, /TypeError/],
  ["throws where only a worker gets", `if (workerData.shard) null.x;\n${OK}`, /TypeError/],
  [
    "throws where nobody awaits it",
    `export default async ({ llm }) => { Promise.reject(new Error("lost")); ${ASK} };\n`,
    /lost/,
  ],
  [
    "never ends its setup",
    `export const setup = () => new Promise(() => undefined);\n${OK}`,
    /setup\(\) did not end within 1\.00 s \(options\.setupTimeout\)/,
  ],
  [
    "loops for ever in setup",
    `export function setup() { for (;;); }\n${OK}`,
    /setup\(\) did not end within 1\.00 s/,
  ],
  [
    "never ends its teardown",
    `export async function teardown() { await new Promise(() => undefined); }\n${OK}`,
    /teardown\(\) did not end within 1\.00 s/,
  ],
  [
    "never ends an iteration",
    "export default () => new Promise(() => undefined);\n",
    /never ended: it waited 10 s and more/,
  ],
  [
    "loops for ever in an iteration",
    "export default function () { for (;;); }\n",
    /held its thread for 30 s without awaiting anything/,
  ],
  [
    "ends its thread",
    `export default () => { process.exit(0); };\n`,
    /ended the thread it runs in/,
  ],
];

async function runScript(script: string) {
  const cwd = scratchFolder("script");
  const file = join(cwd, "mine.js");
  writeFileSync(file, HEAD + OPTIONS + script);
  const { code, stderr } = await plimsoll(["run", file, "--target", server.url], { cwd });
  const [id = ""] = readdirSync(join(cwd, "reports"));
  const summary = readFileSync(join(cwd, "reports", id, "summary.json"), "utf8");
  return { file, code, stderr, summary: JSON.parse(summary) as Summary };
}

describe("a script that", () => {
  it.each(scripts.map(([what, script, says]) => ({ what, script, says })))(
    "$what ends the run with 2, says where, and keeps the run",
    async ({ script, says }) => {
      const { file, code, stderr, summary } = await runScript(script);
      expect(code, stderr).toBe(2);
      expect(stderr).toMatch(says);
      const place = script.includes("process.exit") ? file : `${file}:${LINE}`;
      expect(stderr).toContain(place);
      expect(stderr).not.toMatch(/bug in Plimsoll|\n\s+at /);
      expect(summary.run.end).toBe("script_failed");
      expect(summary.verdict.exitCode).toBe(2);
    },
  );

  it("never finishes loading is refused, instead of ending the program without a word", async () => {
    const cwd = scratchFolder("script");
    const file = join(cwd, "mine.mjs");
    writeFileSync(file, `await new Promise(() => undefined);\n${OK}`);
    const { code, stderr } = await plimsoll(["run", file, "--target", server.url], { cwd });
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(`${file}: did not finish loading within 30 s`);
  });
});
