import { OWN_GATES } from "../support/runs/own-gates.ts";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { SweepDocument } from "../../src/judge/sweep/sweep.ts";
import { settingText } from "../../src/judge/sweep/grid.ts";
import { chatServer } from "../support/servers/chat-server.ts";
import { PROGRAM, plimsoll } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";

let folder: string;

beforeEach(() => {
  folder = scratchFolder("sweep");
  writeFileSync(
    join(folder, "asks.js"),
    `import { chat, profiles, prompts } from "plimsoll";
     export const options = ({ peak }) => ({
       scenarios: { main: profiles.steady({ rate: peak ?? 2, warmup: "1s", duration: "2s" }) },
       slo: { ttft: "60s" },
       thresholds: { request_failed: ["rate<0.5"] },
     });
     const question = prompts.synthetic({ promptTokens: 32, outputTokens: 4 });
     export default async ({ llm, iteration }) => { await llm(chat(question(iteration))); };`,
  );
});

function command(more: readonly string[]): readonly string[] {
  const lenient = OWN_GATES.flatMap((gate) => ["--validity", `${gate}=off`]);
  return ["sweep", "asks.js", "--out", "out", "--no-telemetry", "--no-color", ...lenient, ...more];
}

function documents(): readonly SweepDocument[] {
  return readdirSync(join(folder, "out"))
    .map((name) => join(folder, "out", name, "sweep.json"))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, "utf8")) as SweepDocument);
}

const GRID = ["--vary", "server.parallel=1,2", "--vary", "concurrency=1,3"];

describe("plimsoll sweep", () => {
  it("measures a grid on servers of its own, goes on after an interrupt, and names the best", async () => {
    const args = command(GRID);
    const first = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    first.stderr.setEncoding("utf8").on("data", (text: string) => {
      const before = told;
      told += text;
      if (!before.includes("cell 3 of 4") && told.includes("cell 3 of 4")) first.kill("SIGINT");
    });
    const code = await new Promise((resolve) => first.once("close", resolve));
    expect(code, told).toBe(130);
    const [begun] = documents();
    const done = begun!.cells.filter(({ runs }) => runs.length === 1);
    expect(done).toHaveLength(2);
    expect(begun!.outcome.end).toBe("interrupted");

    const second = await plimsoll(args, { cwd: folder });
    expect(second.code, second.stderr).toBe(0);
    expect(second.stderr).toContain(`going on with ${begun!.id}: 2 of 4 runs are done already`);
    const [whole, ...others] = documents();
    expect(others).toEqual([]);
    expect(whole!.outcome).toMatchObject({ end: "complete", exitCode: 0 });
    expect(whole!.orderSeed).toBe(begun!.orderSeed);
    for (const cell of done) expect(whole!.cells).toContainEqual(cell);

    const best = whole!.cells[whole!.outcome.best!.cell]!;
    expect(best.runs[0]?.held).toBe(true);
    expect(second.stdout).toContain(`Best: ${settingText(best.setting)}`);
    // Every cell is an ordinary run, on a server with its own flags.
    for (const { setting, runs } of whole!.cells) {
      const directory = join(folder, "out", whole!.id, "cells", runs[0]!.run);
      for (const file of ["run.jsonl", "summary.json", "report.html", "server.log"])
        expect(existsSync(join(directory, file)), file).toBe(true);
      const summary = JSON.parse(readFileSync(join(directory, "summary.json"), "utf8")) as {
        target: { slots: number };
      };
      expect(String(summary.target.slots)).toBe(setting["server.parallel"]);
    }
    const page = readFileSync(join(folder, "out", whole!.id, "sweep.html"), "utf8");
    expect(page).toContain("Heat map");
  });

  it("measures one server that is not ours at many loads, every run with prompts of its own", async () => {
    const asked = new Set<string>();
    let requests = 0;
    const server = await chatServer((text) => {
      requests += 1;
      asked.add(text);
      return {};
    });
    try {
      const args = command(["--target", server.origin, "--vary", "peak=5,20", "--repeat", "2"]);
      const { code, stdout, stderr } = await plimsoll([...args, "--format", "json"], {
        cwd: folder,
      });
      expect(code, stderr).toBe(0);
      const { restarts, cells, outcome } = JSON.parse(stdout) as SweepDocument;
      expect(restarts).toBeUndefined();
      expect(cells.map(({ runs }) => runs.length)).toEqual([2, 2]);
      expect(cells[outcome.best!.cell]?.setting).toEqual({ peak: "20" });
      expect(requests).toBeGreaterThan(100);
      // The server has no tokenizer to ask, so words are few; still no prompt comes again.
      expect(asked.size).toBeGreaterThan(0.9 * requests);
    } finally {
      await server.close();
    }
  });

  it("stops when its time is spent, and goes on where it was", async () => {
    const server = await chatServer(() => ({}));
    try {
      // A run lasts over three seconds: the first begins in time, the second would not.
      const args = command(["--target", server.origin, "--vary", "peak=5,20", "--max-time", "2s"]);
      const first = await plimsoll(args, { cwd: folder });
      expect(first.code, first.stderr).toBe(0);
      expect(first.stdout).toContain("Best so far");
      const [begun] = documents();
      expect(begun!.outcome.end).toBe("budget");
      expect(begun!.cells.flatMap(({ runs }) => runs)).toHaveLength(1);
      const second = await plimsoll(args, { cwd: folder });
      expect(second.code, second.stderr).toBe(0);
      expect(second.stderr).toContain("1 of 2 runs are done already");
      expect(documents().map(({ outcome }) => outcome.end)).toEqual(["complete"]);
    } finally {
      await server.close();
    }
  });

  it("fails when no cell holds, and ends with the target's code when the server goes away", async () => {
    const failing = await chatServer(() => ({ status: 500 }));
    const args = (origin: string) => command(["--target", origin, "--vary", "peak=5,10"]);
    const none = await plimsoll(args(failing.origin), { cwd: folder });
    expect(none.code, none.stderr).toBe(1);
    expect(none.stdout).toContain("No cell holds");
    expect(none.stdout).toContain("failures: http_status");
    await failing.close();

    let asked = 0;
    const dying = await chatServer(() => {
      asked += 1;
      if (asked === 12) void dying.close();
      return {};
    });
    const gone = await plimsoll(args(dying.origin), { cwd: folder });
    expect(gone.code, gone.stderr).toBe(6);
    expect(gone.stdout).toContain("The server can no longer be reached");
  });

  it("stops at a function that throws, with the code of a bad scenario", async () => {
    const server = await chatServer(() => ({}));
    try {
      writeFileSync(
        join(folder, "asks.js"),
        `export const options = { vus: 1, duration: "1s" };
         export const setup = () => { throw new Error("no data today"); };
         export default async () => {};`,
      );
      const args = command(["--target", server.origin, "--vary", "env.A=1,2"]);
      const { code, stderr } = await plimsoll(args, { cwd: folder });
      expect(code).toBe(2);
      expect(stderr).toContain("no data today");
      expect(stderr).not.toContain("cell 2 of 2");
    } finally {
      await server.close();
    }
  });
});
