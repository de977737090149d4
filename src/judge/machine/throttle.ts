/**
 * Why a GPU's clocks were held, from NVML's bits (nvmlClocksEventReasons; other sources give the
 * same bits), and for how long.
 */
import type { SampleSeries } from "../collect/samples.ts";
import { overlap, type Span } from "../collect/spans.ts";
import { usualInterval } from "./counter-delta.ts";
import type { Throttle, ThrottleReason } from "./usage.ts";

/** Bit and what it means. Idle and the user's own settings are no throttling, but worth knowing. */
const REASONS: readonly (readonly [number, string])[] = [
  [0x1, "idle"],
  [0x2, "application clocks set"],
  [0x4, "power cap"],
  [0x8, "hardware slowdown"],
  [0x10, "synchronised with another GPU"],
  [0x20, "heat (software)"],
  [0x40, "heat (hardware)"],
  [0x80, "power brake"],
  [0x100, "display clocks set"],
];

/** Slowdown, heat and power brake: the set-up's fault, not the work's (telemetry 2). */
export const FAULTS = 0xe8;

/** A reading holds until the next one, but for no longer than so many usual intervals. */
const LONGEST_HOLD = 3;

/** Undefined without a reading in the windows. */
export function throttleOf(
  { at, values }: Pick<SampleSeries, "at" | "values">,
  windows: readonly Span[],
): Omit<Throttle, "counted"> | undefined {
  const times = at.view();
  const bits = values.view();
  const hold = LONGEST_HOLD * usualInterval(times);
  const held = new Map<number, number>();
  let covered = 0;
  let faults = 0;
  for (const [i, from] of times.entries()) {
    const to = Math.min(times[i + 1] ?? from + hold / LONGEST_HOLD, from + hold);
    const length = overlap(windows, from, to);
    const value = bits[i] ?? 0;
    covered += length;
    if ((value & FAULTS) !== 0) faults += length;
    for (const [bit] of REASONS)
      if ((value & bit) !== 0) held.set(bit, (held.get(bit) ?? 0) + length);
  }
  if (covered === 0) return undefined;
  const reasons = REASONS.flatMap(([bit, reason]): ThrottleReason[] => {
    const ms = held.get(bit) ?? 0;
    return ms === 0 ? [] : [{ reason, seconds: ms / 1000, share: ms / covered }];
  });
  return {
    reasons: reasons.sort((a, b) => b.seconds - a.seconds),
    heldBack: { seconds: faults / 1000, share: faults / covered },
  };
}
