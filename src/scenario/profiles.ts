/**
 * Traffic profiles: the shapes that load tests are made of, as functions that return k6 scenario
 * objects. Open loops have Poisson arrivals, as independent users do. Rates are per second;
 * without `--peak` they are small enough for a laptop.
 */
import type * as k6 from "k6/options";
import { vusForRate, writeRates } from "./arrival-rates.ts";
import type { Duration, ScenarioOptions } from "./script.ts";

/** Iterations per second where nothing else is said. */
const DEFAULT_RATE = 4;
const DEFAULT_WARMUP = "5s";

type Executor<Name extends ScenarioOptions["executor"]> = Extract<
  ScenarioOptions,
  { executor: Name }
>;

/** Anything of k6's scenario that is not about the shape of the traffic. */
export type AnyProfile = Partial<
  Pick<k6.ConstantArrivalRateScenario, "startTime" | "gracefulStop" | "exec" | "env" | "tags">
> & {
  /** Not measured, at the rate it starts with. Default 5 s. */
  readonly warmup?: Duration;
  readonly arrival?: "constant" | "poisson";
  readonly maxVUs?: number;
};

export type SteadyProfile = AnyProfile & {
  /** Iterations per second; default 4. */
  readonly rate?: number | undefined;
  /** Measured, after the warm-up. Default 1 minute. */
  readonly duration?: string;
};

/** One rate, held. Phase `steady`. */
function steady(options: SteadyProfile = {}): Executor<"constant-arrival-rate"> {
  return held("steady", { duration: "1m", ...options });
}

function held(
  phase: string,
  { rate = DEFAULT_RATE, duration = "1m", ...rest }: SteadyProfile,
): Executor<"constant-arrival-rate"> {
  const { rates, timeUnit } = writeRates([rate]);
  return {
    executor: "constant-arrival-rate",
    rate: rates[0] ?? 1,
    timeUnit,
    duration,
    phase,
    ...openLoop(rate, rest),
  };
}

function openLoop(highest: number, { maxVUs, ...rest }: AnyProfile) {
  return {
    arrival: "poisson",
    warmup: DEFAULT_WARMUP,
    ...vusForRate(highest),
    ...(maxVUs !== undefined && { maxVUs, preAllocatedVUs: maxVUs }),
    ...rest,
  } as const;
}

export type SmokeProfile = Omit<AnyProfile, "warmup" | "arrival" | "maxVUs"> & {
  /** Default 5. */
  readonly iterations?: number;
  /** Default 1. */
  readonly vus?: number;
};

/** A few iterations, one after the other: does it work at all? Phase `smoke`. */
function smoke(options: SmokeProfile = {}): Executor<"shared-iterations"> {
  return { executor: "shared-iterations", iterations: 5, vus: 1, phase: "smoke", ...options };
}

export const profiles = { steady, smoke } as const;
