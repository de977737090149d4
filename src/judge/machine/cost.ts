/** What tokens cost: telemetry 7 of the shared reference. US dollars a million output tokens. */
import type { RunAccounting } from "../../core/records.ts";
import { present } from "../../core/present.ts";
import type { Cost, Told } from "./usage.ts";

export interface CostFacts {
  readonly accounting: RunAccounting | undefined;
  /** GPUs that are paid for, or why their number is not known. */
  readonly gpus: Told<number>;
  readonly outputTokensPerSecond: number | undefined;
  /** Gross, or why it is not known. */
  readonly joulesPerOutputToken: Told<number>;
}

/** Undefined when no price was given. */
export function costOf({ accounting = {}, ...facts }: CostFacts): Cost | undefined {
  const { gpuHourPrice, energyPrice, pue } = accounting;
  if (gpuHourPrice === undefined && energyPrice === undefined) return undefined;
  return {
    given: accounting,
    ...present({
      rental: gpuHourPrice === undefined ? undefined : rentalOf(gpuHourPrice, facts),
      energy:
        energyPrice === undefined
          ? undefined
          : energyCost(facts.joulesPerOutputToken, energyPrice, pue),
    }),
  };
}

/** n · $/GPU-h ÷ 3600 ÷ (tokens/s) × 10⁶. */
function rentalOf(price: number, facts: Omit<CostFacts, "accounting">): Told<number> {
  const { gpus, outputTokensPerSecond: rate } = facts;
  if (typeof gpus !== "number") return gpus;
  if (rate === undefined || rate === 0) return { absent: "no output token was received" };
  return ((gpus * price) / 3600 / rate) * 1e6;
}

/** J/token ÷ 3.6 × PUE × $/kWh: 10⁶ tokens of J ÷ 3.6·10⁶ J in a kWh. */
function energyCost(joules: Told<number>, price: number, pue = 1): Told<number> {
  return typeof joules === "number" ? (joules / 3.6) * pue * price : joules;
}
