/** From what was tallied to the metrics of core/metrics.ts. */
import { metrics, type MetricName } from "../../core/metrics.ts";
import type { SloPlan } from "../../scenario/plan.ts";
import type { Distribution } from "../../stats/distribution.ts";
import { healthSources, readingsOf, type SampleCollector } from "../collect/samples.ts";
import { lengthOf, type Span } from "../collect/spans.ts";
import type {
  Distribution as DistributionSummary,
  MetricSummary,
  TrendSummary,
} from "../metric-summaries.ts";
import {
  endedRequests,
  hasNoSpacing,
  knownIterations,
  type CheckCounts,
  type Tally,
} from "../collect/tally.ts";

/** What a metric was measured to be, before it is written down or compared with a limit. */
export type Measured =
  | { readonly kind: "trend"; readonly distribution: Distribution }
  | { readonly kind: "rate"; readonly passes: number; readonly count: number }
  | { readonly kind: "counter"; readonly count: number; readonly rate?: number }
  | {
      readonly kind: "gauge";
      readonly value: number;
      readonly min?: number;
      readonly max?: number;
    };

/** A tally and the time it was made in. */
export interface Part {
  readonly tally: Tally;
  /** Disjoint. */
  readonly windows: readonly Span[];
  readonly slo: SloPlan;
  readonly samples: SampleCollector;
  /** ms; for the run as a whole only. */
  readonly recoveryTime?: () => number | undefined;
  /** Checks that are not of a scenario: those of canary requests. */
  readonly canaryChecks?: ReadonlyMap<string, CheckCounts>;
  /** Only the check of this name. */
  readonly check?: string | undefined;
}

/** The metric of a part, or undefined when there is no data for it. */
export function measuredOf(name: MetricName, part: Part): Measured | undefined {
  const special = SPECIAL[name];
  if (special !== undefined) return special(part);
  return trend(name, part);
}

function trend(name: MetricName, { tally }: Part): Measured | undefined {
  const distribution = tally.trends.get(name);
  return distribution === undefined || distribution.count === 0
    ? undefined
    : { kind: "trend", distribution };
}

function spacing(name: MetricName, part: Part): Measured | undefined {
  return hasNoSpacing(part.tally) ? undefined : trend(name, part);
}

const SPECIAL: Partial<Record<MetricName, (part: Part) => Measured | undefined>> = {
  requests: (part) => counter(endedRequests(part.tally), part, part.tally.requests.total > 0),
  request_failed: ({ tally }) => rate(tally.requests.failed, endedRequests(tally)),
  output_tokens_per_second: (part) =>
    hasText(part.tally) ? perSecond(part.tally.tokens, part) : undefined,
  input_tokens_per_second: (part) =>
    part.tally.trends.get("prompt_tokens") === undefined
      ? undefined
      : perSecond(part.tally.answered.promptTokens, part),
  items_per_second: (part) =>
    part.tally.whole > 0 ? perSecond(part.tally.answered.items, part) : undefined,
  retries: (part) => counter(part.tally.attempts.again, part, retried(part.tally)),
  request_given_up: ({ tally }) => rate(tally.attempts.givenUp, tally.attempts.last),
  request_lost: ({ tally }) => rate(tally.accepted.lost, tally.accepted.all),
  availability: ({ tally }) =>
    rate(tally.requests.ok, endedRequests(tally) - tally.attempts.superseded),
  goodput: (part) => (judged(part) > 0 ? perSecond(part.tally.sloMet, part) : undefined),
  slo_met: (part) => rate(part.tally.sloMet, judged(part)),
  iterations: (part) => iterationCounter("completed", part),
  dropped_iterations: (part) => iterationCounter("dropped", part),
  interrupted_iterations: (part) => iterationCounter("interrupted", part),
  checks: checkRate,
  vus: (part) => sampledGauge("vus", part),
  vus_max: (part) => sampledGauge("vus_max", part),
  event_loop_delay: (part) => health("event_loop_delay", part),
  event_loop_utilization: (part) => health("event_loop_utilization", part),
  gc_share: (part) => health("gc_share", part),
  cpu_throttled_share: (part) => health("cpu_throttled_share", part),
  itl: (part) => spacing("itl", part),
  tpot: (part) => spacing("tpot", part),
  recovery_time: ({ recoveryTime }) => {
    const value = recoveryTime?.();
    return value === undefined ? undefined : { kind: "gauge", value };
  },
};

/** Whether any request was for text. */
function hasText({ requests, whole }: Tally): boolean {
  return requests.total > whole;
}

/** Requests that the SLO judges: censored ones too, which meet nothing. */
function judged({ tally, slo }: Part): number {
  return slo.limits.length === 0 ? 0 : tally.requests.total;
}

