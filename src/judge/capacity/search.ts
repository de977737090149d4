/**
 * The search for the highest load that still holds: doubling (or halving) until one level holds and
 * a higher one does not, then levels where the answer says most. What is believed is a Bayesian
 * psychometric function (QUEST: Watson and Pelli 1983; with unknown slope: Kontsevich and Tyler
 * 1999): the share of good requests falls with the load as a logistic curve that crosses the wanted
 * share at the capacity; capacity and steepness are unknown, every level's counts weigh on both, and
 * the next level is the median of the capacity. Bisection would throw away how far a level was from
 * the limit, and one wrong answer would mislead it for ever; near the edge answers are wrong often.
 */
import { held, type Answer, type Estimate, type SearchLimits } from "./answer.ts";
import { believed, isNearby, MARGIN, NEARBY } from "./belief.ts";

export type SearchState =
  | { readonly kind: "next"; readonly load: number }
  | { readonly kind: "found"; readonly estimate: Estimate }
  /** Not even the least load holds, or the most does. */
  | { readonly kind: "below"; readonly load: number }
  | { readonly kind: "above"; readonly load: number };

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

/** The best of what is known, also when the search ended early; undefined without a bracket. */
export function estimateOf(
  answers: readonly Answer[],
  limits: Pick<SearchLimits, "share" | "wait">,
): Estimate | undefined {
  const { low, high } = bracketOf(answers, limits.share);
  return low === undefined || high === undefined ? undefined : believed(answers, limits);
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
