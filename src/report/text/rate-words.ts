/** What was started of what was planned: the same words in every report. */
import type { Rates } from "../../judge/metric-summaries.ts";
import { quantity } from "./quantity.ts";

export interface RateWords {
  /** `4.98/s`: of the schedule's iterations, where there is a schedule. */
  readonly started: string;
  /** ` of 5.00/s planned`; empty without a schedule. */
  readonly planned: string;
  /** `, and 6.70/s in closed loops`: starts that no schedule planned, beside those that one did. */
  readonly unplanned: string;
}

/** @returns undefined where no rate is known */
export function rateWords({ target, achieved, achievedShare }: Rates): RateWords | undefined {
  if (achieved === undefined) return undefined;
  const rate = (value: number): string => quantity(value, "1/s");
  if (target === undefined) return { started: rate(achieved), planned: "", unplanned: "" };
  const scheduled = achievedShare === undefined ? achieved : achievedShare * target;
  const rest = achieved - scheduled;
  return {
    started: rate(scheduled),
    planned: ` of ${rate(target)} planned`,
    // The share is a quotient: what rounding leaves is no iteration.
    unplanned: rest > achieved * 1e-6 ? `, and ${rate(rest)} in closed loops` : "",
  };
}
