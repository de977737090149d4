/** The scale on which a metric is compared, and which way is worse. */
import { mean } from "../../stats/moments.ts";
import type { Interval, MetricEvidence, MetricRule } from "./types.ts";

/** Values brought to where they can be added: oriented so that larger is worse. */
export interface Scale {
  to(value: number): number;
  /** An oriented value back in the metric's unit. */
  from(oriented: number): number;
  /** An oriented difference as people read it: 0.08 for 8 % more, or 0.08 units more. */
  change(difference: number): number;
  /** What a regression must exceed, floor included, as an oriented difference. */
  readonly margin: number;
  /** What a pass must rule out: the change that matters, or the floor where that is larger. */
  readonly matters: number;
  /** A change for the worse of this oriented size, as `margin` is shown: positive. */
  size(difference: number): number;
}

/**
 * The rule as it can be applied to these values: a metric on the log scale that has a value of 0
 * (no goodput at all, no time to recover) is compared by differences, with its relative margin taken
 * of the baseline's mean.
 */
export function applicableRule({ rule, baseline, candidate, pairs }: MetricEvidence): MetricRule {
  if (rule.scale === "linear") return rule;
  const old = [...baseline.map(({ value }) => value), ...(pairs ?? []).map((p) => p.baseline)];
  const all = [...old, ...candidate.map(({ value }) => value)];
  all.push(...(pairs ?? []).map((pair) => pair.candidate));
  if (all.every((value) => value > 0)) return rule;
  const level = old.length === 0 ? 0 : mean(old);
  const { floor = 0, ...rest } = rule;
  const sized = (share: number): number => Math.max(share * level, floor);
  return { ...rest, scale: "linear", margin: sized(rule.margin), matters: sized(mattersOf(rule)) };
}

/** @param level the baseline's level in the metric's unit; tells how much the floor is in percent */
export function scaleOf(rule: MetricRule, level: number): Scale {
  const sign = rule.better === "lower" ? 1 : -1;
  if (rule.scale === "linear") {
    return {
      to: (value) => sign * value,
      from: (oriented) => sign * oriented,
      change: (difference) => sign * difference,
      margin: rule.margin,
      matters: mattersOf(rule),
      size: (difference) => difference,
    };
  }
  const floored = (share: number): number => Math.log1p(Math.max(share, (rule.floor ?? 0) / level));
  return {
    to: (value) => sign * Math.log(value),
    from: (oriented) => Math.exp(sign * oriented),
    change: (difference) => Math.expm1(sign * difference),
    margin: floored(rule.margin),
    matters: floored(mattersOf(rule)),
    size: (difference) => Math.expm1(difference),
  };
}

/** To catch a change, the margin is half of it (docs/statistics.md). */
function mattersOf({ margin, matters = 2 * margin }: MetricRule): number {
  return Math.max(margin, matters);
}

/** Bounds of an oriented quantity in plain terms: where larger is better, they change places. */
export function plain(
  shown: (oriented: number) => number,
  { value, low, high }: Interval,
): Interval {
  const [a, b] = [shown(low), shown(high)];
  return { value: shown(value), low: Math.min(a, b), high: Math.max(a, b) };
}
