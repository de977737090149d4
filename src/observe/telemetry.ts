/**
 * The sampler's thread, seen from the main thread. Whatever becomes of it, nobody waits for it for
 * ever and nothing is thrown: telemetry does not fail a run.
 */
import { Worker } from "node:worker_threads";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { RunLine } from "../core/records.ts";
import type { SourceLine } from "../core/telemetry-lines.ts";
import type { FromSampler, SamplerTask, ToSampler } from "./sampler-messages.ts";

export interface TelemetryOptions {
  /** The program of the thread. */
  readonly entry: URL;
  readonly task: SamplerTask;
  readonly clock: Clock;
  /** Node flags that let a thread run our entry file (a loader when run from source). */
  readonly execArgv: readonly string[];
  readonly onLines: (lines: readonly RunLine[]) => void;
}

/** Nobody waits longer than this for an answer of the thread, ms. */
const PATIENCE = 15_000;

export class Telemetry {
  /** What was found, once everything was looked for; empty when the thread could not say. */
  readonly found: Promise<readonly SourceLine[]>;
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #onLines: TelemetryOptions["onLines"];
  readonly #waiting = new Map<string, () => void>();
  #sources: readonly SourceLine[] = [];
  #over = false;
  #questions = 0;

  constructor({ entry, task, clock, execArgv, onLines }: TelemetryOptions) {
    this.#clock = clock;
    this.#onLines = onLines;
    this.#worker = new Worker(entry, { workerData: task, execArgv: [...execArgv] });
    this.#worker.on("message", (message: FromSampler) => {
      this.#take(message);
    });
    this.#worker.on("error", (error) => {
      this.#lost(messageOf(error));
    });
    this.#worker.on("exit", () => {
      this.#lost("its thread has ended");
    });
    this.found = this.#answer("found").then(() => this.#sources);
  }

  /** Phase edges, ms on the clock: everything is read near them. */
  addEdges(at: readonly number[]): void {
    this.#tell({ type: "edges", at });
  }

  /** Reads everything now; resolves when the readings have been handed on. */
  readNow(): Promise<void> {
    const id = (this.#questions += 1);
    this.#tell({ type: "read", id });
    return this.#answer(`read ${id}`);
  }

  /** Reads for the last time and ends the thread. Does nothing the second time. */
  async stop(): Promise<void> {
    if (!this.#over) {
      this.#tell({ type: "stop" });
      await this.#answer("stopped");
    }
    this.#over = true;
    await this.#worker.terminate();
  }

  #tell(message: ToSampler): void {
    if (!this.#over) this.#worker.postMessage(message);
  }

  /** Resolves when the message has come, when the thread has ended, or when it takes too long. */
  #answer(name: string): Promise<void> {
    if (this.#over) return Promise.resolve();
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        this.#waiting.get(name)?.();
      }, PATIENCE);
      this.#waiting.set(name, () => {
        clearTimeout(late);
        this.#waiting.delete(name);
        resolve();
      });
    });
  }

  #take(message: FromSampler): void {
    if (this.#over) return;
    switch (message.type) {
      case "lines":
        this.#onLines(message.lines);
        break;
      case "read":
        this.#waiting.get(`read ${message.id}`)?.();
        break;
      case "found": {
        this.#sources = message.lines;
        const { fingerprint: fields } = message;
        const at = this.#clock.now();
        this.#onLines(message.lines);
        if (Object.keys(fields).length > 0) this.#onLines([{ type: "fingerprint", at, fields }]);
        this.#waiting.get("found")?.();
        break;
      }
      case "stopped":
        this.#waiting.get("stopped")?.();
    }
  }

  /** What it would have told is absent from the run, and the run says so. */
  #lost(why: string): void {
    if (this.#over) return;
    this.#over = true;
    const message = `telemetry ended before the run did: ${why}`;
    this.#onLines([{ type: "warning", at: this.#clock.now(), code: "telemetry_lost", message }]);
    for (const answer of [...this.#waiting.values()]) answer();
  }
}
