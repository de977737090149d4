/**
 * Whether an SLA limit is kept, from the interval rather than the point: met when the upper bound is
 * within the limit, violated when the lower bound is beyond it, else unproven.
 */
import { significant } from "../../core/units.ts";
import { normalQuantile } from "../../stats/normal.ts";
import { clopperPearson } from "../../stats/proportions.ts";
import { badShare } from "./difference.ts";
import { levelOf } from "./level.ts";
import { applicableRule, scaleOf, type Scale } from "./scale.ts";
import type { Level, MetricRule, SlaLimit, SlaVerdict } from "./types.ts";

const ALPHA = 0.05;

export function judgeSla(asked: SlaLimit): SlaVerdict {
  const { limit, runs, prior } = asked;
  const rule = applicableRule({ rule: asked.rule, baseline: runs, candidate: [] });
  const scale = scaleOf(rule, limit);
  const byRuns = levelOf(runs, scale, ALPHA, prior);
  const common = { id: rule.id, limit };
  if (byRuns === undefined) {
    return { ...common, status: "unproven", reason: `${rule.id}: no values to prove it with` };
  }
  const level = withShares(byRuns, asked) ?? withinRun(byRuns, asked, scale);
  const status = statusOf(level, rule, limit);
  return { ...common, status, level, reason: reasonOf(level, { ...asked, rule }, status) };
}

/** Shares: the exact interval of all requests, widened to that of the runs where they differ more. */
function withShares(level: Level, { rule, runs }: SlaLimit): Level | undefined {
  const bad = badShare(rule, runs);
  if (bad === undefined) return undefined;
  const exact = clopperPearson(bad, ALPHA);
  const [low, high] =
    rule.better === "lower" ? [exact.low, exact.high] : [1 - exact.high, 1 - exact.low];
  return {
    ...level,
    low: Math.max(0, Math.min(level.low ?? low, low)),
    high: Math.min(1, Math.max(level.high ?? high, high)),
  };
}

/** A single run has at least its own standard error. */
function withinRun(level: Level, { runs }: SlaLimit, scale: Scale): Level {
  const se = runs[0]?.se;
  if (level.low !== undefined || runs.length !== 1 || se === undefined) return level;
  const [center, reach] = [scale.to(level.value), normalQuantile(1 - ALPHA) * se];
  const ends = [scale.from(center - reach), scale.from(center + reach)];
  return { ...level, low: Math.min(...ends), high: Math.max(...ends) };
}

function statusOf(level: Level, { better }: MetricRule, limit: number): SlaVerdict["status"] {
  if (level.low === undefined || level.high === undefined) return "unproven";
  const [good, bad] = better === "lower" ? [level.low, level.high] : [-level.high, -level.low];
  const signed = better === "lower" ? limit : -limit;
  if (bad <= signed) return "met";
  return good > signed ? "violated" : "unproven";
}

function reasonOf(level: Level, { rule, limit }: SlaLimit, status: SlaVerdict["status"]): string {
  const show = (value: number): string =>
    rule.unit === "ratio"
      ? `${Number((value * 100).toPrecision(3))} %`
      : `${significant(Number(value.toPrecision(4)), 4)} ${rule.unit}`;
  const range =
    level.low === undefined || level.high === undefined
      ? `${show(level.value)}, of unknown accuracy`
      : `${show(level.low)} to ${show(level.high)}`;
  const words = { met: "is kept", violated: "is violated", unproven: "is not proven" }[status];
  const only = level.runs === 1 ? " in this run; other runs may differ" : "";
  return `${rule.id}: the limit of ${show(limit)} ${words}: ${range}${only}`;
}
