/**
 * Change points of a series of night means: E-divisive, hardened against what makes it cry wolf. A
 * window of 50 nights is split where the energy between its parts is largest (Matteson and James
 * 2014); the split must stand a permutation test with the +1 that keeps its p above 0, and a t test
 * whose standard error counts neighbouring nights that are alike. Windows and the merging of weak
 * points follow Hunter (Fleming, Kołaczkowski et al. 2023), the program behind Apache Otava; the
 * permutation test, sample variances (n − 1), at least five nights on each side, a least magnitude and
 * √((1+φ̂)/(1−φ̂)) are ours (docs/statistics.md).
 */
import { randomStream, type Random } from "../core/random.ts";
import { lagOne } from "./autocorrelation.ts";
import { bestSplit, distancesOf } from "./energy.ts";
import { mean } from "./moments.ts";
import { tUpper } from "./student-t.ts";
import { pooledVariance } from "./t-test.ts";

export interface ChangePointOptions {
  /** Nights looked at together; 50. */
  readonly window?: number;
  /** Two-sided level of a change point; 0.001. */
  readonly alpha?: number;
  /** Smallest |difference| that counts, in the units of the series; 0. */
  readonly magnitude?: number;
  /** Fewest nights on each side; 5. */
  readonly least?: number;
  /** Permutations of a window; enough that alpha can be reached: 1,999. */
  readonly permutations?: number;
}

export interface ChangePoint {
  /** Index of the first value after the change. */
  readonly index: number;
  /** Mean from the change point before to this one, and from this one to the next. */
  readonly before: number;
  readonly after: number;
  /** Two-sided, of the t test with the widened standard error. */
  readonly p: number;
}

type Options = Required<ChangePointOptions>;

/** @param values in order of time, on the log scale for times and throughput */
export function changePoints(
  values: readonly number[],
  options: ChangePointOptions = {},
): ChangePoint[] {
  const full = { window: 50, alpha: 0.001, magnitude: 0, least: 5, permutations: 1999, ...options };
  // The same series gives the same points, whoever asks.
  const random = randomStream("change points", values.length);
  const found = [...new Set(splitWindows(values, full, random))].sort((a, b) => a - b);
  return dropWeak(values, found, full);
}

/** Every window's splits; the next window begins at the last split, or half a window on. */
function splitWindows(values: readonly number[], options: Options, random: Random): number[] {
  const found: number[] = [];
  const step = Math.floor(options.window / 2);
  let start = 0;
  while (start < values.length) {
    const part = values.slice(start, start + options.window);
    const inside = splitAgain(part, options, random).map((index) => index + start);
    found.push(...inside);
    start = Math.max(start + step, ...inside);
  }
  return found;
}

/** Splits, and splits what it has split, as long as the permutation test holds. */
function splitAgain(values: readonly number[], options: Options, random: Random): number[] {
  const index = testedSplit(values, options, random);
  if (index === undefined) return [];
  const right = splitAgain(values.slice(index), options, random);
  return [
    ...splitAgain(values.slice(0, index), options, random),
    index,
    ...right.map((at) => at + index),
  ];
}

/**
 * The best split, when no more than a share alpha of random orders split as well:
 * p = (1 + #{Q* ≥ Q}) / (B + 1). It ends as soon as p can only be larger.
 */
function testedSplit(
  values: readonly number[],
  { least, permutations, alpha }: Options,
  random: Random,
): number | undefined {
  const distances = distancesOf(values);
  const order = Uint32Array.from(values, (_, i) => i);
  const found = bestSplit(distances, order, least);
  if (found === undefined) return undefined;
  const allowed = Math.floor(alpha * (permutations + 1) + 1e-9) - 1;
  let asGood = 0;
  for (let b = 0; b < permutations; b += 1) {
    shuffle(order, random);
    if ((bestSplit(distances, order, least)?.q ?? 0) >= found.q) asGood += 1;
    if (asGood > allowed) return undefined;
  }
  return found.index;
}

/** Fisher and Yates. */
function shuffle(order: Uint32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = random.integer(i + 1);
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
}

/** Takes the weakest point away until all that are left stand between their neighbours. */
function dropWeak(
  values: readonly number[],
  candidates: readonly number[],
  options: Options,
): ChangePoint[] {
  let indices = [...candidates];
  for (;;) {
    const points = describe(values, indices);
    const worst = weakest(points, options);
    if (worst === undefined) return points;
    indices = indices.filter((index) => index !== worst.index);
  }
}

function weakest(points: readonly ChangePoint[], options: Options): ChangePoint | undefined {
  const unproved = points.filter(({ p }) => p > options.alpha);
  if (unproved.length > 0) return unproved.reduce((a, b) => (b.p > a.p ? b : a));
  const small = points.filter((point) => sizeOf(point) < options.magnitude);
  if (small.length === 0) return undefined;
  return small.reduce((a, b) => (sizeOf(b) < sizeOf(a) ? b : a));
}

function sizeOf({ before, after }: ChangePoint): number {
  return Math.abs(after - before);
}

function describe(values: readonly number[], indices: readonly number[]): ChangePoint[] {
  const ends = [0, ...indices, values.length];
  const segments = ends.slice(1).map((end, i) => values.slice(ends[i], end));
  const widening = wideningOf(segments);
  return indices.map((index, i) => {
    const [left, right] = [segments[i] ?? [], segments[i + 1] ?? []];
    return { index, before: mean(left), after: mean(right), p: pOf(left, right, widening) };
  });
}

/** Two-sample t, its standard error widened; two-sided. */
function pOf(left: readonly number[], right: readonly number[], widening: number): number {
  const { variance, df } = pooledVariance([left, right]);
  const difference = Math.abs(mean(right) - mean(left));
  if (df === 0) return 1;
  const se = widening * Math.sqrt(variance * (1 / left.length + 1 / right.length));
  if (se === 0) return difference === 0 ? 1 : 0;
  return 2 * tUpper(difference / se, df);
}

/**
 * √((1+φ̂)/(1−φ̂)) of the residuals around the segments' means: neighbouring nights that are alike
 * carry less than they count. φ̂ is low by about (1+3φ)/n (Kendall 1954), which is given back.
 */
function wideningOf(segments: readonly (readonly number[])[]): number {
  const residuals = segments.flatMap((segment) => {
    const center = mean(segment);
    return segment.map((value) => value - center);
  });
  const raw = lagOne(residuals);
  const phi = Math.min(0.9, Math.max(0, raw + (1 + 3 * raw) / residuals.length));
  return Math.sqrt((1 + phi) / (1 - phi));
}
