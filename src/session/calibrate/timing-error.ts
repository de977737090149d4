/** How far what was measured is from what was really sent, event by event. */
import type { RequestRecord } from "../../core/request-record.ts";
import type { StreamTruth } from "../../reference-server/scripted/play-stream.ts";
import { percentile } from "../../stats/percentile.ts";

/** All ascending, ms. */
export interface TimingErrors {
  /** Measured arrival minus true sending, of every content event; never below 0. */
  readonly arrival: Float64Array;
  /** The same, of first events: the error of the measured TTFT. Empty with `from`. */
  readonly ttft: Float64Array;
  /** Distance of each measured gap from the true one: the error of the measured ITL. */
  readonly itl: Float64Array;
  /** Streams of which another number of events was measured than was sent; not in the errors. */
  readonly mismatched: number;
  /** Content events sent per second, over the time in which any were. */
  readonly eventsPerSecond: number;
}

/**
 * Records and truths belong together by the iteration's number, which is the stream's id.
 *
 * @param from the first event of each stream that counts: code that has not run yet is slow
 */
export function timingErrors(
  records: readonly RequestRecord[],
  truths: readonly StreamTruth[],
  from = 0,
): TimingErrors {
  const byId = new Map(truths.map((truth) => [truth.id, truth]));
  const arrival: number[] = [];
  const ttft: number[] = [];
  const itl: number[] = [];
  let mismatched = 0;
  for (const record of records) {
    const sent = byId.get(String(record.iteration))?.events;
    const measured = arrivalsOf(record);
    if (sent?.length !== measured.length) {
      mismatched += 1;
      continue;
    }
    const errors = measured.map((at, i) => at - (sent[i] ?? NaN));
    for (const [i, error] of errors.entries()) {
      if (i < from) continue;
      arrival.push(error);
      if (i === 0) ttft.push(error);
      else itl.push(Math.abs(error - (errors[i - 1] ?? NaN)));
    }
  }
  return {
    arrival: Float64Array.from(arrival).sort(),
    ttft: Float64Array.from(ttft).sort(),
    itl: Float64Array.from(itl).sort(),
    mismatched,
    eventsPerSecond: rateOf(truths),
  };
}

/** When each content event came, ms on the run's clock. */
export function arrivalsOf({ sent, contentGapsUs = [] }: RequestRecord): number[] {
  let elapsed = 0;
  return contentGapsUs.map((gap) => sent + (elapsed += gap) / 1000);
}

function rateOf(truths: readonly StreamTruth[]): number {
  const times = Float64Array.from(truths.flatMap(({ events }) => events)).sort();
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return span > 0 ? (times.length - 1) / (span / 1000) : 0;
}

/** To whole µs; undefined without values. */
export function errorAt(sorted: Float64Array, p: number): number | undefined {
  const value = percentile(sorted, p);
  return value === undefined ? undefined : Math.round(value * 1000) / 1000;
}
