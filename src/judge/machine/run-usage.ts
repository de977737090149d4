/** The machines' part of a run's summary, and of its thresholds. */
import type { RunHeader, TargetLine, WarningLine } from "../../core/records.ts";
import type { SourceLine } from "../../core/telemetry-lines.ts";
import { Distribution } from "../../stats/distribution.ts";
import type { Phase, PhaseIndex } from "../collect/phase-index.ts";
import { readingsOf, type SampleCollector } from "../collect/samples.ts";
import { lengthOf, overlap, union, type Span } from "../collect/spans.ts";
import type { Tally } from "../collect/tally.ts";
import type { ThresholdData } from "../metrics/thresholds.ts";
import { present } from "../../core/present.ts";
import { counterDelta } from "./counter-delta.ts";
import { foreignCpu } from "./foreign-cpu.ts";
import type { Readings } from "./levels.ts";
import type { MachineEvidence } from "./gate-rows.ts";
import { rssSlope } from "./rss-slope.ts";
import { serverMemory } from "./server-usage.ts";
import { clockDrifts } from "./settled-clocks.ts";
import { usageOf, type Work } from "./usage-of.ts";
import { told, type Usage } from "./usage.ts";

/** What is needed of a run; a Collector has it. */
export interface Run {
  readonly samples: SampleCollector;
  readonly warnings: readonly WarningLine[];
  readonly sources: ReadonlyMap<string, SourceLine>;
  readonly header: RunHeader;
  readonly target: TargetLine | undefined;
  readonly phases: PhaseIndex;
}

export function readingsIn({ samples, warnings }: Run, windows: readonly Span[]): Readings {
  return { samples, windows, restarts: (source) => restartsOf(warnings, source) };
}

/** As the sampler says it when it sees that a source began anew (observe/watch.ts). */
export function restartsOf(warnings: Run["warnings"], source: string): readonly number[] {
  const own = warnings.filter(
    ({ code, message }) =>
      code === "source_restarted" && message.startsWith(`telemetry: ${source} `),
  );
  return own.map(({ at }) => at);
}

/** The run as a whole. @param tally of the measured phases */
export function runUsage(run: Run, windows: readonly Span[], tally: Tally): Usage {
  return usageIn(run, windows, workOf(tally));
}

/**
 * One phase. What it took a token is absent where phases of another scenario lasted at the same
 * time: the machines worked for both.
 */
export function phaseUsage(run: Run, phase: Phase, tally: Tally): Usage {
  const windows = union(phase.spans);
  const others = run.phases.all().filter(({ scenario }) => scenario !== phase.scenario);
  const isAlone = others.every(({ spans }) =>
    spans.every(({ start, end }) => overlap(windows, start, end) === 0),
  );
  return usageIn(run, windows, isAlone ? workOf(tally) : undefined);
}

function usageIn(run: Run, windows: readonly Span[], work: Work | undefined): Usage {
  const { sources, header, target } = run;
  const { accounting } = header;
  return usageOf({
    ...readingsIn(run, windows),
    ...{ sources, accounting, idle: idleSpan(run), work },
    elsewhere: target?.sameMachine === false,
  });
}

function workOf({ tokens, requests, trends }: Tally): Work {
  const prompts = trends.get("prompt_tokens")?.sum;
  const cached = trends.get("cached_tokens")?.sum ?? 0;
  return {
    outputTokens: tokens,
    promptTokens: prompts === undefined ? undefined : Math.max(0, prompts - cached),
    requests: requests.ok,
  };
}

/**
 * The time for which the ready server was left alone on purpose. What lies between its start and
 * that (the vocabulary, a script's setup) is work.
 */
function idleSpan({ header, phases }: Run): Span | undefined {
  const starts = phases.all().flatMap(({ marks }) => marks.map(({ start }) => start));
  const { idleBefore = 0 } = header;
  if (idleBefore === 0 || starts.length === 0) return undefined;
  const end = Math.min(...starts);
  return { start: end - idleBefore, end };
}

/** What the gates about the machines look at. */
export function machineEvidence(run: Run, windows: readonly Span[], tally: Tally): MachineEvidence {
  const { samples, target } = run;
  return {
    usage: runUsage(run, windows, tally),
    drifts: clockDrifts(samples, windows),
    foreignCpu: foreignCpu(samples, windows, target?.sameMachine),
    ...present({ steal: mostSteal(samples, windows) }),
  };
}

/** Undefined where no machine tells it. */
function mostSteal(samples: SampleCollector, windows: readonly Span[]): MachineEvidence["steal"] {
  const found = samples.of("host_cpu_steal").flatMap((series) => {
    const readings = readingsOf([series], windows);
    return readings === undefined ? [] : [{ source: series.source, shares: readings.distribution }];
  });
  return found.sort((a, b) => (b.shares.mean ?? 0) - (a.shares.mean ?? 0))[0];
}

/** What a threshold over telemetry is about. */
export interface TelemetryWanted {
  readonly metric: string;
  readonly windows: readonly Span[];
  readonly source: string | undefined;
  /** The run goes on: readings of the last moments have not come yet. */
  readonly isRunning: boolean;
}

/**
 * Counters by their differences, of all sources together; gauges as the distribution of their
 * readings; `server_rss_slope` as one value. Undefined without data, and where a counter cannot be
 * told.
 */
export function telemetryData(run: Run, wanted: TelemetryWanted): ThresholdData | undefined {
  const { metric, windows, source } = wanted;
  const { samples } = run;
  if (metric === "server_rss_slope") return slopeData(run, windows);
  const wantedSeries = samples.of(metric).filter((one) => (source ?? one.source) === one.source);
  if (wantedSeries.some((one) => samples.factsOf(one).kind === "counter"))
    return counterData(run, wanted);
  const readings = samples.readings(metric, windows, source);
  return readings && { kind: "telemetry", ...readings };
}

function slopeData({ samples }: Run, windows: readonly Span[]): ThresholdData | undefined {
  const memory = serverMemory(samples);
  const slope = memory && told(rssSlope(memory, windows));
  if (slope === undefined) return undefined;
  const distribution = new Distribution();
  distribution.add(slope.value);
  return { kind: "telemetry", distribution, last: slope.value };
}

function counterData(run: Run, wanted: TelemetryWanted): ThresholdData | undefined {
  const { metric, windows, source, isRunning } = wanted;
  const all = run.samples.of(metric).filter((one) => (source ?? one.source) === one.source);
  const deltas = all.map((series) => {
    const last = series.at.view().at(-1) ?? 0;
    const seen = isRunning ? endAt(windows, last) : windows;
    const found = counterDelta(series, seen, restartsOf(run.warnings, series.source));
    return "absent" in found ? undefined : { delta: found.delta, ms: lengthOf(seen) };
  });
  const known = deltas.filter((one) => one !== undefined);
  if (known.length === 0 || known.length < deltas.length) return undefined;
  return {
    kind: "counter",
    count: known.reduce((sum, { delta }) => sum + delta, 0),
    rate: known.reduce((sum, { delta, ms }) => sum + (delta / ms) * 1000, 0),
  };
}

function endAt(windows: readonly Span[], last: number): readonly Span[] {
  return union(windows.map(({ start, end }) => ({ start, end: Math.min(end, last) })));
}
