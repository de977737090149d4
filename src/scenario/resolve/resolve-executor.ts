/** One parsed scenario -> who starts iterations, when. k6's defaults, filled in. */
import { vusForStarts } from "./arrival-rates.ts";
import type { ParsedScenario } from "./options-schema.ts";
import type { ArrivalProcess, ExecutorPlan, RateSegment } from "../plan.ts";

/** The phase of traffic that nobody named. */
export const DEFAULT_PHASE = "main";
/** The phase that is kept in the file and excluded from metrics. */
export const WARMUP_PHASE = "warmup";

type Of<Name extends ParsedScenario["executor"]> = Extract<ParsedScenario, { executor: Name }>;

export function resolveExecutor(scenario: ParsedScenario): ExecutorPlan {
  switch (scenario.executor) {
    case "constant-arrival-rate":
    case "ramping-arrival-rate":
      return arrivalPlan(scenario);
    case "constant-vus":
    case "ramping-vus":
      return vusPlan(scenario);
    case "shared-iterations":
    case "per-vu-iterations":
      return iterationsPlan(scenario);
    case "trace":
      return tracePlan(scenario);
  }
}

function arrivalPlan(scenario: Of<"constant-arrival-rate" | "ramping-arrival-rate">): ExecutorPlan {
  const { executor, preAllocatedVUs, maxVUs = preAllocatedVUs, timeUnit } = scenario;
  const perSecond = (rate: number): number => (rate * 1000) / timeUnit;
  const segments = withWarmup(
    scenario,
    executor === "constant-arrival-rate"
      ? constantLevel(scenario, perSecond(scenario.rate))
      : levels(scenario, perSecond(scenario.startRate), perSecond),
  );
  return { executor, arrival: arrivalProcess(scenario), preAllocatedVUs, maxVUs, segments };
}

function arrivalProcess({
  arrival,
  burstiness = 1,
}: Of<"constant-arrival-rate" | "ramping-arrival-rate">): ArrivalProcess {
  return arrival === "gamma" ? { kind: arrival, burstiness } : { kind: arrival };
}

function vusPlan(scenario: Of<"constant-vus" | "ramping-vus">): ExecutorPlan {
  const { executor } = scenario;
  const segments = withWarmup(
    scenario,
    executor === "constant-vus"
      ? constantLevel(scenario, scenario.vus)
      : levels(scenario, scenario.startVUs, (target) => target),
  );
  const gracefulRampDown = executor === "ramping-vus" ? scenario.gracefulRampDown : 0;
  return { executor, gracefulRampDown, segments };
}

function iterationsPlan(scenario: Of<"shared-iterations" | "per-vu-iterations">): ExecutorPlan {
  const { executor, phase = DEFAULT_PHASE, vus, iterations, maxDuration } = scenario;
  return { executor, phase, vus, iterations, maxDuration };
}

function tracePlan(scenario: Of<"trace">): ExecutorPlan {
  const { executor, phase = DEFAULT_PHASE, trace, preAllocatedVUs } = scenario;
  const starts = trace.entries.map((entry) => entry.at);
  const maxVUs = scenario.maxVUs ?? Math.max(vusForStarts(starts), preAllocatedVUs ?? 0);
  return {
    executor,
    file: trace.file,
    fileHash: trace.fileHash,
    preAllocatedVUs: preAllocatedVUs ?? maxVUs,
    maxVUs,
    phase,
    // The last one must still fall inside: k6's smallest duration after it.
    duration: (starts.at(-1) ?? 0) + 1000,
    starts,
  };
}

function segment(phase: string, duration: number, from: number, to: number): RateSegment {
  return { phase, measured: phase !== WARMUP_PHASE, duration, from, to };
}

function constantLevel(
  {
    phase = DEFAULT_PHASE,
    duration,
  }: { readonly phase?: string | undefined; readonly duration: number },
  level: number,
): readonly RateSegment[] {
  return [segment(phase, duration, level, level)];
}

interface Stages {
  readonly phase?: string | undefined;
  readonly stages: readonly {
    readonly duration: number;
    readonly target: number;
    readonly phase?: string | undefined;
  }[];
}

/** A stage of no duration is a jump: it sets the level and leaves no segment. */
function levels(
  { phase = DEFAULT_PHASE, stages }: Stages,
  start: number,
  level: (target: number) => number,
): readonly RateSegment[] {
  let [from, current] = [start, phase];
  return stages.flatMap((stage) => {
    const to = level(stage.target);
    current = stage.phase ?? current;
    const made = stage.duration === 0 ? [] : [segment(current, stage.duration, from, to)];
    from = to;
    return made;
  });
}

/** Warm-up runs at the level the traffic starts with, or, where that is 0, first goes to. */
function withWarmup(
  { warmup }: { readonly warmup: number },
  segments: readonly RateSegment[],
): readonly RateSegment[] {
  const first = segments[0];
  if (warmup === 0 || first === undefined) return segments;
  const level = first.from === 0 ? first.to : first.from;
  return [segment(WARMUP_PHASE, warmup, level, level), ...segments];
}
