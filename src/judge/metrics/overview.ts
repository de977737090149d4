/** The run as a whole and phase by phase: rates, censuses, one row a phase. */
import type { Collector } from "../collect/collector.ts";
import { phaseUsage } from "../machine/run-usage.ts";
import { metricsOf } from "./metrics-of.ts";
import { Flights } from "../collect/flights.ts";
import { DRAIN, type Phase } from "../collect/phase-index.ts";
import { present } from "../../core/present.ts";
import { isOpenLoop, plannedStarts } from "../plan-facts.ts";
import { lengthOf, union, type Span } from "../collect/spans.ts";
import type { Census, CheckSummary, IterationCensus, RequestCensus } from "../outcome-summaries.ts";
import type { PhaseSummary, Rates } from "../metric-summaries.ts";
import { endedRequests, knownIterations, type Tally } from "../collect/tally.ts";

/** A whole run, ready to be judged. */
export interface Whole {
  readonly collector: Collector;
  /** The measured windows, disjoint. */
  readonly windows: readonly Span[];
  /** Of the measured phases together. */
  readonly tally: Tally;
}

export function phaseSummaries({ collector }: Whole): readonly PhaseSummary[] {
  const flights = new Flights(collector.columns);
  return collector.phases.all().map((phase) => phaseSummary(collector, phase, flights));
}

function phaseSummary(collector: Collector, phase: Phase, flights: Flights): PhaseSummary {
  const { scenario, name, measured, spans } = phase;
  const tally = collector.tallies.of(scenario, name);
  const windows = union(spans);
  const ms = lengthOf(windows);
  const { plan, samples } = collector;
  const startsPerSecond = ms > 0 && name !== DRAIN ? (tally.started / ms) * 1000 : undefined;
  return present({
    scenario,
    name,
    ...edgesOf(phase),
    measured,
    targetRate: rateOf(phase),
    planned: plannedIn(phase),
    achievedRate: startsPerSecond,
    requests: tally.requests.total,
    failed: tally.requests.failed,
    dropped: tally.iterations.dropped,
    interrupted: tally.iterations.interrupted,
    failures: measured ? collector.failures.ofPhase(scenario, name) : undefined,
    ...(measured ? flights.during(windows) : {}),
    metrics: measured ? metricsOf({ tally, windows, slo: plan.slo, samples }) : {},
    usage: measured ? phaseUsage(collector, phase, tally) : undefined,
  });
}

/** A phase that never began has its planned start, and no length. */
function edgesOf({ spans, marks }: Phase): Span {
  const start = spans[0]?.start ?? marks[0]?.start ?? 0;
  return { start, end: spans.at(-1)?.end ?? start };
}

function rateOf({ marks }: Phase): readonly [number, number] | undefined {
  const first = marks[0]?.targetRate;
  const last = marks.at(-1)?.targetRate;
  return first && last ? [first[0], last[1]] : undefined;
}

