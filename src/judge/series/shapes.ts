/** Distributions as a report draws them: percentile curves and histograms. */
import { metrics, type MetricName } from "../../core/metrics.ts";
import type { Distribution } from "../../stats/distribution.ts";
import type { Curve, Histogram } from "./series.ts";

type Trends = ReadonlyMap<MetricName, Distribution>;

const CURVES = ["ttft_scheduled", "ttft", "e2e_scheduled", "e2e", "itl", "tpot"] as const;
const HISTOGRAMS = [...CURVES, "output_tokens", "prompt_tokens"] as const;

/** Percents in ever finer steps towards the tail: 0 to 99, then nines. */
const GRID: readonly number[] = [
  ...Array.from({ length: 100 }, (_, i) => i),
  ...[1, 2, 3].flatMap((nines) =>
    Array.from({ length: 9 }, (_, i) =>
      Number((100 - 10 ** (1 - nines) + (i + 1) * 10 ** -nines).toFixed(nines)),
    ),
  ),
];

export function curvesOf(trends: Trends): readonly Curve[] {
  return CURVES.flatMap((metric) => {
    const distribution = trends.get(metric);
    if (distribution === undefined || distribution.count === 0) return [];
    const { count, max = NaN } = distribution;
    // Beyond the second largest value there is nothing but the largest.
    const inner = GRID.filter((p) => p <= 100 * (1 - 1 / count));
    const values = inner.map((p) => distribution.percentile(p) ?? NaN);
    return [{ metric, unit: "ms", p: [...inner, 100], values: [...values, max] }];
  });
}

const BINS = 40;

export function histogramsOf(trends: Trends): readonly Histogram[] {
  return HISTOGRAMS.flatMap((metric) => {
    const distribution = trends.get(metric);
    if (distribution === undefined || distribution.count === 0) return [];
    const unit = metrics[metric].unit === "tokens" ? "tokens" : "ms";
    const edges = unit === "tokens" ? tokenEdges(distribution) : timeEdges(distribution);
    return [{ metric, unit, edges, counts: binCounts(distribution, edges) }];
  });
}

/** Equal steps on a logarithmic axis; the first bin takes all that is smaller than 1 µs or so. */
function timeEdges({ min = 0, max = 0 }: Distribution): number[] {
  const low = Math.max(min, max * 1e-5, 1e-3);
  if (low >= max) return [Math.min(min, max), max];
  const ratio = (max / low) ** (1 / BINS);
  const edges = Array.from({ length: BINS }, (_, i) => low * ratio ** i);
  return [Math.min(min, low), ...edges.slice(1), max];
}

/** Bins of whole tokens; edges lie between whole numbers. */
function tokenEdges({ min = 0, max = 0 }: Distribution): number[] {
  const step = Math.max(1, Math.ceil((max - min + 1) / BINS));
  const bins = Math.ceil((max - min + 1) / step);
  return Array.from({ length: bins + 1 }, (_, i) => min - 0.5 + i * step);
}

/** A bin holds what is above its lower edge, up to its upper one; the first, its lower edge too. */
function binCounts(distribution: Distribution, edges: readonly number[]): number[] {
  const upTo = edges.map((edge) => distribution.countUpTo(edge));
  return edges.slice(1).map((_, i) => (upTo[i + 1] ?? 0) - (i === 0 ? 0 : (upTo[i] ?? 0)));
}
