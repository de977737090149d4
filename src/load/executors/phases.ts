/** The named parts of a scenario's traffic: which one a moment belongs to, and what is planned. */
import type { PhaseMark } from "../../core/records.ts";
import type { ExecutorPlan, ScenarioPlan } from "../../scenario/plan.ts";

interface PhaseSpan {
  readonly phase: string;
  readonly measured: boolean;
  /** ms from the scenario's start. */
  readonly start: number;
  readonly end: number;
  /** Iterations per second at its start and end (open loop with a rate). */
  readonly rate?: readonly [number, number];
}

/**
 * How long the executor admits iterations, ms from the scenario's start; for `shared-iterations`
 * and `per-vu-iterations` at most that long.
 */
export function durationOf(executor: ExecutorPlan): number {
  if ("segments" in executor) {
    return executor.segments.reduce((sum, segment) => sum + segment.duration, 0);
  }
  return executor.executor === "trace" ? executor.duration : executor.maxDuration;
}

/**
 * Which phase an offset (ms from the scenario's start) belongs to. A border belongs to the phase it
 * opens; only in a `ramping-arrival-rate` to the one it closes, since there the last start of
 * a segment falls on its end. Offsets outside belong to the nearest phase.
 */
export function phaseLookup(executor: ExecutorPlan): (offset: number) => string {
  const spans = spansOf(executor);
  const endBelongs = executor.executor === "ramping-arrival-rate";
  const last = spans.at(-1)?.phase ?? "";
  return (offset) => {
    for (const span of spans) {
      if (endBelongs ? offset <= span.end : offset < span.end) return span.phase;
    }
    return last;
  };
}

/**
 * The phase marks of a scenario whose traffic starts at `t0` (ms on the run's clock; the scenario's
 * own startTime is added). Back-to-back segments of one name are one phase.
 *
 * @param starts the scenario's schedule; where it has none (closed loop) `planned` is absent
 */
export function phaseMarks(plan: ScenarioPlan, t0: number, starts?: Float64Array): PhaseMark[] {
  const begin = t0 + plan.startTime;
  const spans = spansOf(plan.executor);
  const counts = starts && plannedCounts(plan.executor, spans, starts);
  return spans.map((span, i) => {
    const planned = counts?.[i];
    return {
      type: "phase",
      scenario: plan.name,
      name: span.phase,
      start: begin + span.start,
      end: begin + span.end,
      measured: span.measured,
      ...(span.rate && { targetRate: span.rate }),
      ...(planned !== undefined && { planned }),
    };
  });
}

function plannedCounts(
  executor: ExecutorPlan,
  spans: readonly PhaseSpan[],
  starts: Float64Array,
): number[] {
  const counts = spans.map(() => 0);
  const endBelongs = executor.executor === "ramping-arrival-rate";
  let at = 0;
  for (const start of starts) {
    // The same borders as in phaseLookup.
    while (at < spans.length - 1 && passed(spans[at]?.end ?? Infinity, start, endBelongs)) at += 1;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

function passed(end: number, offset: number, endBelongs: boolean): boolean {
  return endBelongs ? offset > end : offset >= end;
}

function spansOf(executor: ExecutorPlan): readonly PhaseSpan[] {
  if (!("segments" in executor)) {
    const end = durationOf(executor);
    return [{ phase: executor.phase, measured: true, start: 0, end }];
  }
  const rated =
    executor.executor === "constant-arrival-rate" || executor.executor === "ramping-arrival-rate";
  const spans: PhaseSpan[] = [];
  let start = 0;
  for (const { phase, measured, duration, from, to } of executor.segments) {
    if (duration === 0) continue;
    const end = start + duration;
    const span = { phase, measured, start, end, ...(rated && { rate: [from, to] as const }) };
    const before = spans.at(-1);
    const continues = before?.phase === phase && before.measured === measured;
    if (continues) spans[spans.length - 1] = joined(before, span);
    else spans.push(span);
    start = end;
  }
  return spans;
}

function joined(first: PhaseSpan, second: PhaseSpan): PhaseSpan {
  const rate =
    first.rate && second.rate ? { rate: [first.rate[0], second.rate[1]] as const } : undefined;
  return { ...first, end: second.end, ...rate };
}
