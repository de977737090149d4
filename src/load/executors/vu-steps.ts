import type { VusSegment } from "../../scenario/plan.ts";

/** From `offset` (ms from the scenario's start) on, `count` virtual users loop. */
export interface VuStep {
  readonly offset: number;
  readonly count: number;
}

/**
 * How many virtual users loop at every moment: k6's `ramping-vus` (`getRawExecutionSteps`). On
 * a ramp up VU n starts when the line reaches n, on a ramp down it stops when the line reaches
 * n - 1; a segment without duration is a jump.
 */
export function vuSteps(segments: readonly VusSegment[]): readonly VuStep[] {
  const steps: VuStep[] = [];
  const step = (offset: number, count: number): void => {
    if (steps.at(-1)?.count === count) return;
    // A jump at the moment another step ends leaves only the jump.
    if (steps.at(-1)?.offset === offset) steps.pop();
    steps.push({ offset, count });
  };
  let start = 0;
  for (const { from, to, duration } of segments) {
    if (duration > 0) {
      step(start, from);
      const direction = Math.sign(to - from);
      for (let moved = 1; moved <= Math.abs(to - from); moved += 1) {
        step(start + (duration * moved) / Math.abs(to - from), from + direction * moved);
      }
    } else {
      step(start, to);
    }
    start += duration;
  }
  return steps;
}
