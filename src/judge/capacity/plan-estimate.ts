/** How many replicas, and what they cost: `plimsoll plan`, schema `plimsoll.plan-estimate/1`. */
import { present } from "../../core/present.ts";
import type { CapacityBasis, PlanWishes } from "./plan-basis.ts";
import { assumptionsOf, warningsOf } from "./plan-assumptions.ts";
import {
  scaleInBelow,
  scaleOutAt,
  sizingOf,
  spendingsOf,
  type ScaleOut,
  type Sizing,
  type Spendings,
} from "./sizing.ts";

export const PLAN_ESTIMATE_SCHEMA = "plimsoll.plan-estimate/1";

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
