/**
 * Continuous batching: each round puts every busy slot's next tokens into one batch, decodes it,
 * and hands out what was sampled. Jobs without a slot wait in a queue, first come first served.
 */

import type { Clock } from "../../core/clock.ts";
import { asApiError } from "../api/api-error.ts";
import { chooseSlot, commonPrefix } from "./choose-slot.ts";
import type { Decoder, Sampler, SequenceWork } from "./decoder.ts";
import type { Job } from "./job.ts";
import { finishOf, Slot, takeToken, timingsOf } from "./slot.ts";
import type { Activity } from "./slot.ts";
import { addJob, emptyTotals } from "./totals.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface LoopOptions<S extends Sampler> {
  readonly decoder: Decoder<S>;
  readonly vocabulary: Vocabulary;
  readonly clock: Clock;
  readonly slots: number;
  /** Tokens of context of each slot. */
  readonly contextSize: number;
}

interface Round<S extends Sampler> {
  readonly work: readonly SequenceWork<S>[];
  readonly owners: readonly { slot: Slot<S>; activity: Activity<S> }[];
}

export class BatchLoop<S extends Sampler = Sampler> {
  readonly slots: readonly Slot<S>[];
  readonly totals = emptyTotals();
  readonly #options: LoopOptions<S>;
  readonly #queue: Job[] = [];
  readonly #cancelled = new WeakSet<Job>();
  /** Reports to listeners, held until the next decode runs on its own thread. */
  #outbox: (() => void)[] = [];
  #running: Promise<void> | undefined;

  constructor(options: LoopOptions<S>) {
    this.#options = options;
    this.slots = Array.from(
      { length: options.slots },
      (_, id) => new Slot(id, options.contextSize),
    );
  }

  /** Jobs that wait for a slot. */
  get deferred(): number {
    return this.#queue.length;
  }

  submit(job: Job): void {
    this.#queue.push(job);
    // Begin after this turn of the event loop, so that requests that arrive together share a batch.
    this.#running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#run());
  }

  /** Ends a job without further reports; its slot is free after the decode that is running. */
  cancel(job: Job): void {
    const queued = this.#queue.indexOf(job);
    if (queued >= 0) this.#queue.splice(queued, 1);
    this.#cancelled.add(job);
  }

  /** Resolves when no decode is running. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (;;) {
      const round = this.#plan();
      if (round.work.length === 0) break;
      const stepped = this.#options.decoder.step(round.work);
      this.#flush();
      try {
        this.#take(round, await stepped);
      } catch (error) {
        this.#fail(round, error);
      }
    }
    this.#running = undefined;
    this.#flush();
  }

  #flush(): void {
    const reports = this.#outbox;
    this.#outbox = [];
    for (const report of reports) report();
  }

  /** Generating slots first, one token each; then prompts, as far as the batch has room. */
  #plan(): Round<S> {
    this.#dropCancelled();
    this.#fillSlots();
    const work: SequenceWork<S>[] = [];
    const owners: Round<S>["owners"][number][] = [];
    const busy = this.slots.flatMap((slot) =>
      slot.active === undefined ? [] : [{ slot, activity: slot.active }],
    );
    const prompting = busy.filter(({ activity }) => activity.pending === undefined);
    const generating = busy.filter(({ activity }) => activity.pending !== undefined);
    let room = this.#options.decoder.batchSize;
    for (const owner of [...generating, ...prompting]) {
      if (room <= 0) break;
      const item = owner.slot.nextWork(owner.activity, room);
      room -= item.tokens.length;
      work.push(item);
      owners.push(owner);
    }
    return { work, owners };
  }

  #dropCancelled(): void {
    for (const slot of this.slots) {
      if (slot.active !== undefined && this.#cancelled.has(slot.active.job)) this.#release(slot);
    }
  }

  #fillSlots(): void {
    for (let at = 0; at < this.#queue.length;) {
      const job = this.#queue[at];
      const slot = job === undefined ? undefined : chooseSlot(this.slots, job);
      if (job === undefined || slot === undefined) at += 1;
      else {
        this.#queue.splice(at, 1);
        this.#start(slot, job);
      }
    }
  }

  #start(slot: Slot<S>, job: Job): void {
    const { decoder, clock } = this.#options;
    // At least one token has to be evaluated, for its logits.
    const wanted = job.settings.cachePrompt
      ? Math.min(commonPrefix(slot.context, job.prompt), job.prompt.length - 1)
      : 0;
    try {
      const cached = decoder.trim(slot.id, wanted) ? wanted : 0;
      if (cached !== wanted) decoder.trim(slot.id, 0);
      const sampler = decoder.createSampler(job.settings, job.prompt);
      const activity = slot.start(job, sampler, cached, clock.now());
      this.#report(job, () => {
        job.listener.started();
      });
      if (job.settings.returnProgress) this.#reportProgress(slot, activity);
    } catch (error) {
      const failure = asApiError(error);
      this.#outbox.push(() => {
        job.listener.failed(failure);
      });
    }
  }

  #take({ owners, work }: Round<S>, sampled: readonly (number | undefined)[]): void {
    const now = this.#options.clock.now();
    this.totals.decodes += 1;
    this.totals.busySlots += owners.length;
    owners.forEach(({ slot, activity }, at) => {
      this.totals.longestSequence = Math.max(this.totals.longestSequence, slot.context.length);
      const token = sampled[at];
      if (activity.promptDoneAt === undefined) {
        if (work[at]?.sampler !== undefined) activity.promptDoneAt = now;
        if (activity.job.settings.returnProgress) this.#reportProgress(slot, activity);
      }
      if (token !== undefined) this.#takeToken(slot, activity, token, now);
    });
  }

  #takeToken(slot: Slot<S>, activity: Activity<S>, token: number, now: number): void {
    const { job } = activity;
    activity.generated += 1;
    activity.lastTokenAt = now;
    const outcome = takeToken(slot, activity, token, this.#options.vocabulary);
    const { event, stop } = outcome;
    if (event !== undefined && job.settings.stream) {
      this.#report(job, () => {
        job.listener.token(event);
      });
    }
    if (stop === undefined) return;
    const finish = finishOf(slot, activity, stop, outcome.truncated);
    this.totals.requests += 1;
    this.#release(slot);
    this.#report(job, () => {
      job.listener.finished(finish);
    });
  }

  #reportProgress(slot: Slot<S>, activity: Activity<S>): void {
    const { job } = activity;
    const progress = {
      total: job.prompt.length,
      cache: activity.cached,
      processed: slot.context.length,
      timeMs: Math.floor(this.#options.clock.now() - activity.startedAt),
    };
    const timings = timingsOf(activity);
    this.#report(job, () => {
      job.listener.progressed(progress, timings);
    });
  }

  /** A job cancelled in the meantime hears nothing more. */
  #report(job: Job, report: () => void): void {
    this.#outbox.push(() => {
      if (!this.#cancelled.has(job)) report();
    });
  }

  #release(slot: Slot<S>): void {
    if (slot.active !== undefined) addJob(this.totals, timingsOf(slot.active));
    slot.release(this.#options.clock.now());
  }

  /** A failed decode leaves the sequences in an unknown state: they are forgotten. */
  #fail({ owners }: Round<S>, error: unknown): void {
    const failure = asApiError(error);
    for (const { slot, activity } of owners) {
      this.#release(slot);
      slot.context.length = 0;
      this.#options.decoder.trim(slot.id, 0);
      this.#report(activity.job, () => {
        activity.job.listener.failed(failure);
      });
    }
  }
}
