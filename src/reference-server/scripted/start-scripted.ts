/** The scripted server from its user's side: started as a child, asked for the truth, ended. */
import { spawn } from "node:child_process";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ClockOrigin } from "../../core/clock.ts";
import type { StreamTruth } from "./play-stream.ts";
import type { StreamScript } from "./stream-script.ts";

export interface ScriptedServer {
  readonly url: string;
  /** What was really sent of all streams with an id, since the last time this was asked. */
  truth(): Promise<StreamTruth[]>;
  /** Stops the whole server for so long, ms; resolves when it begins. */
  freeze(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** How our own entry files are run: Node, and the flags it needs for them. */
export interface ScriptedLaunch {
  readonly node: string;
  readonly args: readonly string[];
  /** Of requests without a script of their own. */
  readonly defaults?: Partial<StreamScript>;
}

/**
 * Starts the server on a free port of loopback. Its times are on the clock of this origin.
 *
 * @throws Error when it does not start
 */
export async function startScripted(
  origin: ClockOrigin,
  { node, args, defaults = {} }: ScriptedLaunch,
): Promise<ScriptedServer> {
  const self = fileURLToPath(import.meta.url);
  const entry = fileURLToPath(new URL(`./scripted-entry${extname(self)}`, import.meta.url));
  const settings = [JSON.stringify(origin), "0", JSON.stringify(defaults)];
  const child = spawn(node, [...args, entry, ...settings], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => undefined);
  const exited = new Promise<void>((resolve) => {
    child.once("close", () => {
      resolve();
    });
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(new Error(`the scripted server ended with ${code ?? "a signal"} before it listened`));
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /^listening on (\S+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return {
    url,
    async truth() {
      const response = await fetch(`${url}/truth`);
      return ((await response.json()) as { streams: StreamTruth[] }).streams;
    },
    async freeze(ms) {
      await (await fetch(`${url}/freeze?ms=${ms}`, { method: "POST" })).text();
    },
    stop() {
      child.stdin.end();
      return exited;
    },
  };
}
