/**
 * Traffic profiles: the shapes that load tests are made of, as functions that return k6 scenario
 * objects. Open loops have Poisson arrivals, as independent users do. Rates are per second;
 * without `--peak` they are small enough for a laptop.
 */
import type * as k6 from "k6/options";
import { vusForRate, writeRates } from "./resolve/arrival-rates.ts";
import type { Duration, ScenarioOptions, Stage } from "./script.ts";
import type { Trace } from "./trace/trace.ts";

/** Iterations per second where nothing else is said. */
const DEFAULT_RATE = 4;

type Executor<Name extends ScenarioOptions["executor"]> = Extract<
  ScenarioOptions,
  { executor: Name }
>;

/** Anything of k6's scenario that is not about the shape of the traffic. */
type Placement = Partial<
  Pick<k6.ConstantArrivalRateScenario, "startTime" | "gracefulStop" | "exec" | "env" | "tags">
>;

export interface OpenLoopProfile extends Placement {
  /** Iterations per second; default 4. */
  readonly rate?: number | undefined;
  /** Not measured, at the rate the profile starts with. Default 5 s. */
  readonly warmup?: Duration;
  /** Default Poisson. */
  readonly arrival?: "constant" | "poisson";
  /** Default: a whole minute of the highest rate, at least 100, at most 10,000. */
  readonly maxVUs?: number;
}

export interface SteadyProfile extends OpenLoopProfile {
  /** Measured, after the warm-up. Default 1 minute; 30 minutes for `soak`. */
  readonly duration?: string;
}

/** One rate, held. Phase `steady`. */
function steady(options: SteadyProfile = {}): Executor<"constant-arrival-rate"> {
  return hold("steady", { duration: "1m", ...options });
}

/** One rate, held for long: leaks, fragmentation, throttling. Phase `soak`. */
function soak(options: SteadyProfile = {}): Executor<"constant-arrival-rate"> {
  return hold("soak", { duration: "30m", ...options });
}

function hold(
  phase: string,
  { duration, rate = DEFAULT_RATE, ...rest }: SteadyProfile & { readonly duration: string },
): Executor<"constant-arrival-rate"> {
  const { rates, timeUnit } = writeRates([rate]);
  const executor = "constant-arrival-rate";
  return { executor, rate: rates[0] ?? 1, timeUnit, duration, phase, ...openLoop(rate, rest) };
}

export interface SpikeProfile extends OpenLoopProfile {
  /** How many times the rate the spike is. Default 3. */
  readonly multiple?: number;
  /** Length of the phase `before`. Default 30 s. */
  readonly before?: string;
  /** Length of the phase `spike`. Default 30 s. */
  readonly spike?: string;
  /** Length of the phase `recovery`. Default 1 minute. */
  readonly recovery?: string;
}

/** The rate, a jump to a multiple of it, and back. Phases `before`, `spike`, `recovery`. */
function spike(options: SpikeProfile = {}): Executor<"ramping-arrival-rate"> {
  const { multiple = 3, before = "30s", spike: length = "30s", recovery = "1m", ...rest } = options;
  const rate = rest.rate ?? DEFAULT_RATE;
  return steps(rest, [
    { phase: "before", rate, duration: before },
    { phase: "spike", rate: rate * multiple, duration: length },
    { phase: "recovery", rate, duration: recovery },
  ]);
}

export interface Peak2xProfile extends OpenLoopProfile {
  /** Length of each of the phases `peak` and `peak2x`. Default 1 minute. */
  readonly hold?: string;
  /** Length of the phase `recovery`. Default 1 minute. */
  readonly recovery?: string;
}

/**
 * The expected peak, held; twice the expected peak, held; and back. Phases `peak`, `peak2x`,
 * `recovery`. What "load tested with twice the expected traffic" means.
 */
function peak2x(options: Peak2xProfile = {}): Executor<"ramping-arrival-rate"> {
  const { hold: length = "1m", recovery = "1m", ...rest } = options;
  const rate = rest.rate ?? DEFAULT_RATE;
  return steps(rest, [
    { phase: "peak", rate, duration: length },
    { phase: "peak2x", rate: rate * 2, duration: length },
    { phase: "recovery", rate, duration: recovery },
  ]);
}

interface Step {
  readonly phase: string;
  readonly rate: number;
  readonly duration: string;
}

/** Levels, one after the other; a k6 stage of no duration is the jump between two. */
function steps(
  { rate: _, ...rest }: OpenLoopProfile,
  levels: readonly Step[],
): Executor<"ramping-arrival-rate"> {
  const { rates, timeUnit } = writeRates(levels.map((level) => level.rate));
  const stages = levels.flatMap(({ phase, duration }, at): Stage[] => {
    const target = rates[at] ?? 1;
    return [
      { target, duration: "0s", phase },
      { target, duration, phase },
    ];
  });
  const highest = Math.max(...levels.map((level) => level.rate));
  const executor = "ramping-arrival-rate";
  return { executor, startRate: rates[0] ?? 1, timeUnit, stages, ...openLoop(highest, rest) };
}

export interface RampProfile extends SteadyProfile {
  /** Rate at the start; default a tenth of `rate`. */
  readonly from?: number;
}

/** From a low rate up to `rate`, evenly: where does it begin to hurt? Phase `ramp`. */
function ramp(options: RampProfile = {}): Executor<"ramping-arrival-rate"> {
  const { rate = DEFAULT_RATE, from = rate / 10, duration = "2m", ...rest } = options;
  const { rates, timeUnit } = writeRates([from, rate]);
  return {
    executor: "ramping-arrival-rate",
    startRate: rates[0] ?? 1,
    timeUnit,
    stages: [{ target: rates[1] ?? 1, duration, phase: "ramp" }],
    ...openLoop(Math.max(from, rate), rest),
  };
}

function openLoop(highest: number, { maxVUs, ...rest }: Omit<OpenLoopProfile, "rate">) {
  const vus = maxVUs ?? vusForRate(highest);
  const defaults = { arrival: "poisson", warmup: "5s" } as const;
  return { ...defaults, preAllocatedVUs: vus, maxVUs: vus, ...rest };
}

export interface SmokeProfile extends Placement {
  /** Default 5. */
  readonly iterations?: number;
  /** Default 1. */
  readonly vus?: number;
}

/** A few iterations, one after the other: does it work at all? Phase `smoke`. */
function smoke(options: SmokeProfile = {}): Executor<"shared-iterations"> {
  return { executor: "shared-iterations", iterations: 5, vus: 1, phase: "smoke", ...options };
}

export interface ReplayProfile extends Placement {
  /** Default: as many as the busiest minute of the trace has arrivals, 100 to 10,000. */
  readonly maxVUs?: number;
}

/** The arrivals of a recorded trace (`traces.read`). Phase `replay`. */
function replay(trace: Trace, options: ReplayProfile = {}): Executor<"trace"> {
  return { executor: "trace", trace, phase: "replay", ...options };
}

/** Traffic profiles for scenarios: `profiles.steady(...)`. */
export const profiles = { smoke, steady, spike, peak2x, ramp, soak, replay } as const;
