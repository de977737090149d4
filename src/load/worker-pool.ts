/**
 * The load workers of a run, seen from the main thread. They generate all load; records come back
 * in batches, and nothing of what is done with them touches a thread that times tokens.
 */
import { Worker } from "node:worker_threads";
import type { RunLine } from "../core/records.ts";
import { formatMillis } from "../core/units.ts";
import type { Plan } from "../scenario/plan.ts";
import { placeOfExport, scriptError } from "../scenario/script-file.ts";
import type { FromWorker, ToWorker, WorkerTask } from "./messages.ts";
import { startPacing, type Pacing } from "./pacing/pacing.ts";
import { watchSilence, type SilenceWatch } from "./silence.ts";

export interface WorkerPoolOptions {
  readonly task: Omit<WorkerTask, "shard" | "counters" | "pacing">;
  readonly workers: number;
  /** Node flags that let a thread run our entry file (a loader when run from source). */
  readonly execArgv: readonly string[];
  readonly onLines: (lines: readonly RunLine[]) => void;
  /** Takes what the script writes to its stdout and stderr. */
  readonly print: (text: string) => void;
}

export interface VuCounts {
  readonly active: number;
  readonly allocated: number;
}

/** Why a worker pool stopped early. `script`: the user's file threw. `bug`: we did. */
export interface WorkerPoolFailure {
  readonly blame: "script" | "bug";
  readonly message: string;
  readonly stack?: string;
}

/** How long a worker may take to load the script, ms. */
const LOAD_TIMEOUT = 60_000;

export class WorkerPool {
  readonly #plan: Plan;
  readonly #workers: readonly Worker[];
  readonly #pacing: Pacing;
  readonly #vus: VuCounts[];
  readonly #onLines: (lines: readonly RunLine[]) => void;
  /** What is waited for, and from which workers it has not come yet. */
  readonly #waiting = new Map<FromWorker["type"], { left: Set<number>; go: () => void }>();
  /** Workers whose thread has ended. */
  readonly #gone = new Set<number>();
  #silence: SilenceWatch | undefined;
  #dismissed = false;
  #failure: WorkerPoolFailure | undefined;
  #setupData: unknown;

