/** NVML through a process of its own (nvml-entry.ts): what hangs or crashes there costs its readings. */
import { fork, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../../core/clock.ts";
import type {
  Found,
  Probe,
  ProbeContext,
  Reading,
  Source,
  SourceFacts,
  Tier,
} from "../../source.ts";
import {
  MONOTONIC,
  NVML_COST,
  type NvmlReply,
  type NvmlRequest,
  type NvmlTask,
} from "./nvml-messages.ts";
import { endedHow } from "../run-once.ts";

const KIND = "nvml";

/** A driver that wakes its devices first takes seconds, ms. */
const PATIENCE = 8000;

/** @param execArgv Node flags that let the entry file run: a loader when run from source */
export function nvmlProcessProbe(execArgv?: readonly string[]): Probe {
  return async (context) => {
    if (!mayHaveDriver(context)) {
      const reason = "no NVIDIA driver is loaded (there is no /dev/nvidiactl)";
      const advice = "install or load the driver; in a container: --gpus all";
      return { unavailable: { kind: KIND, reason, advice } };
    }
    const process = new NvmlProcess(context, execArgv);
    const found = await process.found();
    if ("unavailable" in found) process.close();
    return found;
  };
}

/** Starting a process to find nothing would be waste. The last one is WSL's. */
function mayHaveDriver({ env, root, platform }: ProbeContext): boolean {
  if ((env["NVML_LIB"] ?? "") !== "" || platform !== "linux") return true;
  return ["dev/nvidiactl", "dev/nvidia0", "dev/dxg"].some((path) => existsSync(join(root, path)));
}

interface Waiting {
  readonly resolve: (readings: readonly Reading[]) => void;
  readonly reject: (error: Error) => void;
}

class NvmlProcess {
  readonly #context: ProbeContext;
  readonly #child: ChildProcess;
  /** The machine's monotonic time minus that of the run's clock, ms. */
  readonly #offset: number;
  readonly #waiting = new Map<number, Waiting>();
  #facts: readonly SourceFacts[] = [];
  #asked = 0;
  #ended: string | undefined;
  #decide: (found: Found) => void = () => undefined;

  constructor(context: ProbeContext, execArgv: readonly string[] | undefined) {
    const { root, serverPid, env, clock } = context;
    const suffix = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const entry = fileURLToPath(new URL(`./nvml-entry.${suffix}`, import.meta.url));
    const task: NvmlTask = { root, ...(serverPid !== undefined && { serverPid }) };
    this.#context = context;
    this.#offset = systemClock(MONOTONIC).now() - clock.now();
    this.#child = fork(entry, [JSON.stringify(task)], {
      env,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      ...(execArgv && { execArgv: [...execArgv] }),
    });
    this.#child.on("message", (reply: NvmlReply) => {
      this.#take(reply);
    });
    this.#child.on("error", (error) => {
      this.#end(error.message);
    });
    this.#child.on("exit", (code, signal) => {
      this.#end(endedHow(code, signal));
    });
  }

  /** What the driver says at first, or that it does not. */
  async found(): Promise<Found> {
    const { clock } = this.#context;
    const over = new AbortController();
    const said = new Promise<Found>((resolve) => {
      this.#decide = resolve;
    });
    const late = clock.sleepUntil(clock.now() + PATIENCE, over.signal).then((): Found => {
      const reason = `the driver did not answer within ${PATIENCE / 1e3} s`;
      return { unavailable: { kind: KIND, reason } };
    });
    const found = await Promise.race([said, late]);
    over.abort();
    return found;
  }

  close(): void {
    this.#end("closed");
    this.#child.removeAllListeners();
    this.#child.on("error", () => undefined);
    this.#child.kill("SIGKILL"); // it may be where no other signal reaches it
    if (this.#child.connected) this.#child.disconnect();
    this.#child.unref();
  }

  #source(fingerprint: Readonly<Record<string, string | number | boolean>>): Source {
    const cost = { source: NVML_COST, kind: "process", gives: ["proc_cpu"], missing: {} };
    const facts = (): readonly SourceFacts[] => [...this.#facts, cost];
    return {
      kind: KIND,
      tiers: ["fast", "medium"],
      fingerprint,
      get facts() {
        return facts();
      },
      read: (tier) => this.#read(tier),
      close: () => {
        this.close();
      },
    };
  }

  #read(tier: Tier): Promise<readonly Reading[]> {
    if (this.#ended !== undefined) return Promise.reject(new Error(this.#ended));
    const id = (this.#asked += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const request: NvmlRequest = { id, tier };
      this.#child.send(request, (error) => {
        if (error === null) return;
        this.#waiting.delete(id);
        reject(error);
      });
    });
  }

  #take(reply: NvmlReply): void {
    switch (reply.type) {
      case "found":
        this.#facts = reply.facts;
        this.#decide({ source: this.#source(reply.fingerprint) });
        return;
      case "unavailable":
        this.#decide(reply);
        return;
      case "error":
        this.#waiting.get(reply.id)?.reject(new Error(reply.message));
        break;
      case "readings":
        this.#facts = reply.facts ?? this.#facts;
        this.#waiting
          .get(reply.id)
          ?.resolve(reply.readings.map((one) => ({ ...one, at: one.at - this.#offset })));
    }
    this.#waiting.delete(reply.id);
  }

  #end(how: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = `nvml: the process that calls the driver ${how}`;
    this.#decide({ unavailable: { kind: KIND, reason: this.#ended } });
    for (const { reject } of this.#waiting.values()) reject(new Error(this.#ended));
    this.#waiting.clear();
  }
}
