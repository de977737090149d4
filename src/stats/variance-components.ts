/** Noise by its source: between sessions, and between the runs of one session. */
import { squaresAround } from "./moments.ts";
import { pooledVariance, type Variance } from "./t-test.ts";

export interface Components {
  readonly run: Variance;
  readonly session: Variance;
}

/**
 * Nested analysis of variance: σ²_run = MS_within; σ²_session = max(0, (MS_between − MS_within)/R).
 * For sessions of different sizes R is (N − ΣRᵢ²/N)/(k−1) (Searle, Casella and McCulloch,
 * Variance Components, 1992, 3.6).
 *
 * @param sessions the run estimates of each session
 * @returns undefined below 2 sessions or where no session has 2 runs
 */
export function varianceComponents(
  sessions: readonly (readonly number[])[],
): Components | undefined {
  const filled = sessions.filter((session) => session.length > 0);
  const within = pooledVariance(filled);
  if (filled.length < 2 || within.df === 0) return undefined;
  const n = filled.reduce((sum, session) => sum + session.length, 0);
  const squares = filled.reduce((sum, session) => sum + session.length ** 2, 0);
  const df = filled.length - 1;
  const perSession = (n - squares / n) / df;
  const between = (squaresAround(filled.flat()) - within.variance * within.df) / df;
  return {
    run: within,
    session: { variance: Math.max(0, (between - within.variance) / perSession), df },
  };
}

/**
 * How many cheap inner repeats make best use of an expensive outer one:
 * r₁ = ⌈√((c₂/c₁)(T₁²/T₂²))⌉, with costs c and standard deviations T of the inner (1) and the
 * outer (2) level. Source: Kalibera and Jones, Rigorous benchmarking in reasonable time (2013).
 */
export function innerRepeats(
  cost: readonly [number, number],
  sd: readonly [number, number],
): number {
  return Math.ceil(Math.sqrt((cost[1] / cost[0]) * (sd[0] / sd[1]) ** 2));
}
