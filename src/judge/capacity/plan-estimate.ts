/** How many replicas, and what they cost: `plimsoll plan`, schema `plimsoll.plan-estimate/1`. */
import { present } from "../present.ts";
import { assumptionsOf, warningsOf } from "./plan-assumptions.ts";
import {
  scaleInBelow,
  scaleOutAt,
  sizingOf,
  spendingsOf,
  type Figure,
  type ScaleOut,
  type Sizing,
  type Spendings,
} from "./sizing.ts";

export const PLAN_ESTIMATE_SCHEMA = "plimsoll.plan-estimate/1";

/** What the estimate stands on: a capacity that was searched for, or one that was told. */
export interface CapacityBasis {
  readonly by: "rate" | "concurrency";
  readonly capacity: Figure;
  /** Of a search: its id, scenario, target and how it ended. */
  readonly search?: {
    readonly id: string;
    readonly scenario: string;
    readonly target?: string;
    readonly end: string;
  };
  /** Load of the best throughput for its latency. */
  readonly knee?: number;
  /** The server turns requests away above this: a policy's limit, not the machine's. */
  readonly admittedPerSecond?: number;
  /** At the highest level that held: requests per second, tokens of a request, W of a replica. */
  readonly requestRate?: number;
  readonly outputTokens?: number;
  readonly power?: PowerBasis;
}

export interface PowerBasis {
  /** W of one replica. */
  readonly watts: number;
  /** Of what, and how it is known. */
  readonly of: string;
}

export interface PlanWishes {
  readonly peak: number;
  readonly growth: number;
  readonly margin: number;
  readonly lost: number;
  /** Words: `12 months`, `the launch`. */
  readonly horizon?: string;
  /** Hours of a month that the fleet stands. */
  readonly hours: number;
  /** Mean load as a share of the grown peak, 0 to 1. */
  readonly meanLoad: number;
  readonly gpuHourPrice?: number;
  readonly gpusPerReplica: number;
  readonly energyPrice?: number;
  readonly pue: number;
  /** W of one replica, told; what the levels measured is used otherwise. */
  readonly power?: number;
  readonly outputTokens?: number;
  readonly inputTokens?: number;
}

export interface PlanEstimate extends Sizing {
  readonly schema: typeof PLAN_ESTIMATE_SCHEMA;
  readonly basis: CapacityBasis;
  readonly wishes: PlanWishes;
  readonly scaling: ScaleOut & { readonly inBelow?: number };
  readonly spending: Spendings;
  /** What is taken for granted, a sentence each. */
  readonly assumptions: readonly string[];
  /** What speaks against these figures, a sentence each. */
  readonly warnings: readonly string[];
}

export function planEstimate(basis: CapacityBasis, wishes: PlanWishes): PlanEstimate {
  const { capacity, by, knee } = basis;
  const sizing = sizingOf({ capacity, ...wishes });
  const scaleOut = scaleOutAt(capacity, wishes.margin, knee);
  const replicas = sizing.replicas.value;
  const mean = sizing.expectedPeak * wishes.meanLoad;
  const spending = spendingsOf(
    sizing.replicas,
    { ...wishes, ...present({ power: wishes.power ?? basis.power?.watts }) },
    present({
      requestRate: by === "rate" ? mean : requestsOf(basis, mean),
      outputTokens: wishes.outputTokens ?? basis.outputTokens,
      inputTokens: wishes.inputTokens,
    }),
  );
  return {
    schema: PLAN_ESTIMATE_SCHEMA,
    basis,
    wishes,
    ...sizing,
    scaling: { ...scaleOut, ...present({ inBelow: scaleInBelow(scaleOut.load.value, replicas) }) },
    spending,
    assumptions: assumptionsOf(basis, wishes),
    warnings: warningsOf(basis, sizing),
  };
}

/** So many users make as many requests as they did at the highest level that held. */
function requestsOf({ capacity, requestRate }: CapacityBasis, users: number): number | undefined {
  return requestRate === undefined ? undefined : (requestRate / capacity.value) * users;
}
