/** Series of readings for tests of what is computed from them. */
import type { ReadingsLine } from "../../../src/core/telemetry-lines.ts";
import type { SampleSeries } from "../../../src/judge/collect/samples.ts";
import { Column } from "../../../src/stats/column.ts";

/** @param points time in ms, value */
export function seriesOf(points: readonly (readonly [number, number])[]): SampleSeries {
  const [at, values] = [new Column(), new Column()];
  for (const [time, value] of points) {
    at.push(time);
    values.push(value);
  }
  return { metric: "any", source: "test:0", at, values };
}

/** A function of time, read every `step` ms. */
export function readEvery(
  step: number,
  [from, to]: readonly [number, number],
  value: (ms: number) => number,
): SampleSeries {
  const count = Math.floor((to - from) / step) + 1;
  const times = Array.from({ length: count }, (_, i) => from + i * step);
  return seriesOf(times.map((time) => [time, value(time)]));
}

/** Lines as a sampler writes them: the same times for all metrics. */
export function readingsLine(
  source: string,
  times: readonly number[],
  metrics: Readonly<Record<string, (ms: number) => number | null>>,
): ReadingsLine {
  const rows = times.map((at) => [at, ...Object.values(metrics).map((value) => value(at))]);
  return { type: "readings", source, metrics: Object.keys(metrics), rows };
}
