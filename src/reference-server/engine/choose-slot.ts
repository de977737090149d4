/** Which free slot takes a job; llama-server's rules. */

import type { Job } from "./job.ts";
import type { Sampler } from "./decoder.ts";
import type { Slot } from "./slot.ts";

/** Least share of the prompt that must be in a slot already for the slot to be preferred. */
const SIMILARITY = 0.1;

/** The slot asked for, the one that knows most of the prompt, or the least recently used one. */
export function chooseSlot<S extends Sampler>(
  slots: readonly Slot<S>[],
  job: Job,
): Slot<S> | undefined {
  const free = slots.filter(({ active }) => active === undefined);
  const asked = slots[job.slot];
  if (asked !== undefined) return free.find((slot) => slot === asked);
  return mostSimilar(free, job) ?? leastRecentlyUsed(free);
}

function mostSimilar<S extends Sampler>(free: readonly Slot<S>[], job: Job): Slot<S> | undefined {
  let best: { slot: Slot<S>; share: number } | undefined;
  for (const slot of free) {
    const share = commonPrefix(slot.context, job.prompt) / job.prompt.length;
    if (share > Math.max(SIMILARITY, best?.share ?? 0)) best = { slot, share };
  }
  return best?.slot;
}

function leastRecentlyUsed<S extends Sampler>(free: readonly Slot<S>[]): Slot<S> | undefined {
  let oldest: Slot<S> | undefined;
  for (const slot of free) {
    if (oldest === undefined || slot.lastUsedAt <= oldest.lastUsedAt) oldest = slot;
  }
  return oldest;
}

/** How many leading tokens two sequences share. */
export function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a[length] === b[length]) length += 1;
  return length;
}
