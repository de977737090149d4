/** Pairs of runs measured side by side: one value of each figure for both, over the same items. */
import type { RunDigest } from "../digest/digest.ts";
import { itemMetrics, type Item } from "../digest/items.ts";
import { unpackItems } from "../digest/pack.ts";
import { percentile } from "../../stats/percentile.ts";
import type { MetricRule, RunPair } from "./types.ts";

export interface DigestPair {
  readonly baseline: RunDigest;
  readonly candidate: RunDigest;
}

/** Below so many items in common, the figures of the whole runs are the better ones. */
const ENOUGH_ITEMS = 20;

/**
 * The pairs for one rule. Quantiles of what is kept item by item are taken over the items that both
 * runs have, so that a request which failed on one side leaves the other side too.
 */
export function runPairs(pairs: readonly DigestPair[], rule: MetricRule): readonly RunPair[] {
  return pairs.flatMap((pair) => matched(pair, rule) ?? whole(pair, rule) ?? []);
}

function whole({ baseline, candidate }: DigestPair, { id }: MetricRule): RunPair | undefined {
  const [ofBaseline, ofCandidate] = [baseline.figures[id], candidate.figures[id]];
  return ofBaseline && ofCandidate && { baseline: ofBaseline.value, candidate: ofCandidate.value };
}

function matched(pair: DigestPair, { metric, quantile }: MetricRule): RunPair | undefined {
  const column = itemMetrics.findIndex((one) => one === metric);
  if (column < 0 || quantile === undefined) return undefined;
  const ofBaseline = itemValues(pair.baseline, column);
  const ofCandidate = itemValues(pair.candidate, column);
  // Nothing is missing on either side: the figures themselves are the finer ones.
  const common = [...ofBaseline.keys()].filter((key) => ofCandidate.has(key));
  if (common.length === ofBaseline.size && common.length === ofCandidate.size) return undefined;
  if (common.length < ENOUGH_ITEMS) return undefined;
  const at = (values: ReadonlyMap<string, number>): number | undefined => {
    const sorted = Float64Array.from(common, (key) => values.get(key) ?? NaN).sort();
    return percentile(sorted, 100 * quantile);
  };
  const [a, b] = [at(ofBaseline), at(ofCandidate)];
  return a === undefined || b === undefined ? undefined : { baseline: a, candidate: b };
}

function itemValues({ data }: RunDigest, column: number): ReadonlyMap<string, number> {
  if (data === undefined) return new Map();
  const valued = unpackItems(data.items).flatMap((item): [string, number][] => {
    const value = item.values[column];
    return value === undefined ? [] : [[keyOf(item), value]];
  });
  return new Map(valued);
}

function keyOf({ scenario, iteration, request }: Item): string {
  return `${scenario}/${iteration}/${request}`;
}
