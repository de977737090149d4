/**
 * What the server measured of itself over the measured windows, each time beside ours. Its histograms
 * are counted since its start, so the windows' are differences, interpolated to their edges like any
 * counter; a percentile lies in a bucket, and the bucket's bounds are all that is known of it.
 */
import { serverTimes, type ServerTimeName } from "../../core/server-times.ts";
import { present } from "../../core/present.ts";
import type { Distribution } from "../../stats/distribution.ts";
import type { HistogramCollector, HistogramSeries } from "../collect/histogram-collector.ts";
import type { Span } from "../collect/spans.ts";
import type { Tally } from "../collect/tally.ts";
import { counterDelta } from "./counter-delta.ts";
import type { BatchSizes, Between, OurTime, ServerTime } from "./own-account.ts";

export interface ServerTimesFacts {
  readonly histograms: HistogramCollector;
  readonly windows: readonly Span[];
  /** When the server was seen to begin anew, ms. */
  readonly restarts: readonly number[];
  /** Of the measured phases. */
  readonly tally: Pick<Tally, "trends">;
}

/** In the order of core/server-times.ts; only what the server counted something of. */
export function serverTimesOf(facts: ServerTimesFacts): readonly ServerTime[] {
  const all = facts.histograms.all();
  const names = Object.keys(serverTimes) as ServerTimeName[];
  return names.flatMap((name) => {
    const series = all.get(name);
    const { unit, title } = serverTimes[name];
    const grown = series && unit === "ms" ? growthOf(series, facts) : undefined;
    if (grown === undefined || grown.count === 0) return [];
    const mean = grown.sum / grown.count;
    const ours = oursOf(name, facts.tally);
    return [
      present({
        ...{ name, title, count: Math.round(grown.count), mean },
        p50: quantile(grown, 0.5),
        p95: quantile(grown, 0.95),
        p99: quantile(grown, 0.99),
        ours,
        difference: ours && ours.mean - mean,
      }),
    ];
  });
}

/** Undefined where the server does not count its executions, or made none. */
export function batchSizesOf(facts: ServerTimesFacts): BatchSizes | undefined {
  const series = facts.histograms.all().get("batch_size");
  const grown = series && growthOf(series, facts);
  if (grown === undefined || grown.count === 0) return undefined;
  const sizes = grown.upTo.map((size, at) => ({
    size,
    executions: (grown.counts[at] ?? 0) - (grown.counts[at - 1] ?? 0),
  }));
  return {
    executions: grown.count,
    inferences: grown.sum,
    mean: grown.sum / grown.count,
    sizes: sizes.filter(({ executions }) => executions > 0),
  };
}

interface Growth {
  readonly upTo: readonly number[];
  /** Values in and below each bucket, all of them last. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** Undefined where it cannot be told: too few lines, or a restart. */
function growthOf(
  { upTo, buckets, sum }: HistogramSeries,
  { windows, restarts }: ServerTimesFacts,
): Growth | undefined {
  const deltas = [...buckets, sum].map((series) => counterDelta(series, windows, restarts));
  const known = deltas.flatMap((one) => ("delta" in one ? [one.delta] : []));
  if (known.length < deltas.length) return undefined;
  const counts = known.slice(0, -1);
  return { upTo, counts, count: counts.at(-1) ?? 0, sum: known.at(-1) ?? 0 };
}

/** The bounds of the bucket it lies in; undefined where there are no buckets. */
function quantile({ upTo, counts, count }: Growth, share: number): Between | undefined {
  if (upTo.length === 0) return undefined;
  const bucket = counts.findIndex((below) => below >= share * count);
  return present({ above: upTo[bucket - 1], upTo: upTo[bucket] });
}

function oursOf(name: ServerTimeName, { trends }: Pick<Tally, "trends">): OurTime | undefined {
  const row = serverTimes[name];
  const metric = "ours" in row ? row.ours : undefined;
  const trend = metric && trends.get(metric);
  return metric && trend && trend.count > 0 ? figures(metric, trend) : undefined;
}

function figures(metric: OurTime["metric"], trend: Distribution): OurTime {
  const p = (share: number): number => trend.percentile(share) ?? NaN;
  const { count, mean = NaN } = trend;
  return { metric, count, mean, p50: p(50), p95: p(95), p99: p(99) };
}
