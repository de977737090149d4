/** Quantiles of bucket counts. */
import { wideEdge } from "../../stats/log-buckets.ts";

/**
 * Quantile by interpolation inside its bucket; undefined without values.
 *
 * @param p 0 to 1
 */
export function histogramQuantile(counts: Uint32Array, p: number): number | undefined {
  const total = totalOf(counts);
  if (total === 0) return undefined;
  const rank = Math.min(1, Math.max(0, p)) * total;
  let below = 0;
  let last = 0;
  for (let bucket = 0; bucket < counts.length; bucket += 1) {
    const count = counts[bucket] ?? 0;
    if (count === 0) continue;
    last = bucket;
    if (below + count >= rank) return within(bucket, (rank - below) / count);
    below += count;
  }
  return wideEdge(last + 1);
}

export function totalOf(counts: Uint32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function within(bucket: number, share: number): number {
  const low = wideEdge(bucket);
  return low + (wideEdge(bucket + 1) - low) * share;
}
