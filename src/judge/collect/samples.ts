/** The samplers' readings, by metric and source, over time. */
import type { ReadingsLine, Sample, SourceLine } from "../../core/telemetry-lines.ts";
import { Column } from "../../stats/column.ts";
import { Distribution } from "../../stats/distribution.ts";
import { seriesFacts, type SeriesFacts } from "../machine/series-facts.ts";
import { present } from "../../core/present.ts";
import { contains, type Span } from "./spans.ts";
import type { TelemetrySummary } from "../telemetry-summaries.ts";

export interface SampleSeries {
  readonly metric: string;
  readonly source: string;
  readonly at: Column;
  readonly values: Column;
}

/** A distribution of readings, and the last one. */
export interface Readings {
  readonly distribution: Distribution;
  readonly last: number;
}

export class SampleCollector {
  readonly #series = new Map<string, SampleSeries>();
  /** Counters among a source's own names, by source. */
  readonly #counters = new Map<string, ReadonlySet<string>>();

  /** What a source says of its series. */
  addSource({ source, counters }: SourceLine): void {
    if (counters !== undefined) this.#counters.set(source, new Set(counters));
  }

  /** What kind of series it is, and its unit. */
  factsOf({ metric, source }: Pick<SampleSeries, "metric" | "source">): SeriesFacts {
    return seriesFacts(metric, this.#counters.get(source));
  }

  add({ metric, source, at, value }: Sample): void {
    // A sampler that divided by nothing leaves null in the file.
    if (!Number.isFinite(value)) return;
    const key = `${metric}\u0000${source}`;
    const series = this.#series.get(key) ?? {
      metric,
      source,
      at: new Column(),
      values: new Column(),
    };
    this.#series.set(key, series);
    series.at.push(at);
    series.values.push(value);
  }

  /** Readings by column are samples all the same. */
  addReadings({ source, metrics, rows }: ReadingsLine): void {
    for (const [at, ...values] of rows) {
      if (at === null || at === undefined) continue;
      for (const [i, metric] of metrics.entries()) {
        const value = values[i] ?? undefined;
        if (value !== undefined) this.add({ type: "sample", at, source, metric, value });
      }
    }
  }

  all(): readonly SampleSeries[] {
    return [...this.#series.values()].sort(
      (a, b) => compare(a.metric, b.metric) || compare(a.source, b.source),
    );
  }

  /** The series of one metric from one source. */
  find(metric: string, source: string): SampleSeries | undefined {
    return this.#series.get(`${metric}\u0000${source}`);
  }

  /** The sources of a metric. */
  of(metric: string): readonly SampleSeries[] {
    return this.all().filter((series) => series.metric === metric);
  }

  /** Readings of a metric in the windows, of all sources or of one. */
  readings(metric: string, windows: readonly Span[], source?: string): Readings | undefined {
    const wanted = this.of(metric).filter((series) => (source ?? series.source) === series.source);
    return readingsOf(wanted, windows);
  }

  /** Gauges; of a counter only its differences mean something (machine/counters.ts). */
  summaries(windows: readonly Span[]): readonly TelemetrySummary[] {
    const gauges = this.all().filter((series) => this.factsOf(series).kind === "gauge");
    return gauges.flatMap((series) => {
      const readings = readingsOf([series], windows);
      return readings === undefined ? [] : [telemetrySummary(series, readings)];
    });
  }
}

/** Our own health is that of the threads that carry traffic, where they are told apart. */
export function healthSources(series: readonly SampleSeries[]): readonly SampleSeries[] {
  const workers = series.filter(({ source }) => source.startsWith("worker"));
  return workers.length > 0 ? workers : series;
}

export function readingsOf(
  all: readonly SampleSeries[],
  windows: readonly Span[],
): Readings | undefined {
  const distribution = new Distribution();
  let last: { readonly at: number; readonly value: number } | undefined;
  for (const { at, values } of all) {
    const times = at.view();
    for (const [i, value] of values.view().entries()) {
      const time = times[i] ?? 0;
      if (!contains(windows, time)) continue;
      distribution.add(value);
      if (last === undefined || time >= last.at) last = { at: time, value };
    }
  }
  return last === undefined ? undefined : { distribution, last: last.value };
}

function telemetrySummary(
  { metric, source }: SampleSeries,
  { distribution, last }: Readings,
): TelemetrySummary {
  const { count, mean = last, min = last, max = last } = distribution;
  const p50 = distribution.percentile(50) ?? last;
  const p95 = distribution.percentile(95) ?? last;
  const { unit } = seriesFacts(metric);
  return { metric, source, ...present({ unit }), count, mean, min, p50, p95, max, last };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
