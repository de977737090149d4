/**
 * Percentile curves and shift functions, for display: how each part of a distribution moved (Doksum
 * 1974). Every run gives a value at each percentile; the runs' geometric means are shown, and where
 * both sides have at least 3 runs, a 90 % interval from the spread between runs (Welch).
 */
import { metrics, type MetricName } from "../../../core/metrics.ts";
import { mean } from "../../../stats/moments.ts";
import { boundsOf, welch } from "../../../stats/t-test.ts";
import type { RunDigest } from "../../digest/digest.ts";
import { histogramQuantile } from "../../digest/histogram-quantile.ts";
import { unpackWindows } from "../../digest/pack.ts";
import { mergedHistogram, windowMetrics, type WindowMetric } from "../../digest/windows.ts";
import type { Shape, ShiftPoint } from "../comparison.ts";
import type { Sides } from "../gather.ts";

const CURVE = [
  ...Array.from({ length: 19 }, (_, i) => 5 * (i + 1)),
  1,
  2,
  96,
  97,
  98,
  99,
  99.5,
  99.9,
].sort((a, b) => a - b);
const SHIFT = [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99];
const ENOUGH_RUNS = 3;

type Histograms = readonly Uint32Array[];

export function shapesOf({ baseline, candidate }: Sides): readonly Shape[] {
  const ofBaseline = baseline.map(histogramsOf);
  const ofCandidate = candidate.map(histogramsOf);
  const scheduled = ofCandidate.some((run) => run.has("ttft_scheduled"));
  return windowMetrics.flatMap((metric) => {
    // The same but for our own lag: one picture of the two is enough.
    if (metric === "ttft" && scheduled) return [];
    const sides = [pick(ofBaseline, metric), pick(ofCandidate, metric)] as const;
    return sides.every((side) => side.length > 0) ? [shapeOf(metric, sides)] : [];
  });
}

type ByMetric = ReadonlyMap<WindowMetric, Uint32Array>;

function histogramsOf({ data }: RunDigest): ByMetric {
  if (data === undefined) return new Map();
  const windows = unpackWindows(data.windows);
  const found = windowMetrics.map(
    (metric) => [metric, mergedHistogram([windows], metric)] as const,
  );
  return new Map(found.filter((one): one is [WindowMetric, Uint32Array] => one[1] !== undefined));
}

function pick(runs: readonly ByMetric[], metric: WindowMetric): Histograms {
  return runs.flatMap((run) => run.get(metric) ?? []);
}

function shapeOf(
  metric: WindowMetric,
  [ofBaseline, ofCandidate]: readonly [Histograms, Histograms],
): Shape {
  return {
    metric,
    unit: metrics[metric satisfies MetricName].unit,
    curves: {
      p: CURVE,
      baseline: CURVE.map((p) => level(logs(ofBaseline, p))),
      candidate: CURVE.map((p) => level(logs(ofCandidate, p))),
    },
    shift: SHIFT.map((p) => shiftAt(p, logs(ofBaseline, p), logs(ofCandidate, p))),
  };
}

/** Log percentiles of the runs; values of 0 (tokens that came together) count as the smallest step. */
function logs(runs: Histograms, p: number): number[] {
  return runs.map((counts) =>
    Math.log(Math.max(2 ** -10, histogramQuantile(counts, p / 100) ?? 0)),
  );
}

function level(values: readonly number[]): number {
  return rounded(Math.exp(mean(values)));
}

function shiftAt(
  p: number,
  ofBaseline: readonly number[],
  ofCandidate: readonly number[],
): ShiftPoint {
  const change = rounded(Math.expm1(mean(ofCandidate) - mean(ofBaseline)));
  const point = { p, baseline: level(ofBaseline), candidate: level(ofCandidate), change };
  if (Math.min(ofBaseline.length, ofCandidate.length) < ENOUGH_RUNS) return point;
  const estimate = welch(ofBaseline, ofCandidate);
  if (estimate === undefined) return point;
  const { low, high } = boundsOf(estimate, 0.05);
  return { ...point, low: rounded(Math.expm1(low)), high: rounded(Math.expm1(high)) };
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
