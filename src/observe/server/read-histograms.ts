/** A server's histograms, from a page of metrics, in ms. */
import type { HistogramState, ServerHistograms } from "../../core/telemetry-lines.ts";
import type { Page, PageSample } from "./prometheus-text.ts";
import type { Dialect, TimeRow } from "./server-names.ts";

/** Those of its latencies that the page has; several engines or models are summed. */
export function readHistograms(page: Page, { times = [] }: Dialect): ServerHistograms | undefined {
  const wanted = new Set(
    times.flatMap(({ name }) => [`${name}_bucket`, `${name}_sum`, `${name}_count`]),
  );
  const samples = page.samples.filter(({ name }) => wanted.has(name));
  const found: Record<string, HistogramState> = {};
  for (const row of times) {
    const state = found[row.time] ?? stateOf(row, samples);
    if (state !== undefined) found[row.time] = state;
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

const MILLIS = { s: 1000, ms: 1, us: 0.001 } as const;

function stateOf(
  { name, unit }: TimeRow,
  samples: readonly PageSample[],
): HistogramState | undefined {
  const sums = samples.filter((sample) => sample.name === `${name}_sum`);
  const counts = samples.filter((sample) => sample.name === `${name}_count`);
  if (sums.length === 0 || counts.length === 0) return undefined;
  const factor = MILLIS[unit];
  const buckets = new Map<number, number>();
  for (const { name: own, labels, value } of samples) {
    if (own !== `${name}_bucket`) continue;
    const bound = Number(labels["le"]);
    if (Number.isFinite(bound)) buckets.set(bound, (buckets.get(bound) ?? 0) + value);
  }
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  return {
    upTo: sorted.map(([bound]) => toMicros(bound * factor)),
    counts: [...sorted.map(([, count]) => count), total(counts)],
    sum: total(sums) * factor,
  };
}

function total(samples: readonly PageSample[]): number {
  return samples.reduce((sum, { value }) => sum + value, 0);
}

/** 0.005 s are 5 ms, not 5.000000000000001. */
function toMicros(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
