/** The course of a scenario in words: what the terminal and the page say alike. */
import type { MetricRule, MetricVerdict } from "../../judge/compare/types.ts";
import type { Change, HistoryReport, MetricHistory } from "../../judge/history/history.ts";
import { changeText } from "../compare/comparison-words.ts";
import { ABSENT, counted } from "../text/quantity.ts";

/** Verdicts against the pinned anchor of a baseline. */
export interface Drift {
  readonly baseline: string;
  readonly metrics: readonly MetricVerdict[];
}

/** Sessions from which on change points can be told from chance. */
const LEAST_SESSIONS = 10;

/** `2026-01-01 to 2026-02-09`. */
export function spanWords({ nights }: HistoryReport): string {
  return `${day(nights[0]?.startedAt)} to ${day(nights.at(-1)?.startedAt)}`;
}

/** Runs that are not in the series; empty when all are. */
export function leftOutWords({ leftOut }: HistoryReport): readonly string[] {
  const { invalid, otherEnvironment } = leftOut;
  const other = counted(otherEnvironment, "run");
  return [
    ...(invalid > 0 ? [`${counted(invalid, "invalid run")} left out`] : []),
    ...(otherEnvironment > 0 ? [`${other} of another environment or other work left out`] : []),
  ];
}

/** Undefined where the sessions are enough. */
export function tooFewWords({ nights }: HistoryReport): string | undefined {
  return nights.length < LEAST_SESSIONS
    ? `Change points are looked for from ${LEAST_SESSIONS} sittings on.`
    : undefined;
}

/** The first and the latest value; undefined where it was never measured. */
export function levelsSince({ values }: MetricHistory): {
  readonly first: number | undefined;
  readonly latest: number | undefined;
} {
  const known = values.filter((value) => value !== null);
  return { first: known[0], latest: known.at(-1) };
}

/** Change of the latest against the first; undefined with fewer than two values. */
export function sinceWords(metric: MetricHistory): string | undefined {
  const { first, latest } = levelsSince(metric);
  const count = metric.values.filter((value) => value !== null).length;
  if (first === undefined || latest === undefined || count < 2) return undefined;
  return changeText(metric.rule.scale === "log" ? latest / first - 1 : latest - first, metric.rule);
}

/** Change points of all metrics, oldest first. */
export function changesOf({
  metrics,
}: HistoryReport): readonly { readonly rule: MetricRule; readonly change: Change }[] {
  return metrics
    .flatMap(({ rule, changes }) => changes.map((change) => ({ rule, change })))
    .sort((a, b) => a.change.first - b.change.first);
}

/** `2026-01-20 1f2e3d4c5b run-19`. */
export function sessionName({ nights }: HistoryReport, at: number): string {
  const night = nights[at];
  return [day(night?.startedAt), night?.commit?.slice(0, 10), night?.runs[0]]
    .filter((part) => part !== undefined)
    .join(" ");
}

export function differsWords({ differs }: Change): string {
  return differs.length === 0 ? "nothing else differs" : differs.join("; ");
}

export function driftWords({ baseline, metrics }: Drift): {
  readonly text: string;
  readonly worse: boolean;
} {
  const moved = metrics.filter(({ outcome }) => outcome === "regression");
  if (moved.length === 0) {
    return {
      text: `no drift for the worse is shown against the anchor of ${baseline}`,
      worse: false,
    };
  }
  const reasons = moved.map(({ reason }) => reason).join("; ");
  return { text: `against the anchor of ${baseline}: ${reasons}`, worse: true };
}

export function day(startedAt: string | undefined): string {
  return startedAt?.slice(0, 10) ?? ABSENT;
}
