/** Virtual users: who they are, how shards share them, and the pool of the open loop. */
import type { ExecutorPlan } from "../../scenario/plan.ts";
import type { ExecutorContext, Shard } from "./executor-context.ts";

/** A virtual user. Runs one iteration at a time. */
export class Vu {
  /** From 0 within its scenario, over all shards. */
  readonly ordinal: number;
  /** Unique in the run, the same for every number of shards. */
  readonly id: number;
  #controller = new AbortController();

  constructor(ordinal: number, firstVu: number) {
    this.ordinal = ordinal;
    this.id = firstVu + ordinal;
  }

  /** Aborted when its present iteration is interrupted. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  interrupt(): void {
    const controller = this.#controller;
    this.#controller = new AbortController();
    controller.abort();
  }
}

/** The most virtual users that the executor may use, over all shards. */
export function vusOf(executor: ExecutorPlan): number {
  if ("maxVUs" in executor) return executor.maxVUs;
  if ("vus" in executor) return executor.vus;
  return executor.segments.reduce((most, { from, to }) => Math.max(most, from, to), 0);
}

/** How many of `total` things, dealt out in turn, are this shard's; the shards' sum is `total`. */
export function shareOf(total: number, { index, of }: Shard): number {
  return Math.max(0, Math.ceil((total - index) / of));
}

/**
 * The shard among those that get a virtual user at all: with fewer VUs than shards, the shards
 * beyond the VUs get no iterations either, instead of dropping all of theirs.
 */
export function occupiedShard({ index, of }: Shard, vus: number): Shard | undefined {
  const occupied = Math.max(1, Math.min(of, vus));
  return index < occupied ? { index, of: occupied } : undefined;
}

/** The shard's virtual users: the ordinals v with v mod `of` = `index`. */
export function ownVus(total: number, context: ExecutorContext): Vu[] {
  const { index, of } = context.shard;
  const count = shareOf(total, context.shard);
  context.vus.allocated += count;
  return Array.from({ length: count }, (_, i) => new Vu(index + i * of, context.firstVu));
}

/**
 * Virtual users of an open loop. `preAllocatedVUs` are there from the start, others are added when
 * all are busy, up to `maxVUs`.
 *
 * Differs from k6: there, making a VU is expensive (a JavaScript runtime), so it happens in the
 * background, and the iteration that needed it is lost. Here a VU is only an id, so it is added at
 * once and the iteration is kept. At `maxVUs` we drop as k6 does, and never queue.
 */
export class VuPool {
  readonly #context: ExecutorContext;
  readonly #shard: Shard;
  readonly #most: number;
  readonly #free: Vu[] = [];
  #made = 0;
  #allocated: number;

  constructor(context: ExecutorContext, shard: Shard, vus: { preAllocated: number; most: number }) {
    this.#context = context;
    this.#shard = shard;
    this.#most = shareOf(vus.most, shard);
    this.#allocated = shareOf(vus.preAllocated, shard);
    context.vus.allocated += this.#allocated;
  }

  /** A free virtual user, the most recently used first; undefined when all are busy. */
  take(): Vu | undefined {
    const free = this.#free.pop();
    if (free !== undefined || this.#made >= this.#most) return free;
    const vu = new Vu(this.#shard.index + this.#made * this.#shard.of, this.#context.firstVu);
    this.#made += 1;
    if (this.#made > this.#allocated) {
      this.#allocated = this.#made;
      this.#context.vus.allocated += 1;
    }
    return vu;
  }

  release(vu: Vu): void {
    this.#free.push(vu);
  }
}