function rate(passes: number, count: number): Measured | undefined {
  return count === 0 ? undefined : { kind: "rate", passes, count };
}

function counter(count: number, { windows }: Part, known: boolean): Measured | undefined {
  if (!known) return undefined;
  const ms = lengthOf(windows);
  return { kind: "counter", count, ...(ms > 0 && { rate: (count / ms) * 1000 }) };
}

function iterationCounter(
  outcome: "completed" | "dropped" | "interrupted",
  part: Part,
): Measured | undefined {
  return counter(part.tally.iterations[outcome], part, knownIterations(part.tally) > 0);
}

function perSecond(amount: number, { windows }: Part): Measured | undefined {
  const ms = lengthOf(windows);
  return ms > 0 ? { kind: "gauge", value: (amount / ms) * 1000 } : undefined;
}

/** Whether any request asked for retries. */
function retried({ attempts: { last, again } }: Tally): boolean {
  return last + again > 0;
}

function checkRate({ tally, canaryChecks = new Map(), check }: Part): Measured | undefined {
  let passes = 0;
  let count = 0;
  for (const [name, held] of [...tally.checks, ...canaryChecks]) {
    if (name !== (check ?? name)) continue;
    passes += held.passes;
    count += held.passes + held.fails;
  }
  return rate(passes, count);
}

/** As k6: the last value, with extremes; sources (workers) add up. */
function sampledGauge(metric: string, { samples, windows }: Part): Measured | undefined {
  const parts = samples.of(metric).flatMap((series) => readingsOf([series], windows) ?? []);
  if (parts.length === 0) return undefined;
  const sum = (pick: (part: (typeof parts)[number]) => number): number =>
    parts.reduce((total, part) => total + pick(part), 0);
  return {
    kind: "gauge",
    value: sum(({ last }) => last),
    min: sum(({ distribution, last }) => distribution.min ?? last),
    max: sum(({ distribution, last }) => distribution.max ?? last),
  };
}

function health(metric: string, { samples, windows }: Part): Measured | undefined {
  const readings = readingsOf(healthSources(samples.of(metric)), windows);
  return readings && { kind: "trend", distribution: readings.distribution };
}

/** Every metric of the part that has data, in the order of core/metrics.ts. */
export function metricsOf(part: Part): Partial<Record<MetricName, MetricSummary>> {
  const all: Partial<Record<MetricName, MetricSummary>> = {};
  for (const name of Object.keys(metrics) as MetricName[]) {
    const measured = measuredOf(name, part);
    if (measured !== undefined) all[name] = metricSummary(name, measured, part.tally);
  }
  return all;
}

function metricSummary(name: MetricName, measured: Measured, tally: Tally): MetricSummary {
  const { unit, better } = metrics[name];
  const facts = { unit, better, title: titleOf(name, tally) };
  switch (measured.kind) {
    case "trend":
      return {
        kind: "trend",
        ...facts,
        ...distributionSummary(measured.distribution),
        ...trendFacts(name, measured.distribution, tally),
      };
    case "rate":
      return { ...facts, ...measured, rate: measured.passes / measured.count };
    case "counter":
    case "gauge":
      return { ...facts, ...measured };
  }
}

/** What the first event is where most answers begin out of sight. */
const TO_THE_ANSWER: Partial<Record<MetricName, string>> = {
  ttft_scheduled: "time to the answer, from schedule",
  ttft: "time to the answer, from send",
  ttft_with_retries: "time to the answer, from the first attempt's send",
};

function titleOf(name: MetricName, { answers: { all, hidden } }: Tally): string {
  return (hidden > all / 2 ? TO_THE_ANSWER[name] : undefined) ?? metrics[name].title;
}

const COUNTED = [
  ...(["output_tokens", "prompt_tokens", "cached_tokens", "reasoning_tokens"] as const),
  "hidden_tokens",
] as const;

type TrendFacts = Pick<TrendSummary, "per" | "sources" | "sum">;

function trendFacts(name: MetricName, { sum }: Distribution, tally: Tally): TrendFacts {
  if (name === "itl") return { per: tally.chunked ? "chunk" : "token" };
  const sources = COUNTED.find((counted) => counted === name);
  return sources ? { sum, sources: Object.fromEntries(tally.sources.get(sources) ?? []) } : {};
}

/** The distribution in figures; it must have values. */
export function distributionSummary(distribution: Distribution): DistributionSummary {
  const { count, method, sd, mean = NaN, min = NaN, max = NaN } = distribution;
  const p = (share: number): number => distribution.percentile(share) ?? NaN;
  return {
    count,
    mean,
    ...(sd !== undefined && { sd }),
    min,
    p50: p(50),
    p75: p(75),
    p90: p(90),
    p95: p(95),
    p99: p(99),
    p999: p(99.9),
    max,
    method,
  };
}
