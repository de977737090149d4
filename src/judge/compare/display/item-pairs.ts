/**
 * The same request on both sides: request r of iteration k is the same work in every run of a plan.
 * For display, never for a verdict: which requests moved says where to look.
 */
import { mean } from "../../../stats/moments.ts";
import { percentile } from "../../../stats/percentile.ts";
import type { RunDigest } from "../../digest/digest.ts";
import { itemMetrics, type Item } from "../../digest/items.ts";
import { unpackItems } from "../../digest/pack.ts";
import type { Sides } from "../gather.ts";

export interface ItemPairs {
  readonly metric: string;
  readonly unit: "ms";
  /** Requests that both sides have. */
  readonly count: number;
  /** Share of them that took longer on the candidate's side. */
  readonly slower: number;
  /** Median of candidate / baseline. */
  readonly ratio: number;
  /** Those whose ratio is the most extreme, and an even choice of the rest; by iteration. */
  readonly pairs: readonly ItemPair[];
}

export interface ItemPair {
  readonly scenario: number;
  readonly iteration: number;
  readonly request: number;
  /** Geometric mean over the side's runs, ms. */
  readonly baseline: number;
  readonly candidate: number;
}

const MOST_PAIRS = 400;
const MOST_EXTREME = 20;
/** Fewer say nothing that the table of metrics does not. */
const FEWEST = 10;

/** Nothing where plans differ, or where the runs keep no items. */
export function itemPairs({ baseline, candidate }: Sides): readonly ItemPairs[] {
  const plans = new Set([...baseline, ...candidate].map(({ planHash }) => planHash));
  if (plans.size !== 1) return [];
  const [ofBaseline, ofCandidate] = [itemsOf(baseline), itemsOf(candidate)];
  return itemMetrics.flatMap((metric, column) => {
    const pairs = paired(valuesOf(ofBaseline, column), valuesOf(ofCandidate, column));
    if (pairs.length < FEWEST) return [];
    const ratios = Float64Array.from(pairs, (one) => one.candidate / one.baseline).sort();
    const slower = ratios.filter((ratio) => ratio > 1).length / ratios.length;
    const ratio = rounded(percentile(ratios, 50) ?? NaN);
    const facts = { count: pairs.length, slower: rounded(slower), ratio };
    return [{ metric, unit: "ms" as const, ...facts, pairs: chosen(pairs) }];
  });
}

type ByKey = ReadonlyMap<string, { readonly item: Item; readonly logs: readonly number[] }>;

function itemsOf(runs: readonly RunDigest[]): readonly Item[] {
  return runs.flatMap(({ data }) => (data === undefined ? [] : unpackItems(data.items)));
}

function valuesOf(items: readonly Item[], column: number): ByKey {
  const found = new Map<string, { readonly item: Item; readonly logs: number[] }>();
  for (const item of items) {
    const value = item.values[column];
    if (value === undefined || value <= 0) continue;
    const key = `${item.scenario}/${item.iteration}/${item.request}`;
    const known = found.get(key) ?? { item, logs: [] };
    known.logs.push(Math.log(value));
    found.set(key, known);
  }
  return found;
}

function paired(ofBaseline: ByKey, ofCandidate: ByKey): readonly ItemPair[] {
  return [...ofBaseline].flatMap(([key, { item, logs }]) => {
    const other = ofCandidate.get(key);
    if (other === undefined) return [];
    const { scenario, iteration, request } = item;
    const level = (values: readonly number[]): number => rounded(Math.exp(mean(values)));
    const [baseline, candidate] = [level(logs), level(other.logs)];
    return [{ scenario, iteration, request, baseline, candidate }];
  });
}

function chosen(pairs: readonly ItemPair[]): readonly ItemPair[] {
  if (pairs.length <= MOST_PAIRS) return pairs;
  const size = ({ baseline, candidate }: ItemPair): number =>
    Math.abs(Math.log(candidate / baseline));
  const extreme = [...pairs].sort((a, b) => size(b) - size(a)).slice(0, MOST_EXTREME);
  const stride = Math.ceil(pairs.length / (MOST_PAIRS - MOST_EXTREME));
  const kept = new Set([...extreme, ...pairs.filter((_, i) => i % stride === 0)]);
  return pairs.filter((pair) => kept.has(pair));
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
