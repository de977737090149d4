/** What a scenario file does while it loads is refused with its place and code 2; all of it ends. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { planScenario } from "../../src/scenario/plan-scenario.ts";
import { chatServer, type ChatServer } from "../support/servers/chat-server.ts";
import { plimsoll } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";
import { workerLoader } from "../support/worker-loader.ts";

const HEAD = 'import { chat } from "plimsoll";\n';
const OK = `
export const options = { scenarios: { main: { executor: "shared-iterations", vus: 1, iterations: 2 } } };
export default async ({ llm }) => {
  await llm(chat({ messages: [{ role: "user", content: "hi" }], maxTokens: 4 }));
};\n`;

let server: ChatServer;
beforeAll(async () => {
  server = await chatServer(() => ({}));
  return () => server.close();
});

async function runFile(script: string, ...more: readonly string[]) {
  const cwd = scratchFolder("thread");
  const file = join(cwd, "mine.js");
  writeFileSync(file, HEAD + script + OK);
  const argv = ["run", file, "--target", server.origin, "--no-telemetry", ...more];
  return {
    file,
    ...(await plimsoll(argv, { cwd })),
    kept: () => readdirSync(join(cwd, "reports")),
  };
}

describe("a file that, while it loads,", () => {
  it.each([
    ["ends the process", "process.exit(0);", /mine\.js: ended the thread that loads it/],
    ["throws", "null.x;", /mine\.js:2:\d+: TypeError: .*null/],
    ["fails when nobody looks", 'Promise.reject(new Error("lost"));', /mine\.js:2(:\d+)?: lost/],
    ["throws what is no error", 'throw "nonsense";', /mine\.js: nonsense/],
  ])("%s is refused with its place, and code 2", async (_what, script, says) => {
    const { code, stdout, stderr } = await runFile(script);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/bug in Plimsoll|\n\s+at /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("fails when everybody has gone on fails the run that it disturbs, with its place", async () => {
    const { code, stderr } = await runFile(
      'setTimeout(() => { throw new Error("late"); }, 200); process.env.LATE = "1";',
    );
    // Depending on how fast the machine is, the thread that plans or one that measures is hit.
    expect([0, 2]).toContain(code);
    if (code === 2) expect(stderr).toMatch(/mine\.js:2(:\d+)?: late/);
  });

  it("leaves a timer and a socket open does not keep the program from ending", async () => {
    const script =
      'import net from "node:net"; setInterval(() => undefined, 1e6); net.createServer().listen(0);';
    const { code, stderr } = await runFile(script);
    expect(code, stderr).toBe(0);
  });

  it("prints something leaves stdout to the results: --json is JSON", async () => {
    const { code, stdout, stderr } = await runFile(
      'console.log("from the file"); process.stdout.write("and this\\n");',
      "--json",
    );
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schema: "plimsoll.summary/1" });
    expect(stderr).toContain("from the file\n");
    expect(stderr).toContain("and this\n");
  });
});

it.each([
  ["outside of its functions", "for (;;);\n"],
  ["in its options", "export const options = () => { for (;;); };\n"],
])("a file that loops for ever %s is given up", async (_where, script) => {
  const file = join(scratchFolder("thread"), "mine.js");
  writeFileSync(file, `${script}export default async () => {};\n`);
  const places = { library: join(import.meta.dirname, "../../src/index.ts"), builtIns: "." };
  const thread = { ...places, nodeArgs: workerLoader(), print: () => undefined, patience: 3000 };
  await expect(planScenario(file, {}, thread)).rejects.toMatchObject({
    exitCode: 2,
    message: `${file}: has not loaded within 3 s`,
  });
});