  constructor({ task, workers, execArgv, onLines, print }: WorkerPoolOptions) {
    this.#onLines = onLines;
    this.#plan = task.plan;
    const counters = new SharedArrayBuffer(
      Math.max(1, task.plan.scenarios.length) * Int32Array.BYTES_PER_ELEMENT,
    );
    const suffix = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const entry = new URL(`./worker-entry.${suffix}`, import.meta.url);
    this.#vus = Array.from({ length: workers }, () => ({ active: 0, allocated: 0 }));
    this.#pacing = startPacing(task.origin, workers, execArgv);
    const pacing = this.#pacing.mailbox;
    this.#workers = Array.from({ length: workers }, (_, index) => {
      const workerData: WorkerTask = { ...task, shard: { index, of: workers }, counters, pacing };
      const streams = { stdout: true, stderr: true };
      const worker = new Worker(entry, { workerData, execArgv: [...execArgv], ...streams });
      for (const stream of [worker.stdout, worker.stderr])
        stream.setEncoding("utf8").on("data", print);
      worker.on("message", (message: FromWorker) => {
        this.#take(index, message);
      });
      worker.on("error", (error) => {
        this.#takeError(error);
      });
      worker.on("exit", () => {
        this.#left(index);
      });
      return worker;
    });
  }

  /** Set when the script or we ourselves are at fault; the worker pool then stops by itself. */
  failure(): WorkerPoolFailure | undefined {
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
    const { file } = this.#plan;
    return this.#within(LOAD_TIMEOUT, this.#all("ready"), `${file}: did not finish loading`);
  }

  /** Runs the script's `setup` once, in the first worker; resolves with what it returned. */
  async setup(): Promise<unknown> {
    await this.#part("setup", { type: "setup" });
    return this.#setupData;
  }

  /** Starts the traffic at this moment of the clock; resolves when every worker is done. */
  async run(at: number, data: unknown): Promise<void> {
    const done = this.#all("done");
    const silence = watchSilence(this.#workers.length, (worker, seconds) => {
      this.#endStuck(worker, seconds);
    });
    this.#silence = silence;
    for (const worker of this.#workers) this.#tell(worker, { type: "start", at, data });
    await done;
    silence.end();
  }

  /** Admits nothing more and interrupts what runs. `run` resolves soon after. */
  stop(): void {
    this.#silence?.hurry();
    for (const worker of this.#workers) this.#tell(worker, { type: "stop" });
  }

  teardown(data: unknown): Promise<void> {
    return this.#part("teardown", { type: "teardown", data });
  }

  async dismiss(): Promise<void> {
    this.#dismissed = true;
    this.#silence?.end();
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    await this.#pacing.stop();
  }

  /** One part of the script, in the first worker, for no longer than its timeout. */
  async #part(part: "setup" | "teardown", message: ToWorker): Promise<void> {
    const done = this.#all(`${part}-done`, [0]);
    this.#tell(this.#workers[0], message);
    const place = placeOfExport(this.#plan.file, part);
    await this.#within(this.#plan.timeouts[part], done, `${place}: ${part}() did not end`, part);
  }

  /** Waits, but after `ms` the script is to blame and nobody waits any longer. */
  async #within(ms: number, done: Promise<void>, blame: string, part?: string): Promise<void> {
    const option = part === undefined ? "" : ` (options.${part}Timeout)`;
    const late = setTimeout(() => {
      const message = `${blame} within ${formatMillis(ms)}${option}`;
      this.#fail({ blame: "script", message });
    }, ms);
    await done;
    clearTimeout(late);
  }

  #tell(worker: Worker | undefined, message: ToWorker): void {
    worker?.postMessage(message);
  }

  /** Resolves when the message has come from all these workers, or when the worker pool has failed. */
  #all(type: FromWorker["type"], workers: Iterable<number> = this.#workers.keys()): Promise<void> {
    if (this.#failure !== undefined && type !== "done") return Promise.resolve();
    const left = new Set([...workers].filter((index) => !this.#gone.has(index)));
    if (left.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(type, { left, go: resolve });
    });
  }

  #take(index: number, message: FromWorker): void {
    this.#silence?.heard(index);
    if (message.type === "lines") this.#onLines(message.lines);
    else if (message.type === "vus") {
      this.#vus[index] = { active: message.active, allocated: message.allocated };
    } else if (message.type === "script-error") {
      this.#fail({ blame: "script", message: message.message });
    } else if (message.type === "bug") {
      this.#fail({ blame: "bug", message: message.message, stack: message.stack });
    } else {
      if (message.type === "setup-done") this.#setupData = message.data;
      this.#arrived(message.type, index);
    }
  }

  #arrived(type: FromWorker["type"], index: number): void {
    const waiting = this.#waiting.get(type);
    if (waiting?.left.delete(index) !== true || waiting.left.size > 0) return;
    this.#waiting.delete(type);
    waiting.go();
  }

  /** What nobody caught in a worker; its thread ends with it. */
  #takeError(error: Error): void {
    const { file } = this.#plan;
    const stack = error.stack ?? "";
    if (stack.includes(file)) {
      this.#fail({ blame: "script", message: scriptError(file, error).message });
    } else this.#fail({ blame: "bug", message: error.message, stack });
  }

  /** A worker's thread has ended; nothing more will come from it. */
  #left(index: number): void {
    this.#gone.add(index);
    if (!this.#dismissed) {
      const message = `${this.#plan.file}: ended the thread it runs in (process.exit?)`;
      this.#fail({ blame: "script", message });
    }
    for (const type of [...this.#waiting.keys()]) this.#arrived(type, index);
  }

  /** A script that never awaits cannot be stopped from inside its thread. */
  #endStuck(index: number, seconds: number): void {
    const { file, scenarios } = this.#plan;
    const functions = [...new Set(scenarios.map(({ exec }) => exec))];
    const place = functions.length === 1 ? placeOfExport(file, functions[0]) : file;
    this.#fail({
      blame: "script",
      message: `${place}: the script has held its thread for ${seconds} s without awaiting anything (an endless loop?); the thread was ended`,
    });
    void this.#workers[index]?.terminate();
  }

  /** Nobody waits for ever: a script's failure stops the traffic, a bug ends the waiting too. */
  #fail(failure: WorkerPoolFailure): void {
    this.#failure ??= failure;
    this.stop();
    for (const [type, { go }] of this.#waiting) {
      if (type === "done" && failure.blame === "script") continue; // the workers still wind up
      this.#waiting.delete(type);
      go();
    }
  }
}
