import type { VusPlan } from "../../scenario/plan.ts";
import type { Admission } from "./admission.ts";
import type { ExecutorContext } from "./executor-context.ts";
import { nextTurn } from "../pacing/turn.ts";
import { vuSteps } from "./vu-steps.ts";
import { ownVus, shareOf, vusOf, type Vu } from "./vus.ts";

/** Below this an iteration may have ended without any I/O, ms. */
const INSTANT = 1;

/**
 * Runs one iteration after the other on this VU, as long as the scenario is open and `next` has
 * a number for it.
 */
export async function iterateWhile(
  admission: Admission,
  { vu, context }: { readonly vu: Vu; readonly context: ExecutorContext },
  next: () => number | undefined,
): Promise<void> {
  while (admission.open) {
    const iteration = next();
    if (iteration === undefined) return;
    const began = context.clock.now();
    await admission.iterate(vu, iteration);
    if (context.clock.now() - began < INSTANT) await nextTurn();
  }
}

/**
 * `constant-vus` and `ramping-vus`: each virtual user begins its next iteration when the last one
 * has ended, until the duration is over. A VU that is ramped down finishes its iteration within
 * gracefulRampDown (and gracefulStop, if that ends first), or is interrupted; ramped up again
 * before, it goes on as if nothing had happened. The VU that came last goes first.
 *
 * Round r of the VU with ordinal v is iteration k = v + r · vus, with `vus` the most VUs there are:
 * unique in any number of shards, and as dense as the VUs are even.
 */
export async function runLoopingVus(
  plan: VusPlan,
  admission: Admission,
  context: ExecutorContext,
): Promise<void> {
  const stride = vusOf(plan);
  const loops = ownVus(stride, context).map((vu) => new VuLoop(vu, stride, admission, context));
  let looping = 0;
  for (const { offset, count } of vuSteps(plan.segments)) {
    const at = admission.begin + offset;
    await context.clock.sleepUntil(at, admission.signal);
    if (admission.signal.aborted) break;
    const wanted = shareOf(count, context.shard);
    for (const loop of loops.slice(looping, wanted)) loop.start();
    for (const loop of loops.slice(wanted, looping)) loop.retire(at + plan.gracefulRampDown);
    looping = wanted;
  }
  await context.clock.sleepUntil(admission.end, admission.signal);
  await admission.finish(Promise.all(loops.map((loop) => loop.ended())));
}

/** One virtual user that loops while it is wanted. */
class VuLoop {
  readonly #vu: Vu;
  readonly #stride: number;
  readonly #admission: Admission;
  readonly #context: ExecutorContext;
  #next: number;
  #wanted = false;
  #loop: Promise<void> | undefined;
  /** Runs from the ramp down to the interruption; aborted when there is nothing to interrupt. */
  #grace: AbortController | undefined;

  constructor(vu: Vu, stride: number, admission: Admission, context: ExecutorContext) {
    this.#vu = vu;
    this.#stride = stride;
    this.#admission = admission;
    this.#context = context;
    this.#next = vu.ordinal;
  }

  start(): void {
    this.#wanted = true;
    this.#grace?.abort();
    this.#loop ??= this.#run();
  }

  /** Begins no other iteration; the running one is interrupted at `deadline`. */
  retire(deadline: number): void {
    this.#wanted = false;
    if (this.#loop === undefined) return;
    const { signal } = (this.#grace = new AbortController());
    void this.#context.clock.sleepUntil(deadline, signal).then(() => {
      if (!signal.aborted) this.#vu.interrupt();
    });
  }

  async ended(): Promise<void> {
    await this.#loop;
  }

  async #run(): Promise<void> {
    const user = { vu: this.#vu, context: this.#context };
    // Again, where it was wanted again just when the loop had ended.
    do await iterateWhile(this.#admission, user, () => this.#number());
    while (this.#wanted && this.#admission.open);
    this.#loop = undefined;
    this.#grace?.abort();
  }

  #number(): number | undefined {
    if (!this.#wanted) return undefined;
    const iteration = this.#next;
    this.#next += this.#stride;
    return iteration;
  }
}
