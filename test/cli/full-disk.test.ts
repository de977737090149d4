/**
 * A disk that is full: while measuring it is trouble of its own (74), and what was measured is kept;
 * while judging it costs the files that do not fit, and never the verdict. A limit on the size of a
 * file stands for the disk, where mounting a small one is not allowed.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunLine } from "../../src/core/records.ts";
import { chatServer, type ChatServer } from "../support/servers/chat-server.ts";
import { PROGRAM, type Finished } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";

const folder = scratchFolder("full");
let server: ChatServer;
beforeAll(async () => {
  server = await chatServer(() => ({ pieces: ["a ", "b ", "c "] }));
});
afterAll(() => server.close());

/** @param limit an impossible one fails the run */
function scenario(name: string, traffic: string, limit = 60_000): string {
  const file = join(folder, `${name}.js`);
  writeFileSync(
    file,
    `import { chat } from "plimsoll";
export const options = {
  scenarios: { main: ${traffic} },
  thresholds: { ttft: ["p(95)<${limit}"] },
};
export default async ({ llm, sleep }) => {
  await llm(chat({ messages: [{ role: "user", content: "hi" }], maxTokens: 4 }));
};\n`,
  );
  return file;
}

/** Files may grow to so many KiB; writes beyond it fail, as on a full disk. */
function run(kib: number, args: readonly string[], stdout = "/dev/null"): Promise<Finished> {
  const words = [process.execPath, PROGRAM, ...args];
  const script = `trap '' XFSZ; ulimit -f ${kib}; exec "$@" > "$0"`;
  const child = spawn("bash", ["-c", script, stdout, ...words], { cwd: folder });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.on("close", (code) => {
      resolve({ code, stdout: stdout === "/dev/null" ? "" : readFileSync(stdout, "utf8"), stderr });
    });
  });
}

function runDirectory(out: string): string {
  return join(out, readdirSync(out)[0] ?? "");
}

function linesOf(directory: string): RunLine[] {
  const text = readFileSync(join(directory, "run.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RunLine);
}

const LONG = '{ executor: "constant-vus", vus: 4, duration: "60s" }';
const SHORT = '{ executor: "shared-iterations", vus: 2, iterations: 20 }';

function expectKept(out: string, { code, stdout, stderr }: Finished): void {
  expect(code, stderr).toBe(74);
  expect(stdout).toMatch(/COULD NOT BE WRITTEN/);
  expect(stderr).toMatch(/cannot write .*run\.jsonl: E\w+/);
  expect(stderr).not.toMatch(/bug in Plimsoll|\n\s+at /);
  const lines = linesOf(runDirectory(out));
  expect(lines.at(-1)).toMatchObject({ type: "footer", reason: "write_failed" });
  const requests = lines.filter((line) => line.type === "request").length;
  expect(requests).toBeGreaterThan(20);
}

const common = (): string[] => ["--target", server.origin, "--no-telemetry", "--quiet"];

describe("a disk that fills up", () => {
  it("while measuring ends the run with 74, with a footer, and with what was measured", async () => {
    const out = join(folder, "measuring");
    const stdout = join(folder, "measuring.txt");
    const file = scenario("measuring", LONG);
    expectKept(out, await run(64, ["run", file, ...common(), "--out", out], stdout));
  });

  it("while judging costs the report, not the verdict", async () => {
    const out = join(folder, "judging");
    const file = scenario("judging", SHORT, 0.0001);
    const stdout = join(folder, "judging.txt");
    const ended = await run(100, ["run", file, ...common(), "--out", out], stdout);
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stdout).toMatch(/FAILED/);
    expect(ended.stderr).toMatch(/cannot write .*report\.html: E\w+/);
    const names = readdirSync(runDirectory(out)).sort();
    expect(names).toEqual(
      expect.arrayContaining(["digest.json", "requests.csv", "run.jsonl", "summary.json"]),
    );
    expect(names.filter((name) => /\.(part|tmp)$|^\./.test(name))).toEqual([]);
    expect(names).not.toContain("report.html");
  });

  it("under the results of --json is said on stderr", async () => {
    const out = join(folder, "json");
    const stdout = join(folder, "out.json");
    writeFileSync(stdout, "");
    const file = scenario("json", SHORT);
    const ended = await run(16, ["run", file, ...common(), "--json", "--out", out], stdout);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toMatch(/cannot write the output: E\w+/);
  });
});

const mounted = join(folder, "mounted");
const canMount = ((): boolean => {
  try {
    mkdirSync(mounted);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", mounted], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
})();
afterAll(() => {
  if (canMount) execFileSync("umount", [mounted]);
});

describe.skipIf(!canMount)("a real disk that fills up (mounting one takes root)", () => {
  it("while measuring ends the run with 74 and keeps what fits", async () => {
    const out = join(mounted, "out");
    const stdout = join(folder, "mounted.txt");
    const file = scenario("mounted", LONG);
    const ended = await run(100_000, ["run", file, ...common(), "--out", out], stdout);
    expect(ended.stderr).toContain("ENOSPC");
    expectKept(out, ended);
    const left = readdirSync(runDirectory(out));
    expect(left.filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("before anything is measured is 74 too", async () => {
    writeFileSync(join(mounted, "fill"), "");
    try {
      writeFileSync(join(mounted, "fill"), Buffer.alloc(1 << 20));
    } catch {
      // full
    }
    const out = join(mounted, "more", "out");
    const file = scenario("before", SHORT);
    const ended = await run(100_000, ["run", file, ...common(), "--out", out]);
    expect(ended.code, ended.stderr).toBe(74);
    expect(ended.stderr).toMatch(/cannot make a run directory .*ENOSPC/);
  });
});
