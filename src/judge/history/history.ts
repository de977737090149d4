/**
 * The course of every metric over the nights: levels, change points with what lies on both sides of
 * them, drift against an anchor. It opens questions; it never gates.
 */
import { changePoints } from "../../stats/change-points.ts";
import { mean } from "../../stats/moments.ts";
import { barring, notedDifferences } from "../compare/comparable.ts";
import { rulesFor } from "../compare/gather.ts";
import type { MetricRule } from "../compare/types.ts";
import type { RunDigest } from "../digest/digest.ts";
import { differences } from "../digest/fingerprint.ts";

/** What one night replaces by the next: the same lineage all the same. */
const SUCCESSIVE = ["server.build", "plimsoll.version"];

export const HISTORY_REPORT_SCHEMA = "plimsoll.history-report/1";

export interface HistoryReport {
  readonly schema: typeof HISTORY_REPORT_SCHEMA;
  readonly scenario: string;
  readonly nights: readonly HistorySession[];
  readonly metrics: readonly MetricHistory[];
  /** Runs of other environments or work, invalid runs: not in the series. */
  readonly leftOut: { readonly otherEnvironment: number; readonly invalid: number };
}

export interface HistorySession {
  readonly session: string;
  /** ISO 8601: its first run. */
  readonly startedAt: string;
  readonly runs: readonly string[];
  readonly build?: string;
  readonly commit?: string;
}

export interface MetricHistory {
  readonly rule: MetricRule;
  /** One a night, in the order of `nights`; null where it was not measured. */
  readonly values: readonly (number | null)[];
  readonly changes: readonly Change[];
}

export interface Change {
  /** Indices in `nights`: the last before the change, and the first after it. */
  readonly last: number;
  readonly first: number;
  /** Levels from the change before to this one, and from this one to the next, in the metric's unit. */
  readonly before: number;
  readonly after: number;
  /** after / before - 1 on the log scale, else after - before. */
  readonly change: number;
  readonly worse: boolean;
  readonly p: number;
  /** Fields that differ between the two nights. */
  readonly differs: readonly string[];
}

export function historyOf(scenario: string, runs: readonly RunDigest[]): HistoryReport {
  const valid = runs.filter(isValid).sort((a, b) => compareText(a.startedAt, b.startedAt));
  const newest = valid.at(-1);
  const own = newest === undefined ? [] : valid.filter((run) => isOfLineage(run, newest));
  const groups = bySession(own);
  const nights = groups.map(sessionOf);
  return {
    schema: HISTORY_REPORT_SCHEMA,
    scenario,
    nights,
    metrics: rulesFor(own).flatMap((rule) => metricHistory(rule, groups)),
    leftOut: { otherEnvironment: valid.length - own.length, invalid: runs.length - valid.length },
  };
}

function isValid({ status, validity }: RunDigest): boolean {
  return validity !== "invalid" && (status === "passed" || status === "failed");
}

function isOfLineage(run: RunDigest, newest: RunDigest): boolean {
  return barring(notedDifferences([newest], [run], SUCCESSIVE)).length === 0;
}

type Group = readonly [RunDigest, ...RunDigest[]];

function bySession(runs: readonly RunDigest[]): readonly Group[] {
  const groups = new Map<string, [RunDigest, ...RunDigest[]]>();
  for (const run of runs) {
    const group = groups.get(run.session);
    if (group === undefined) groups.set(run.session, [run]);
    else group.push(run);
  }
  return [...groups.values()];
}

function sessionOf(group: Group): HistorySession {
  const [{ session, startedAt, fingerprint }] = group;
  const [build, commit] = [fingerprint["server.build"], fingerprint["git.commit"]];
  return {
    session,
    startedAt,
    runs: group.map(({ run }) => run),
    ...(build !== undefined && { build: String(build) }),
    ...(commit !== undefined && { commit: String(commit) }),
  };
}

function metricHistory(rule: MetricRule, groups: readonly Group[]): readonly MetricHistory[] {
  const scaled = groups.map((group) => sessionLevel(rule, group));
  const known = scaled.flatMap((value, night) => (value === undefined ? [] : [{ value, night }]));
  if (known.length === 0) return [];
  const values = scaled.map((value) => (value === undefined ? null : shown(rule, value)));
  const magnitude = rule.scale === "log" ? Math.log1p(rule.margin) : rule.margin;
  const found = changePoints(
    known.map(({ value }) => value),
    { magnitude },
  );
  const changes = found.flatMap(({ index, before, after, p }): Change[] => {
    const [last, first] = [known[index - 1]?.night, known[index]?.night];
    const [old, fresh] = [groups[last ?? -1], groups[first ?? -1]];
    if (last === undefined || first === undefined || !old || !fresh) return [];
    return [
      {
        last,
        first,
        before: shown(rule, before),
        after: shown(rule, after),
        change: rule.scale === "log" ? Math.expm1(after - before) : after - before,
        worse: after > before === (rule.better === "lower"),
        p,
        differs: differs(old, fresh),
      },
    ];
  });
  return [{ rule, values, changes }];
}

/** Mean of the night's runs, on the rule's scale; values of 0 have no logarithm. */
function sessionLevel({ id, scale }: MetricRule, group: Group): number | undefined {
  const values = group.flatMap(({ figures }) => {
    const value = figures[id]?.value;
    if (value === undefined || (scale === "log" && value <= 0)) return [];
    return [scale === "log" ? Math.log(value) : value];
  });
  return values.length === 0 ? undefined : mean(values);
}

function shown({ scale }: MetricRule, value: number): number {
  return Number((scale === "log" ? Math.exp(value) : value).toPrecision(6));
}

function differs([old]: Group, [fresh]: Group): readonly string[] {
  return differences(old.fingerprint, fresh.fingerprint).map(
    ({ field, baseline, candidate }) =>
      `${field}: ${String(baseline ?? "unknown")} → ${String(candidate ?? "unknown")}`,
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
