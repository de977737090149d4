/** Whether a GPU's clock was the same at the end of the measured windows as at their beginning. */
import { median } from "../../stats/moments.ts";
import type { SampleCollector, SampleSeries } from "../collect/samples.ts";
import { lengthOf, overlap, type Span } from "../collect/spans.ts";

export interface ClockDrift {
  readonly source: string;
  /** |last − first| / first, of the medians; MHz. */
  readonly drift: number;
  readonly first: number;
  readonly last: number;
}

/** The first and the last fifth of the measured time are compared. */
const PART = 0.2;
/** Fewer readings in a fifth have no median worth comparing. */
const LEAST_READINGS = 5;
/** Below this utilization, percent, a clock is low because there is nothing to do. */
const BUSY = 50;

/** GPUs whose clock was read often enough while they were busy. */
export function clockDrifts(
  samples: SampleCollector,
  windows: readonly Span[],
): readonly ClockDrift[] {
  return samples.of("gpu_clock_sm").flatMap((clock) => {
    const busy = samples.find("gpu_utilization", clock.source);
    const { first, last } = partsOf(clock, busy, windows);
    if (first.length < LEAST_READINGS || last.length < LEAST_READINGS) return [];
    const [before = NaN, after = NaN] = [first, last].map(median);
    const { source } = clock;
    return [{ source, drift: Math.abs(after - before) / before, first: before, last: after }];
  });
}

function partsOf(
  clock: SampleSeries,
  utilization: SampleSeries | undefined,
  windows: readonly Span[],
): { readonly first: number[]; readonly last: number[] } {
  const length = lengthOf(windows);
  const isBusy = busyAt(utilization);
  const [first, last]: [number[], number[]] = [[], []];
  const times = clock.at.view();
  for (const [i, value] of clock.values.view().entries()) {
    const at = times[i] ?? NaN;
    // Measured time until then: pauses between the windows do not count.
    const share = overlap(windows, -Infinity, at) / length;
    if (!(share > 0 && share < 1) || !isBusy(at)) continue;
    if (share <= PART) first.push(value);
    if (share >= 1 - PART) last.push(value);
  }
  return { first, last };
}

/** By the latest reading; asked in order of time. Always, where utilization is not read. */
function busyAt(utilization: SampleSeries | undefined): (at: number) => boolean {
  if (utilization === undefined) return () => true;
  const [times, values] = [utilization.at.view(), utilization.values.view()];
  let next = 0;
  return (at) => {
    while (next < times.length && (times[next] ?? Infinity) <= at) next += 1;
    return (values[next - 1] ?? 0) >= BUSY;
  };
}
