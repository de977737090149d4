/**
 * What all levels together say of the capacity: a Bayesian psychometric function (QUEST: Watson and
 * Pelli 1983; with unknown slope: Kontsevich and Tyler 1999), on a grid of capacity and steepness.
 */
import { type Answer, type Estimate, type SearchLimits } from "./answer.ts";

/** Points of the belief, evenly spaced in the logarithm of the load. */
const GRID = 600;
/** Steepness: change of the log odds of a good request for a load e times as large. */
const SLOPES = Array.from({ length: 21 }, (_, i) => 2 * 2 ** (i * 0.4));
const STEEPEST_WITHOUT_WAITS = 128;
const SLOPE_SPREAD = 1.1;
/** A refusal may have reasons that pass: it is never quite certain. */
const REFUSED = 0.04;
/** Counts beyond this say no more: a server is not the same from one minute to the next. */
const MOST_COUNT = 2000;
/**
 * So many times more bad requests than may be is far from the edge, where the curve is another one:
 * such a level says no more than so many independent requests.
 */
const FAR = 8;
const FAR_COUNT = 4;
/**
 * Levels that the answer must rest on, and how near they must be to it, as a factor: a few may all
 * have been lucky, and then an interval looks narrow that is not.
 */
export const NEARBY = { levels: 4, factor: 1.1 };

/**
 * Batches do not see all of what makes requests alike, and a logistic curve is not a queue's: without
 * it the interval held the true capacity in 79 % of the benchmark's searches, not in 90 %.
 */
const INFLATION = 1.5;
/**
 * Beyond this many times what it ends, an overloaded server may do worse than at its best: what it
 * ends then does not bound its capacity.
 */
const OVERLOADED = 1.3;
/**
 * What no number of levels takes away, as a factor on both ends: a curve that is not quite the
 * server's.
 */
const SYSTEMATIC = 1.02;
/** What is taken for the design effect before levels near the edge have shown it. */
const USUAL_EFFECT = 25;

/** The belief reaches beyond the loads that were tried. */
export const MARGIN = 1.3;

/**
 * How many times as many requests would make the interval as narrow as was wanted: what they can
 * narrow of its width falls with the square root of their number. At least 1; Infinity where no number
 * of them would do.
 */
export function moreNeeded({ low, high }: Estimate, tolerance: number): number {
  const fixed = (SYSTEMATIC ** 2 - 1) / (SYSTEMATIC ** 2 + 1);
  const halfWidth = (high - low) / (high + low);
  if (halfWidth <= tolerance) return 1;
  return tolerance <= fixed ? Infinity : ((halfWidth - fixed) / (tolerance - fixed)) ** 2;
}

export function isNearby(load: number, capacity: number): boolean {
  return load < capacity * NEARBY.factor && load * NEARBY.factor > capacity;
}

export function believed(
  answers: readonly Answer[],
  { share, wait }: Pick<SearchLimits, "share" | "wait">,
): Estimate {
  const tried = answers.map(({ load }) => load);
  const [from, to] = [Math.min(...tried) / MARGIN, Math.max(...tried) * MARGIN];
  const loads = Array.from({ length: GRID }, (_, i) => from * (to / from) ** (i / (GRID - 1)));
  const odds = Math.log(share / (1 - share));
  const effect = pooledEffect(answers, share);
  const weights = answers.map((answer) => weightOf(answer, share, effect));
  const table = loads.map((capacity) =>
    SLOPES.map((slope) =>
      answers.reduce(
        (sum, answer, i) =>
          sum + logLikelihood(answer, { capacity, slope, odds, weight: weights[i] ?? 0 }),
        slopePrior(slope, capacity, wait),
      ),
    ),
  );
  const most = Math.max(...table.flat());
  const belief = table.map((row) => row.reduce((sum, log) => sum + Math.exp(log - most), 0));
  const total = belief.reduce((sum, weight) => sum + weight, 0);
  const quantile = (p: number): number => {
    let sum = 0;
    for (const [i, weight] of belief.entries()) {
      sum += weight / total;
      if (sum >= p) return loads[i] ?? to;
    }
    return to;
  };
  const [low, capacity, high] = [quantile(0.05), quantile(0.5), quantile(0.95)];
  const unseen = 1 + unseenOverload(answers, capacity, wait);
  return { capacity, low: low / SYSTEMATIC / unseen, high: high * SYSTEMATIC };
}

