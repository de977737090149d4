/** How small a change can be found, and how many runs it takes. */
import { noncentralTCdf } from "./noncentral-t.ts";
import { tQuantile } from "./student-t.ts";

/** More than this nobody will run: "unreachable". */
export const MOST_RUNS = 1000;

/** Chance that a one-sided t test at level `alpha` rejects when the true difference is δ standard errors. */
export function powerOfT(delta: number, df: number, alpha: number): number {
  return 1 - noncentralTCdf(tQuantile(1 - alpha, df), df, delta);
}

/**
 * The smallest true difference, in standard errors, that a one-sided t test at level `alpha` finds
 * with probability `power`; exact, by the noncentral t.
 */
export function detectable(df: number, alpha: number, power = 0.8): number {
  const critical = tQuantile(1 - alpha, df);
  let low = 0;
  let high = Math.max(1, critical);
  while (1 - noncentralTCdf(critical, df, high) < power) high *= 2;
  for (let step = 0; step < 60 && high - low > 1e-12 * high; step += 1) {
    const middle = (low + high) / 2;
    if (1 - noncentralTCdf(critical, df, middle) < power) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

export interface Aim {
  /** The true difference to find. */
  readonly effect: number;
  /** Standard deviation between runs. */
  readonly sd: number;
  /** One-sided level; 0.05. */
  readonly alpha?: number;
  /** 0.8. */
  readonly power?: number;
}

/**
 * Runs on each side so that a two-sample t test finds the effect.
 *
 * @returns undefined where MOST_RUNS would not do
 */
export function runsPerSide(aim: Aim): number | undefined {
  return fewest(2, (n) => finds(aim, aim.sd * Math.sqrt(2 / n), 2 * n - 2));
}

/** New runs against `baselines` runs there are, one variance. Undefined where no number would do. */
export function newRuns(aim: Aim, baselines: number): number | undefined {
  return fewest(1, (n) => {
    const se = aim.sd * Math.sqrt(1 / n + 1 / baselines);
    return finds(aim, se, baselines + n - 2);
  });
}

/** Pairs so that a paired t test finds the effect; `sd` is that of the differences. */
export function pairsToFind(aim: Aim): number | undefined {
  return fewest(2, (n) => finds(aim, aim.sd / Math.sqrt(n), n - 1));
}

function finds({ effect, alpha = 0.05, power = 0.8 }: Aim, se: number, df: number): boolean {
  return powerOfT(effect / se, df, alpha) >= power;
}

/** Where a difference lies, and how large an error of it can be borne to call it. */
export interface Standing {
  /** Oriented: above 0 is worse. */
  readonly difference: number;
  /** What a regression must exceed. */
  readonly margin: number;
  /** What a pass must rule out; at least the margin. */
  readonly matters: number;
  readonly alpha: number;
}

/**
 * How far the observed difference is from the bound it must clear: above 0 for a regression, which
 * must exceed the margin too; below what matters for a pass.
 */
export function distanceToProve({ difference, margin, matters }: Standing): number {
  return difference > margin ? difference : matters - difference;
}

/**
 * Pairs until the verdict is clear, if the difference stays: n = ⌈(q s_d / distance)²⌉ with
 * q = t_{1−α, n−1}, iterated.
 */
export function pairsNeeded(standing: Standing, sd: number): number | undefined {
  const distance = distanceToProve(standing);
  return fewest(2, (n) => tQuantile(1 - standing.alpha, n - 1) * sd <= distance * Math.sqrt(n));
}

/** Runs on each side until the verdict is clear: as `pairsNeeded`, with se = s√(2/n), 2n − 2. */
export function runsNeededPerSide(standing: Standing, sd: number): number | undefined {
  const distance = distanceToProve(standing);
  return fewest(2, (n) => {
    return tQuantile(1 - standing.alpha, 2 * n - 2) * sd * Math.sqrt(2 / n) <= distance;
  });
}

/** Smallest n from `start` for which `enough` holds, if it holds at MOST_RUNS; monotone in n. */
function fewest(start: number, enough: (n: number) => boolean): number | undefined {
  if (!enough(MOST_RUNS)) return undefined;
  let low = start;
  let high = MOST_RUNS;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (enough(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
