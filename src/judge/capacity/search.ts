/**
 * The search for the highest load that still holds: doubling (or halving) until one level holds and
 * a higher one does not, then levels where the answer says most. What is believed is a Bayesian
 * psychometric function (QUEST: Watson and Pelli 1983; with unknown slope: Kontsevich and Tyler
 * 1999): the share of good requests falls with the load as a logistic curve that crosses the wanted
 * share at the capacity; capacity and steepness are unknown, every level's counts weigh on both, and
 * the next level is the median of the capacity. Bisection would throw away how far a level was from
 * the limit, and one wrong answer would mislead it for ever; near the edge answers are wrong often.
 */

export interface Answer {
  /** Requests per second, or virtual users. */
  readonly load: number;
  /** Requests judged, and those within the SLO. */
  readonly count: number;
  readonly good: number;
  /** How many times less they say than independent ones would (`designEffect`). */
  readonly effect: number;
  /** How much its counts say, 0 to 1, after a warm-up that was too short (`trustAfter`); 1 without it. */
  readonly trust?: number;
  /** It did not hold whatever the counts say: the queue grew without end, or a threshold failed. */
  readonly refused: boolean;
  /** What ended while it was measured, whenever it was due; absent in a closed loop. */
  readonly served?: Served;
}

export interface Served {
  /** The load times what ended over what began: free of the chance in how many happened to arrive. */
  readonly perSecond: number;
  /** How long it was measured. */
  readonly seconds: number;
}

export interface Estimate {
  /** Median of what is believed of the capacity. */
  readonly capacity: number;
  /** The middle 90 % of it. */
  readonly low: number;
  readonly high: number;
}

export interface SearchLimits {
  /** Where the search begins. */
  readonly start: number;
  /** Share of requests that must be good, 0 to 1. */
  readonly share: number;
  /** Half the relative width of the interval at which it is content: 0.05 is within 5 %. */
  readonly tolerance: number;
  /** The bounds of what makes sense: below, the server carries nothing; above, nobody asks. */
  readonly least: number;
  readonly most: number;
  /** Longest wait for its first token of a good request, s; absent where the SLO does not say. */
  readonly wait?: number;
  /** Whole numbers only: virtual users. */
  readonly whole?: boolean;
}

export type SearchState =
  | { readonly kind: "next"; readonly load: number }
  | { readonly kind: "found"; readonly estimate: Estimate }
  /** Not even the least load holds, or the most does. */
  | { readonly kind: "below"; readonly load: number }
  | { readonly kind: "above"; readonly load: number };

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
const NEARBY = { levels: 4, factor: 1.1 };
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
const MARGIN = 1.3;
const FACTOR = 2;

/** What to do after these answers, in any order. Pure: a search is resumed by its answers. */
export function searchState(answers: readonly Answer[], limits: SearchLimits): SearchState {
  const bracket = bracketOf(answers, limits.share);
  if (bracket.high === undefined || bracket.low === undefined) return outwards(bracket, limits);
  const doubted = doubtedLoad(answers, limits.share);
  if (doubted !== undefined) return { kind: "next", load: doubted };
  const estimate = believed(answers, limits);
  const beyond = outsideOf(answers, estimate, limits.share);
  if (beyond !== undefined)
    return { kind: "next", load: Math.min(limits.most, Math.max(limits.least, beyond)) };
  if (isNarrow(answers, estimate, limits)) return { kind: "found", estimate };
  const { capacity } = estimate;
  return { kind: "next", load: limits.whole === true ? Math.round(capacity) : capacity };
}

/** As narrow as it was wanted, or, of whole loads, between two neighbours. */
function isNarrow(answers: readonly Answer[], estimate: Estimate, limits: SearchLimits): boolean {
  const { low, high } = estimate;
  if (limits.whole === true && Math.floor(high) <= Math.floor(low)) return true;
  const wanted = (1 + limits.tolerance) / (1 - limits.tolerance);
  return high / low <= wanted && nearbyOf(answers, estimate) >= NEARBY.levels;
}

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

/**
 * Where answers contradict each other, the highest load that was tried may have held (as often as
 * not), or what is believed may lie beyond all loads: nobody has looked on the other side, and the
 * belief ends only where we let it end.
 */
function outsideOf(
  answers: readonly Answer[],
  { capacity }: Estimate,
  share: number,
): number | undefined {
  const loads = answers.map(({ load }) => load);
  const [least, most] = [Math.min(...loads), Math.max(...loads)];
  if (capacity > most || heldShare(answers, most, share) >= 0.5) return most * MARGIN;
  return capacity < least || heldShare(answers, least, share) < 0.5 ? least / MARGIN : undefined;
}

function heldShare(answers: readonly Answer[], load: number, share: number): number {
  const own = answers.filter((answer) => answer.load === load);
  return own.filter((answer) => held(answer, share)).length / own.length;
}

/** So many answers on one side of the edge, and one on the other that was never seen again. */
const ONE_SIDED = 4;

/**
 * One answer holds up all that is believed of its side: a moment's trouble would make the capacity
 * of it. It is asked again, once.
 */
function doubtedLoad(answers: readonly Answer[], share: number): number | undefined {
  const good = answers.filter((answer) => held(answer, share));
  const bad = answers.filter((answer) => !held(answer, share));
  const { low = 0, high = Infinity } = bracketOf(answers, share);
  if (low >= high) return undefined; // it was contradicted already
  const [few, many] = good.length < bad.length ? [good, bad] : [bad, good];
  return few.length === 1 && many.length >= ONE_SIDED ? few[0]?.load : undefined;
}

function nearbyOf(answers: readonly Answer[], { capacity }: Estimate): number {
  return answers.filter(({ load }) => isNearby(load, capacity)).length;
}

function isNearby(load: number, capacity: number): boolean {
  return load < capacity * NEARBY.factor && load * NEARBY.factor > capacity;
}

/** The best of what is known, also when the search ended early; undefined without a bracket. */
export function estimateOf(
  answers: readonly Answer[],
  limits: Pick<SearchLimits, "share" | "wait">,
): Estimate | undefined {
  const { low, high } = bracketOf(answers, limits.share);
  return low === undefined || high === undefined ? undefined : believed(answers, limits);
}

export function held({ count, good, refused }: Answer, share: number): boolean {
  return !refused && count > 0 && good >= share * count;
}

interface Bracket {
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/** The highest load that held, and the lowest that did not; they may have crossed. */
function bracketOf(answers: readonly Answer[], share: number): Bracket {
  const loads = (wanted: boolean): number[] =>
    answers.filter((answer) => held(answer, share) === wanted).map(({ load }) => load);
  const [good, bad] = [loads(true), loads(false)];
  return {
    low: good.length === 0 ? undefined : Math.max(...good),
    high: bad.length === 0 ? undefined : Math.min(...bad),
  };
}

function outwards({ low, high }: Bracket, limits: SearchLimits): SearchState {
  const { start, least, most } = limits;
  if (low === undefined && high === undefined) return { kind: "next", load: start };
  if (low !== undefined)
    return low >= most * 0.99
      ? { kind: "above", load: low }
      : { kind: "next", load: Math.min(most, low * FACTOR) };
  const failed = high ?? start;
  return failed <= least * 1.01
    ? { kind: "below", load: failed }
    : { kind: "next", load: Math.max(least, failed / FACTOR) };
}

function believed(
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
