/** What executors stand on: the clock, the shard, and the one who runs and records iterations. */
import type { Clock } from "../../core/clock.ts";
import type { IterationRecord } from "../../core/records.ts";

/** Shard `index` of `of` shards (threads or machines) of one run. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** An iteration that is to begin now. */
export interface IterationStart {
  /** Iteration number k: the work is a function of (seed, k). */
  readonly iteration: number;
  /** Id of the virtual user, from 1; it runs one iteration at a time. */
  readonly vu: number;
  readonly phase: string;
  /** When the schedule wanted it, ms on the clock; absent in a closed loop. */
  readonly scheduled?: number;
}

export interface IterationEnd extends Pick<IterationRecord, "checks" | "error"> {
  readonly outcome: Exclude<IterationRecord["outcome"], "dropped">;
}

/** Virtual users now; several scenarios may count into one gauge. */
export interface VuGauge {
  /** Running an iteration. */
  active: number;
  allocated: number;
}

export interface ExecutorContext {
  readonly clock: Clock;
  /** Start of the traffic, ms on the clock; the scenario's startTime counts from it. */
  readonly start: number;
  readonly shard: Shard;
  /** Id of the scenario's first virtual user: 1 + the VUs (`vusOf`) of the scenarios before it. */
  readonly firstVu: number;
  /** Aborted: admit nothing more, and interrupt what runs. */
  readonly signal: AbortSignal;
  readonly vus: VuGauge;
  /**
   * Next number of `shared-iterations`, one element, shared by all threads of a machine. Without
   * it each shard takes its fixed part of the iterations.
   */
  readonly counter?: Int32Array;
  /**
   * Runs one iteration. When the signal is aborted it must settle soon, as `interrupted`. A throwing
   * script is the outcome `failed`; a rejection is a bug, stops the scenario and rejects it.
   */
  run(start: IterationStart, signal: AbortSignal): Promise<IterationEnd>;
  /** Every iteration of this shard, once: when it has ended, or when it is dropped. */
  record(line: IterationRecord): void;
  warn(code: string, message: string): void;
}
