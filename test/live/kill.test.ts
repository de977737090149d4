/** However Plimsoll ends, its server ends with it, and the run directory can be read. */
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { randomStream } from "../../src/core/random.ts";
import { cachedModel } from "../../src/reference-server/model/cache.ts";
import { listRuns } from "../../src/store/list-runs.ts";
import { plimsoll, PROGRAM } from "../support/program.ts";
import { liveServerMissing } from "../support/servers/live-server.ts";
import { scratchFolder } from "../support/scratch.ts";

const KILLS = 25;
const SIGNALS = ["SIGKILL", "SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"] as const;

let folder: string;
let model: string;
beforeAll(async () => {
  folder = scratchFolder("kill");
  // A path of our own, so that our servers can be told from all others by their command line.
  model = join(folder, "killed-model.gguf");
  copyFileSync(await cachedModel("synth:tiny", join(folder, "models")), model);
});

/** Processes whose command line has the text. */
function processesWith(text: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text);
    } catch {
      return false; // it has just ended
    }
  });
}

/** Starts a run, kills it at the moment, and resolves when nothing of it is left (or after 20 s). */
async function killedRun(target: string, out: string, after: number, signal: NodeJS.Signals) {
  const args = ["run", "smoke", "--target", target, "--model", model, "--out", out, "--quiet"];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    child.on("exit", () => {
      resolve();
    });
  });
  await new Promise((resolve) => setTimeout(resolve, after));
  child.kill(signal);
  await ended;
  for (let waited = 0; waited < 20_000 && processesWith(model).length > 0; waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return processesWith(model);
}

const targets = ["embedded", ...(liveServerMissing ? [] : ["llama-server"])];

describe.each(targets)("a run on %s that is killed", (target) => {
  it(
    `leaves no server and a readable run directory, ${String(KILLS)} times at random moments`,
    { timeout: 600_000 },
    async () => {
      const random = randomStream("kills", target);
      const out = join(folder, `reports-${target}`);
      for (let n = 0; n < KILLS; n += 1) {
        const signal = SIGNALS[random.integer(SIGNALS.length)] ?? "SIGKILL";
        const after = Math.round(random.next() * 4000);
        const left = await killedRun(target, out, after, signal);
        expect(left, `${signal} after ${String(after)} ms`).toEqual([]);
      }
      const runs = existsSync(out) ? await listRuns(out) : [];
      const directories = existsSync(out)
        ? readdirSync(out).filter((name) => !name.startsWith("."))
        : [];
      expect(runs.map(({ id }) => id).sort()).toEqual(directories.sort());
      expect(runs.length).toBeGreaterThan(KILLS / 3);
      for (const { directory } of runs) {
        const { code, stderr } = await plimsoll(["report", directory]);
        expect(code, stderr).toBe(0);
        expect(existsSync(join(directory, "report.html"))).toBe(true);
      }
    },
  );
});
