import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { startTarget } from "../../src/target/start-target.ts";
import { isRunning, scriptedSpec, testWorld } from "../support/target-world.ts";
import { scratchFolder } from "../support/scratch.ts";

const program = fileURLToPath(new URL("../fixtures/target/own-a-server.ts", import.meta.url));

let folder: string;

beforeAll(() => {
  folder = scratchFolder("guard");
});

interface Owner {
  readonly serverPid: number;
  kill(signal: NodeJS.Signals): void;
}

/** Another process that owns a server, as Plimsoll does. */
async function startOwner(script: string, ...more: readonly string[]): Promise<Owner> {
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
  it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)("ends with it on %s", async (signal) => {
    const owner = await startOwner("ready");
    expect(isRunning(owner.serverPid)).toBe(true);
    owner.kill(signal);
    await untilGone(owner.serverPid);
  });

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

describe("an owner that is killed while it starts a server", () => {
  it.each([400, 700, 1000])("leaves no process behind, %i ms after its start", async (delay) => {
    const log = join(folder, `starting-${delay}.log`);
    const owner = spawn(process.execPath, ["--import", "tsx", program, "silent", log]);
    await setTimeout(delay);
    owner.kill("SIGKILL");
    await vi.waitFor(
      () => {
        expect(commandLines().filter((line) => line.includes(log))).toEqual([]);
      },
      { timeout: 20_000, interval: 50 },
    );
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

/** Of everything that runs on this machine. */
function commandLines(): readonly string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      return "";
    }
  });
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}