/** The schedule's own count; undefined in a closed loop. */
function plannedIn({ marks }: Phase): number | undefined {
  const counts = marks.flatMap(({ planned }) => planned ?? []);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

export interface Schedule {
  readonly planned: number;
  readonly started: number;
  /** The run ended before one of these phases was over. */
  readonly cutShort: boolean;
}

/** Iterations of the measured phases that have a schedule, and how many of them started in time. */
export function planned({ collector }: Whole): Schedule | undefined {
  const scheduled = collector.phases.all().flatMap((phase) => {
    const count = plannedIn(phase);
    return phase.measured && count !== undefined ? [{ phase, count }] : [];
  });
  if (scheduled.length === 0) return undefined;
  const started = scheduled.map(
    ({ phase }) => collector.tallies.of(phase.scenario, phase.name).started,
  );
  return {
    planned: scheduled.reduce((sum, { count }) => sum + count, 0),
    started: started.reduce((sum, count) => sum + count, 0),
    cutShort: scheduled.some(({ phase }) => phase.clipped),
  };
}

export function ratesOf(whole: Whole): Rates {
  const { tally, windows, collector } = whole;
  const ms = lengthOf(windows);
  if (ms === 0) return {};
  const perSecond = (count: number): number => (count / ms) * 1000;
  const target = targetStarts(whole);
  const schedule = planned(whole);
  const prompts = tally.trends.get("prompt_tokens");
  const { slo } = collector.plan;
  return present({
    target: target === undefined ? undefined : perSecond(target),
    achieved: knownIterations(tally) > 0 ? perSecond(tally.started) : undefined,
    achievedShare: shareOf(schedule?.started, target),
    requests: perSecond(endedRequests(tally)),
    goodput: slo.limits.length > 0 ? perSecond(tally.sloMet) : undefined,
    outputTokens: tally.requests.total > tally.whole ? perSecond(tally.tokens) : undefined,
    inputTokens: prompts === undefined ? undefined : perSecond(tally.answered.promptTokens),
    items: tally.whole > 0 ? perSecond(tally.answered.items) : undefined,
    promptTokens: prompts === undefined ? undefined : perSecond(prompts.sum),
    ...new Flights(collector.columns).during(windows),
  });
}

function shareOf(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
}

/** What was planned to start inside the measured windows, as far as the run went. */
function targetStarts({ collector }: Whole): number | undefined {
  const { plan, phases } = collector;
  const open = plan.scenarios.filter(isOpenLoop);
  const measured = phases.all().filter((phase) => phase.measured);
  if (open.length === 0 || measured.length === 0) return undefined;
  return open
    .flatMap((scenario) => {
      const begin = beginOf(collector, scenario.name) ?? 0;
      return measured
        .filter((phase) => phase.scenario === scenario.name)
        .map((phase) => {
          const whole = phase.clipped ? undefined : plannedIn(phase);
          const byRate = (): number =>
            phase.spans.reduce(
              (sum, { start, end }) =>
                sum + (plannedStarts(scenario, start - begin, end - begin) ?? 0),
              0,
            );
          return whole ?? byRate();
        });
    })
    .reduce((sum, starts) => sum + starts, 0);
}

/** When a scenario's traffic began; undefined when it has no mark. */
export function beginOf({ phases }: Collector, scenario: string): number | undefined {
  const starts = phases
    .all()
    .filter((phase) => phase.scenario === scenario && phase.name !== DRAIN)
    .flatMap(({ marks }) => marks.map(({ start }) => start));
  return starts.length === 0 ? undefined : Math.min(...starts);
}

export function censusOf(whole: Whole): Census {
  const everything = whole.collector.tallies.everything();
  return {
    requests: requestCensus(everything),
    measuredRequests: requestCensus(whole.tally),
    iterations: iterationCensus(everything, unknownIterations(whole, everything)),
    measuredIterations: iterationCensus(whole.tally, undefined),
  };
}

function requestCensus({ requests }: Tally): RequestCensus {
  const { resent, ...rest } = requests;
  return { ...rest, ...(resent > 0 && { resent }) };
}

function iterationCensus({ iterations }: Tally, unknown: number | undefined): IterationCensus {
  return { ...iterations, ...(unknown !== undefined && { unknown }) };
}

/** Planned, but without a line: only the schedule of an open loop can tell. */
function unknownIterations({ collector }: Whole, everything: Tally): number | undefined {
  if (collector.footer?.reason === "completed") return undefined;
  if (!collector.plan.scenarios.every(isOpenLoop)) return undefined;
  const counts = collector.phases.all().flatMap((phase) => plannedIn(phase) ?? []);
  if (counts.length === 0) return undefined;
  const all = counts.reduce((sum, count) => sum + count, 0);
  return Math.max(0, all - knownIterations(everything));
}

/** The scripts' checks and those of replies, then those of canary requests. */
export function checksOf({ tally, windows, collector }: Whole): readonly CheckSummary[] {
  const canaries = collector.canaries.checks(windows);
  return [...tally.checks, ...canaries].map(([name, counts]) => ({ name, ...counts }));
}
