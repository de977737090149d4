/** Intervals for shares: failed requests, requests within the SLO, false alarms. */
import { betaQuantile } from "./beta.ts";
import { normalQuantile, normalCdf } from "./normal.ts";

export interface Share {
  /** How many had the property. */
  readonly passes: number;
  readonly count: number;
}

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson (1927): the score interval, with one-sided level `alpha` at each end.
 *
 * @param share count above 0
 */
export function wilson(share: Share, alpha = 0.025): Bounds {
  return wilsonAt(share, normalQuantile(1 - alpha));
}

/**
 * Clopper and Pearson (1934): exact, never too short. Low: the α quantile of Beta(x, n−x+1); high:
 * the 1−α quantile of Beta(x+1, n−x). One-sided level `alpha` at each end.
 */
export function clopperPearson({ passes, count }: Share, alpha = 0.025): Bounds {
  return {
    low: passes <= 0 ? 0 : betaQuantile(alpha, passes, count - passes + 1),
    high: passes >= count ? 1 : betaQuantile(1 - alpha, passes + 1, count - passes),
  };
}

/**
 * The difference candidate − baseline of two independent shares, by Newcombe's method 10 (1998): Wilson's
 * distances, combined as squares. One-sided level `alpha` at each end.
 */
export function newcombe(baseline: Share, candidate: Share, alpha = 0.025): Bounds {
  return newcombeAt(baseline, candidate, normalQuantile(1 - alpha));
}

/**
 * One-sided p of "candidate − baseline is at most `limit`": the level at which Newcombe's lower bound is
 * just the limit.
 */
export function newcombeP(baseline: Share, candidate: Share, limit: number): number {
  if (shareOf(candidate) - shareOf(baseline) <= limit) {
    return 1 - levelWhere((z) => newcombeAt(baseline, candidate, z).high >= limit);
  }
  return levelWhere((z) => newcombeAt(baseline, candidate, z).low <= limit);
}

/** The tail beyond the smallest z ≥ 0 for which `reached` holds; it holds for all larger ones. */
function levelWhere(reached: (z: number) => boolean): number {
  let low = 0;
  let high = 40;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (reached(middle)) high = middle;
    else low = middle;
  }
  return normalCdf(-high);
}

function newcombeAt(baseline: Share, candidate: Share, z: number): Bounds {
  const [p1, p2] = [shareOf(baseline), shareOf(candidate)];
  const [w1, w2] = [wilsonAt(baseline, z), wilsonAt(candidate, z)];
  return {
    low: p2 - p1 - Math.hypot(p2 - w2.low, w1.high - p1),
    high: p2 - p1 + Math.hypot(w2.high - p2, p1 - w1.low),
  };
}

function wilsonAt({ passes, count }: Share, z: number): Bounds {
  const p = passes / count;
  const z2 = (z * z) / count;
  const center = (p + z2 / 2) / (1 + z2);
  const reach = (z / (1 + z2)) * Math.sqrt((p * (1 - p)) / count + z2 / (4 * count));
  // At the ends the formula is exact but for rounding.
  return {
    low: passes <= 0 ? 0 : Math.max(0, center - reach),
    high: passes >= count ? 1 : Math.min(1, center + reach),
  };
}

function shareOf({ passes, count }: Share): number {
  return passes / count;
}
