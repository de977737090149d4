/**
 * A verdict needs evidence. Metrics that gate are grouped by what users would notice: waiting, speed,
 * throughput, failures. A family passes when at least one of its metrics could have shown a change
 * that matters, and did not; figures that the design of the test fixes are no evidence.
 */
import type { FamilyVerdict, MetricOutcome, MetricVerdict } from "./types.ts";

/** In the order of the metrics. Families that nothing was measured of are left out. */
export function familiesOf(metrics: readonly MetricVerdict[]): readonly FamilyVerdict[] {
  const groups = new Map<string, MetricVerdict[]>();
  for (const one of metrics) {
    if (!one.gating) continue;
    const family = one.rule.family ?? one.rule.id;
    groups.set(family, [...(groups.get(family) ?? []), one]);
  }
  return [...groups].flatMap(([family, members]) => familyOf(family, members));
}

/** What is fixed only counts when it fails. */
function familyOf(family: string, members: readonly MetricVerdict[]): readonly FamilyVerdict[] {
  const verdict = (outcome: MetricOutcome, by: readonly MetricVerdict[]): FamilyVerdict[] => [
    { family, outcome, by: by.map(({ rule }) => rule.id) },
  ];
  const of = (outcome: MetricOutcome) => members.filter((one) => one.outcome === outcome);
  const worse = of("regression");
  if (worse.length > 0) return verdict("regression", worse);
  const telling = members.filter(({ rule }) => rule.fixed !== true);
  if (telling.length === 0) return [];
  const suspects = telling.filter(({ doubt }) => doubt === "suspect");
  if (suspects.length > 0) return verdict("inconclusive", suspects);
  for (const outcome of ["improvement", "pass"] as const) {
    const found = telling.filter((one) => one.outcome === outcome);
    if (found.length > 0) return verdict(outcome, found);
  }
  return verdict("inconclusive", telling);
}

/** What counts most comes first. Nothing that could have shown anything is no pass. */
export function overallOf(families: readonly FamilyVerdict[]): MetricOutcome {
  const found = new Set(families.map(({ outcome }) => outcome));
  if (found.size === 0) return "inconclusive";
  const order: readonly MetricOutcome[] = ["regression", "inconclusive", "improvement"];
  return order.find((outcome) => found.has(outcome)) ?? "pass";
}
