/** The package as published: without its optional parts it is a working remote-only client. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { PROGRAM } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

function client(...args: readonly string[]): { code: number; output: string } {
  const program = join(folder, "node_modules", ".bin", "plimsoll");
  try {
    const options = { cwd: folder, encoding: "utf8", stdio: "pipe" } as const;
    return { code: 0, output: execFileSync(program, [...args], options) };
  } catch (thrown) {
    const { status, stdout, stderr } = thrown as { status: number; stdout: string; stderr: string };
    return { code: status, output: stdout + stderr };
  }
}

beforeAll(() => {
  folder = scratchFolder("package");
  writeFileSync(join(folder, "package.json"), '{ "name": "user", "private": true }\n');
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], {
    cwd: ROOT,
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  execFileSync("npm", ["install", "--silent", "--omit=optional", join(folder, tarball)], {
    cwd: folder,
  });
});

describe("the package installed with --omit=optional", () => {
  it("brings no native parts", () => {
    for (const name of ["node-llama-cpp", "koffi"]) {
      expect(existsSync(join(folder, "node_modules", name))).toBe(false);
    }
  });

  it("says what to install for the embedded server", () => {
    const { code, output } = client("run", "smoke", "--validity", "host_steal=off");
    expect(code).toBe(2);
    expect(output).toMatch(/npm install node-llama-cpp/);
  });

  it("measures a server by its URL, with a scenario that imports plimsoll", async () => {
    writeFileSync(
      join(folder, "mine.ts"),
      `import { chat, type Scenario } from "plimsoll";
export const options: Scenario["options"] = { vus: 2, iterations: 6 };
export default (async ({ llm, check }) => {
  check(await llm(chat({ prompt: "hello", maxTokens: 4, ignoreEos: true })), { ok: (r) => r.ok });
}) satisfies Scenario["default"];
`,
    );
    const server = spawn(process.execPath, [PROGRAM, "serve"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      const [printed] = (await once(server.stdout, "data")) as [Buffer];
      const { code, output } = client("run", "mine.ts", "--target", printed.toString().trim());
      expect(code, output).toBe(0);
      expect(output).toMatch(/Requests +6, none failed/);
    } finally {
      server.kill("SIGINT");
      await once(server, "exit");
    }
  });
});
