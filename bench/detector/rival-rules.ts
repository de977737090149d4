/**
 * The published rules of other tools, implemented here from their sources and documentation
 * (docs/statistics.md says which); the tools themselves are not run. Each is asked whether a metric
 * got worse. Values are logs of run estimates; a night is the mean of its runs.
 */
import { mean, variance } from "../../src/stats/moments.ts";
import { bestSplit, distancesOf } from "../../src/stats/energy.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { tQuantile, tUpper } from "../../src/stats/student-t.ts";

const TEN_PERCENT = Math.log(1.1);

/** More than 10 % above the night before. */
export function naiveRule(lastNight: readonly number[], tonight: readonly number[]): boolean {
  return mean(tonight) - mean(lastNight) > TEN_PERCENT;
}

/** k6 and other fixed limits: 10 % above what was measured when the limit was set. */
export function fixedRule(firstNight: readonly number[], tonight: readonly number[]): boolean {
  return mean(tonight) - mean(firstNight) > TEN_PERCENT;
}

/** benchstat: two-sided Mann-Whitney at 0.05 on runs; here counted only when it says "worse". */
export function benchstatRule(lastNight: readonly number[], tonight: readonly number[]): boolean {
  return mean(tonight) > mean(lastNight) && mannWhitney(lastNight, tonight).p < 0.05;
}

/** Bencher: one-sided t prediction limit at 0.99 from the last nights, at most 64. */
export function bencherRule(nights: readonly number[], tonight: number): boolean {
  const last = nights.slice(-64);
  const reach =
    tQuantile(0.99, last.length - 1) * Math.sqrt(variance(last) * (1 + 1 / last.length));
  return tonight > mean(last) + reach;
}

/**
 * Otava's defaults: E-divisive in windows of 50, each split tested by Student's t with population
 * variances at p 0.01, then weak points merged away until all have p ≤ 0.001; no magnitude.
 */
export function otavaRule(series: readonly number[]): number[] {
  let points = splitWindows(series);
  for (;;) {
    const ends = [0, ...points, series.length];
    const ps = points.map((at, i) =>
      otavaP(series.slice(ends[i], at), series.slice(at, ends[i + 2])),
    );
    const worst = Math.max(0, ...ps);
    if (worst < 0.001) return points;
    const drop = ps.indexOf(worst);
    points = points.filter((_, i) => i !== drop);
  }
}

function splitWindows(series: readonly number[]): number[] {
  const found = new Set<number>();
  for (let start = 0; start < series.length;) {
    const inside = splitAgain(series.slice(start, start + 50)).map((at) => at + start);
    for (const at of inside) found.add(at);
    start = Math.max(start + 25, ...inside);
  }
  return [...found].sort((a, b) => a - b);
}

function splitAgain(values: readonly number[]): number[] {
  const request = values.map((_, i) => i);
  const at = values.length < 4 ? undefined : bestSplit(distancesOf(values), request, 2)?.index;
  if (at === undefined) return [];
  const [left, right] = [values.slice(0, at), values.slice(at)];
  if (otavaP(left, right) > 0.01) return [];
  return [...splitAgain(left), at, ...splitAgain(right).map((next) => next + at)];
}

/** Two-sided Student t, with ddof = 0 as in its source. */
function otavaP(left: readonly number[], right: readonly number[]): number {
  const population = (side: readonly number[]): number =>
    side.length < 2 ? 0 : (variance(side) * (side.length - 1)) / side.length;
  const df = left.length + right.length - 2;
  if (df <= 0) return 1;
  const pooled =
    ((left.length - 1) * population(left) + (right.length - 1) * population(right)) / df;
  const se = Math.sqrt(pooled * (1 / left.length + 1 / right.length));
  const difference = Math.abs(mean(right) - mean(left));
  if (se === 0) return difference === 0 ? 1 : 0;
  return 2 * tUpper(difference / se, df);
}
