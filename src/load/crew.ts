/**
 * The load workers of a run, seen from the main thread. They generate all load; records come back
 * in batches, and nothing of what is done with them touches a thread that times tokens.
 */
import { Worker } from "node:worker_threads";
import type { RunLine } from "../core/records.ts";
import type { FromWorker, ToWorker, WorkerTask } from "./messages.ts";
import { startPacing, type Pacing } from "./pacing.ts";

export interface CrewOptions {
  readonly task: Omit<WorkerTask, "shard" | "counters" | "pacing">;
  readonly workers: number;
  /** Node flags that let a thread run our entry file (a loader when run from source). */
  readonly execArgv: readonly string[];
  /** Of the compiled or source entry file, `worker-entry`. */
  readonly onLines: (lines: readonly RunLine[]) => void;
}

export interface VuCounts {
  readonly active: number;
  readonly allocated: number;
}

/** Why a crew stopped early. `script`: the user's file threw. `bug`: we did. */
export interface CrewFailure {
  readonly blame: "script" | "bug";
  readonly message: string;
  readonly stack?: string;
}

export class Crew {
  readonly #workers: readonly Worker[];
  readonly #pacing: Pacing;
  readonly #vus: VuCounts[];
  readonly #onLines: (lines: readonly RunLine[]) => void;
  readonly #waiting = new Map<FromWorker["type"], { left: number; go: () => void }>();
  #failure: CrewFailure | undefined;
  #setupData: unknown;

  constructor({ task, workers, execArgv, onLines }: CrewOptions) {
    this.#onLines = onLines;
    const counters = new SharedArrayBuffer(
      Math.max(1, task.plan.scenarios.length) * Int32Array.BYTES_PER_ELEMENT,
    );
    const suffix = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const entry = new URL(`./worker-entry.${suffix}`, import.meta.url);
    this.#vus = Array.from({ length: workers }, () => ({ active: 0, allocated: 0 }));
    this.#pacing = startPacing(task.origin, workers, execArgv);
    const pacing = this.#pacing.board;
    this.#workers = Array.from({ length: workers }, (_, index) => {
      const workerData: WorkerTask = { ...task, shard: { index, of: workers }, counters, pacing };
      const worker = new Worker(entry, { workerData, execArgv: [...execArgv] });
      worker.on("message", (message: FromWorker) => {
        this.#take(index, message);
      });
      worker.on("error", (error) => {
        this.#fail({ blame: "bug", message: error.message, stack: error.stack ?? "" });
      });
      return worker;
    });
  }

  /** Set when the script or we ourselves are at fault; the crew then stops by itself. */
  failure(): CrewFailure | undefined {
    return this.#failure;
  }

  /** Virtual users over all workers, as of the last batch. */
  get vus(): VuCounts {
    return this.#vus.reduce((sum, { active, allocated }) => ({
      active: sum.active + active,
      allocated: sum.allocated + allocated,
    }));
  }

  /** All workers have loaded the script. */
  ready(): Promise<void> {
    return this.#all("ready", this.#workers.length);
  }

  /** Runs the script's `setup` once, in the first worker; resolves with what it returned. */
  async setup(): Promise<unknown> {
    const done = this.#all("setup-done", 1);
    this.#tell(this.#workers[0], { type: "setup" });
    await done;
    return this.#setupData;
  }

  /** Starts the traffic at this moment of the clock; resolves when every worker is done. */
  run(at: number, data: unknown): Promise<void> {
    const done = this.#all("done", this.#workers.length);
    for (const worker of this.#workers) this.#tell(worker, { type: "start", at, data });
    return done;
  }

  /** Admits nothing more and interrupts what runs. `run` resolves soon after. */
  stop(): void {
    for (const worker of this.#workers) this.#tell(worker, { type: "stop" });
  }

  async teardown(data: unknown): Promise<void> {
    const done = this.#all("teardown-done", 1);
    this.#tell(this.#workers[0], { type: "teardown", data });
    await done;
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    await this.#pacing.stop();
  }

  #tell(worker: Worker | undefined, message: ToWorker): void {
    worker?.postMessage(message);
  }

  /** Resolves when so many messages of the type have come, or when the crew has failed. */
  #all(type: FromWorker["type"], count: number): Promise<void> {
    if (this.#failure !== undefined && type !== "done") return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(type, { left: count, go: resolve });
    });
  }

  #take(index: number, message: FromWorker): void {
    if (message.type === "lines") this.#onLines(message.lines);
    else if (message.type === "vus") {
      this.#vus[index] = { active: message.active, allocated: message.allocated };
    } else if (message.type === "script-error") {
      this.#fail({ blame: "script", message: message.message });
    } else if (message.type === "bug") {
      this.#fail({ blame: "bug", message: message.message, stack: message.stack });
    } else {
      if (message.type === "setup-done") this.#setupData = message.data;
      this.#arrived(message.type);
    }
  }

  #arrived(type: FromWorker["type"]): void {
    const waiting = this.#waiting.get(type);
    if (waiting === undefined) return;
    waiting.left -= 1;
    if (waiting.left > 0) return;
    this.#waiting.delete(type);
    waiting.go();
  }

  /** Nobody waits for ever: a script's failure stops the traffic, a bug ends the waiting too. */
  #fail(failure: CrewFailure): void {
    this.#failure ??= failure;
    this.stop();
    for (const [type, { go }] of this.#waiting) {
      if (type === "done" && failure.blame === "script") continue; // the workers still wind up
      this.#waiting.delete(type);
      go();
    }
  }
}