/**
 * A server that is overloaded by a share of ε makes requests wait W after W/ε only: half of a level of
 * T is late at 2W/T, and what is less may stay unseen, unless it shows in what ended, a count of λT with
 * the error √(λT).
 */
function unseenOverload(answers: readonly Answer[], capacity: number, wait = 0): number {
  const seconds = answers
    .filter(({ load, refused }) => !refused && isNearby(load, capacity))
    .flatMap(({ served }) => served?.seconds ?? []);
  if (seconds.length === 0) return 0;
  const longest = Math.max(...seconds);
  return Math.min((2 * wait) / longest, 2 / Math.sqrt(capacity * longest));
}

/**
 * How steep it may be before anything was measured, as a logarithm. Near saturation a queue's waits are
 * exponential, P(wait > W) = exp(-(limit - λ)W) for M/M/c (Kingman 1961): the logarithm of what is late
 * changes by λW for a load e times as large. Servers are other than that, so it is normal around it,
 * with a factor of e^SPREAD for a standard deviation. Where nothing waits, any steepness is as likely.
 */
function slopePrior(slope: number, capacity: number, wait: number | undefined): number {
  if (wait === undefined) return slope > STEEPEST_WITHOUT_WAITS ? -Infinity : 0;
  return -0.5 * (Math.log(slope / (capacity * wait)) / SLOPE_SPREAD) ** 2;
}

function isFar({ count, good }: Answer, share: number): boolean {
  return count - good > FAR * (1 - share) * count;
}

interface Curve {
  readonly capacity: number;
  readonly slope: number;
  /** Log odds of the wanted share. */
  readonly odds: number;
  /** Of the level's counts. */
  readonly weight: number;
}

/**
 * One for all levels: a level that shows a queue's bad minutes has a large effect of its own, one
 * that was spared has none. Weighed by their own, the spared would count for more, and the capacity
 * come out too high.
 */
function pooledEffect(answers: readonly Answer[], share: number): number {
  const near = answers.filter((one) => !one.refused && one.good < one.count && !isFar(one, share));
  const most = Math.max(...answers.map(({ count }) => count));
  // Counts of so few requests cannot show a larger one (`designEffect`).
  const usual = Math.max(1, Math.min(USUAL_EFFECT, most / 40));
  const sum = near.reduce((total, { effect }) => total + effect, usual);
  return (INFLATION * sum) / (near.length + 1);
}

function weightOf(answer: Answer, share: number, effect: number): number {
  const most = isFar(answer, share) ? FAR_COUNT : MOST_COUNT;
  return Math.min(1 / effect, most / answer.count) * (answer.trust ?? 1);
}

/** Of one level under one curve: binomial, or the bare refusal. */
function logLikelihood(answer: Answer, { capacity, slope, odds, weight }: Curve): number {
  const { load, count, good, refused } = answer;
  const bound = servedLikelihood(answer, capacity);
  if (refused) return bound + Math.log(capacity < load ? 1 - REFUSED : REFUSED);
  const logit = odds - slope * Math.log(load / capacity);
  const [logGood, logBad] = [logLogistic(logit), logLogistic(-logit)];
  return bound + weight * (good * logGood + (count - good) * logBad);
}

/** log 1/(1 + exp(-x)), without overflow. */
function logLogistic(x: number): number {
  return Math.min(0, x) - Math.log1p(Math.exp(-Math.abs(x)));
}

/**
 * A server whose capacity is above the load ends as much as arrives. One that ends less is
 * overloaded, however well its requests fared until the level was over: where the SLO allows long
 * waits, a queue may grow for the whole of a level before one request is late. One-sided and normal,
 * with a Poisson count's error.
 */
function servedLikelihood({ load, served }: Answer, capacity: number): number {
  if (served === undefined || load > OVERLOADED * served.perSecond) return 0;
  const missing = Math.min(load, capacity) - served.perSecond;
  const error = Math.sqrt(load / served.seconds);
  return missing <= 0 ? 0 : -0.5 * (missing / error) ** 2;
}
