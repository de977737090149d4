/** The `--json` output and `summary.json`: keys always in the same order, whatever made them. */
import { metrics } from "../../core/metrics.ts";
import type { Summary } from "../../judge/summary.ts";

/** Keys of the summary in the order people read them; those not named follow, sorted. */
const READING_ORDER = [
  ..."schema run verdict validity headline metrics rates phases census slo thresholds".split(" "),
  ..."failures checks telemetry target environment plan warnings".split(" "),
  ..."id name code title status exitCode reasons kind key metric source unit better".split(" "),
  ..."value share rate total ok failed count mean sd min p50 p75 p90 p95 p99 p999 max".split(" "),
  ..."start end at message advice".split(" "),
  ...Object.keys(metrics),
];

const rank = new Map(READING_ORDER.map((key, index) => [key, index]));

function byRank(a: string, b: string): number {
  const difference = (rank.get(a) ?? rank.size) - (rank.get(b) ?? rank.size);
  return difference === 0 ? (a < b ? -1 : 1) : difference;
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const sorted = Object.entries(value).sort(([a], [b]) => byRank(a, b));
  return Object.fromEntries(sorted.map(([key, inner]) => [key, ordered(inner)]));
}

/** The summary as JSON text, two spaces deep, with a newline at the end. */
export function renderJson(summary: Summary): string {
  return `${JSON.stringify(ordered(summary), null, 2)}\n`;
}
