import type { IterationRecord } from "../../core/records.ts";
import type { ScenarioPlan } from "../../scenario/plan.ts";
import type { ExecutorContext } from "./executor-context.ts";
import { durationOf, phaseLookup } from "./phases.ts";
import type { Vu } from "./vus.ts";

/**
 * Begins the iterations of one scenario on one shard, records each one once, knows which are
 * running, and interrupts them when their time is over. What it holds grows with the iterations in
 * flight only.
 */
export class Admission {
  /** When the scenario starts, and when it stops to admit iterations; ms on the clock. */
  readonly begin: number;
  readonly end: number;
  /** Aborted when the run is, or after a bug: nothing more is admitted. */
  readonly signal: AbortSignal;
  readonly #halt = new AbortController();
  readonly #context: ExecutorContext;
  readonly #plan: ScenarioPlan;
  readonly #phaseAt: (offset: number) => string;
  readonly #running = new Set<Vu>();
  #onIdle: (() => void) | undefined;
  #bug: { readonly error: unknown } | undefined;

  constructor(plan: ScenarioPlan, context: ExecutorContext) {
    this.#plan = plan;
    this.#context = context;
    this.#phaseAt = phaseLookup(plan.executor);
    this.begin = context.start + plan.startTime;
    this.end = this.begin + durationOf(plan.executor);
    this.signal = this.#halt.signal;
    if (context.signal.aborted) this.#stop();
    else context.signal.addEventListener("abort", this.#stop);
  }

  /** Whether a closed loop may begin an iteration now. */
  get open(): boolean {
    return !this.signal.aborted && this.#context.clock.now() < this.end;
  }

  /** Runs one iteration to its end and records it. Never rejects. */
  async iterate(vu: Vu, iteration: number, scheduled?: number): Promise<void> {
    const { clock } = this.#context;
    const started = clock.now();
    const phase = this.#phaseAt((scheduled ?? started) - this.begin);
    const due = scheduled === undefined ? undefined : { scheduled };
    this.#running.add(vu);
    this.#context.vus.active += 1;
    try {
      const ended = await this.#context.run({ iteration, vu: vu.id, phase, ...due }, vu.signal);
      const times = { ...due, started, ended: clock.now() };
      this.#record({ phase, iteration, vu: vu.id, ...times, ...ended });
    } catch (error) {
      this.#bug ??= { error };
      this.#stop();
    } finally {
      this.#context.vus.active -= 1;
      this.#running.delete(vu);
      if (this.#running.size === 0) this.#onIdle?.();
    }
  }

  /** Records an iteration that was due and is never run. */
  drop(iteration: number, at: { scheduled: number } | { leftAt: number }): void {
    const scheduled = "scheduled" in at ? { scheduled: at.scheduled } : undefined;
    const phase = this.#phaseAt(("scheduled" in at ? at.scheduled : at.leftAt) - this.begin);
    this.#record({ phase, iteration, ...scheduled, outcome: "dropped" });
  }

  /** Resolves when no iteration is running. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#running.size === 0) resolve();
      else this.#onIdle = resolve;
    });
  }

  /** Waits for `work`; at gracefulStop after the end, interrupts what still runs and waits on. */
  async finish(work: Promise<unknown>): Promise<void> {
    const waiting = new AbortController();
    const deadline = this.end + this.#plan.gracefulStop;
    const late = this.#context.clock.sleepUntil(deadline, waiting.signal);
    await Promise.race([work, late]);
    waiting.abort();
    this.#interruptAll();
    await work;
  }

  /** @throws what `run` was rejected with, if it was */
  close(): void {
    this.#context.signal.removeEventListener("abort", this.#stop);
    if (this.#bug !== undefined) throw this.#bug.error;
  }

  readonly #stop = (): void => {
    this.#halt.abort();
    this.#interruptAll();
  };

  #interruptAll(): void {
    for (const vu of this.#running) vu.interrupt();
  }

  #record(line: Omit<IterationRecord, "type" | "scenario">): void {
    this.#context.record({ type: "iteration", scenario: this.#plan.name, ...line });
  }
}
