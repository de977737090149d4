/**
 * The verdict on every metric of a comparison. Pure: from run estimates to outcomes, by the rules of
 * docs/statistics.md.
 */
import { benjaminiHochberg, holm } from "../../stats/adjust-p.ts";
import { assess, type Assessment, type Ps } from "./assess.ts";
import { conclude } from "./conclude.ts";
import { familiesOf, overallOf } from "./families.ts";
import type { Comparison, CompareOptions, MetricEvidence } from "./types.ts";

/** @param evidence one entry a metric; entries that rule is gating for are tested together by Holm */
export function compareMetrics(
  evidence: readonly MetricEvidence[],
  options: CompareOptions = {},
): Comparison {
  const assessed = evidence.map((one) => assess(one, options));
  const gating = assessed.filter((one) => one.gating);
  const others = assessed.filter((one) => !one.gating);
  const adjusted = new Map([...adjust(gating, holm), ...adjust(others, benjaminiHochberg)]);
  const metrics = assessed.map((one) => conclude(one, adjusted.get(one), gating.length));
  const families = familiesOf(metrics);
  return { outcome: overallOf(families), families, metrics };
}

/** Every kind of question is a family of its own: each is asked for its own verdict. */
function adjust(
  group: readonly Assessment[],
  method: (ps: readonly number[]) => number[],
): [Assessment, Ps][] {
  const tested = group.filter((one) => one.ps !== undefined);
  const of = (pick: (ps: Ps) => number) =>
    method(tested.map(({ ps }) => (ps === undefined ? 1 : pick(ps))));
  const [worse, better] = [of((ps) => ps.worse), of((ps) => ps.better)];
  const [grossWorse, grossBetter] = [of((ps) => ps.grossWorse), of((ps) => ps.grossBetter)];
  return tested.map((one, i) => [
    one,
    {
      worse: worse[i] ?? 1,
      better: better[i] ?? 1,
      grossWorse: grossWorse[i] ?? 1,
      grossBetter: grossBetter[i] ?? 1,
    },
  ]);
}
