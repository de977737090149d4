/** Series of one source, looked up by name, over the windows that are of interest. */
import type { SeriesName } from "../../core/telemetry.ts";
import { readingsOf, type SampleCollector, type SampleSeries } from "../collect/samples.ts";
import type { Span } from "../collect/spans.ts";
import { counterDelta } from "./counter-delta.ts";
import type { Level, Told } from "./usage.ts";

/** What figures of the machines are made of. */
export interface Readings {
  readonly samples: SampleCollector;
  /** Disjoint. */
  readonly windows: readonly Span[];
  /** When a source began anew, ms, as the sampler saw it. */
  readonly restarts: (source: string) => readonly number[];
}

export class SourceReadings {
  readonly source: string;
  readonly #readings: Readings;

  constructor(source: string, readings: Readings) {
    this.source = source;
    this.#readings = readings;
  }

  series(metric: SeriesName): SampleSeries | undefined {
    return this.#readings.samples.find(metric, this.source);
  }

  /** A gauge over the windows; undefined without a reading in them. */
  level(metric: SeriesName): Level | undefined {
    const series = this.series(metric);
    return series && levelOf(series, this.#readings.windows);
  }

  /** The last reading in the windows. */
  last(metric: SeriesName): number | undefined {
    const series = this.series(metric);
    return series && readingsOf([series], this.#readings.windows)?.last;
  }

  /** How much a counter grew; undefined where there is none. */
  growth(metric: SeriesName): Told<number> | undefined {
    const series = this.series(metric);
    if (series === undefined) return undefined;
    const { windows, restarts } = this.#readings;
    const found = counterDelta(series, windows, restarts(this.source));
    return "absent" in found ? found : found.delta;
  }

  get restarts(): readonly number[] {
    return this.#readings.restarts(this.source);
  }

  get windows(): readonly Span[] {
    return this.#readings.windows;
  }
}

export function levelOf(series: SampleSeries, windows: readonly Span[]): Level | undefined {
  const readings = readingsOf([series], windows);
  if (readings === undefined) return undefined;
  const { distribution, last } = readings;
  const { mean = last, min = last, max = last, count } = distribution;
  const [p50 = last, p95 = last] = [distribution.percentile(50), distribution.percentile(95)];
  return { mean, min, p50, p95, max, count };
}

/** Sources with a series whose name begins so, in the order of their names. */
export function sourcesWith(samples: SampleCollector, prefix: string): readonly string[] {
  const found = samples.all().filter(({ metric }) => metric.startsWith(prefix));
  return [...new Set(found.map(({ source }) => source))].sort(byNumber);
}

/** `nvml:2` before `nvml:10`. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
