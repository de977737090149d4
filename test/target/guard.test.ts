import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTarget } from "../../src/target/start-target.ts";
import { isRunning, scriptedSpec, testWorld } from "../support/target-world.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plimsoll-guard-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Owner {
  readonly serverPid: number;
  kill(signal: NodeJS.Signals): void;
}

/** Another process that owns a server, as Plimsoll does. */
async function startOwner(script: string, ...more: readonly string[]): Promise<Owner> {
  const program = join(import.meta.dirname, "../fixtures/target/own-a-server.ts");
  const log = join(folder, "server.log");
  const owner = spawn(process.execPath, ["--import", "tsx", program, script, log, ...more], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line = ""] = await Promise.race(
    ["line", "close"].map(
      (event) =>
        new Promise<string[]>((resolve) => {
          createInterface({ input: owner.stdout }).once(event, (text?: string) => {
            resolve([text ?? ""]);
          });
        }),
    ),
  );
  return { serverPid: Number(line), kill: (signal) => owner.kill(signal) };
}

async function untilGone(pid: number): Promise<void> {
  await vi.waitFor(
    () => {
      expect(isRunning(pid)).toBe(false);
    },
    { timeout: 20_000, interval: 50 },
  );
}

describe("a server whose owner ends", () => {
  it.each(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const)(
    "ends with it on %s",
    async (signal) => {
      const owner = await startOwner("ready");
      expect(isRunning(owner.serverPid)).toBe(true);
      owner.kill(signal);
      await untilGone(owner.serverPid);
    },
  );

  it("ends with it on an exception", async () => {
    const owner = await startOwner("ready", "--throw");
    expect(owner.serverPid).toBeGreaterThan(0);
    await untilGone(owner.serverPid);
  });

  it("ends with it even when it ignores SIGTERM", async () => {
    const owner = await startOwner("stubborn");
    owner.kill("SIGKILL");
    await untilGone(owner.serverPid);
  });
});

describe("a guard that is killed itself", () => {
  it("takes its server with it, and the owner is told", async () => {
    const target = await startTarget(scriptedSpec("stubborn"), testWorld(join(folder, "g.log")));
    const serverPid = target.identity.pid!;
    process.kill(parentOf(serverPid), "SIGKILL");
    expect(await target.exited).toMatchObject({ signal: "SIGKILL", expected: false });
    await untilGone(serverPid);
    await target.stop();
  });
});

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}
