/** Nights without and with a slowdown, judged by every rule at the same number of runs a night. */
import { randomStream } from "../../src/core/random.ts";
import { mean, variance } from "../../src/stats/moments.ts";
import { sessionsFor, runsOf, type NoiseLevel } from "./sessions.ts";
import { benchstatRule, bencherRule, fixedRule, naiveRule, otavaRule } from "./rival-rules.ts";
import { tally, type Tally } from "./tally.ts";
import { oneSessionAgainstAnother, twoStage } from "./two-stage.ts";

const NIGHTS = 20;
/** Runs a night. */
export const RUNS = 5;
const METRICS = 6;
/** Nights that Otava is given after the change before it is asked. */
const LATER = 5;

export interface Cell {
  readonly noise: NoiseLevel;
  /** Slowdown of the first metric: 0.1 is 10 %. */
  readonly effect: number;
  readonly trials: number;
}

export interface CellResult {
  readonly cell: Cell;
  /** By rule: flags on the slowed metric, or on all of them where nothing was slowed. */
  readonly rules: ReadonlyMap<string, Tally>;
  /** Ours: mean runs a night, and metric-nights that ended inconclusive. */
  readonly runs: number;
  readonly rivalRuns: number;
  readonly inconclusive: Tally;
}

/** @param rivalRuns runs that the other rules get, every night */
export function simulate(cell: Cell, pool: Float64Array, rivalRuns?: number): CellResult {
  const ours = ourRule(cell, pool);
  // Equal cost is that of nights on which nothing happens, for these are what a team pays for;
  // rounded up in the others' favour.
  const runs = rivalRuns ?? Math.ceil(ours.runs - 1e-9);
  const rivals = rivalRules(cell, pool, runs);
  const rules = new Map([
    ["two-stage (ours)", ours.flags],
    ...rivals,
    ...withoutHistory(cell, pool),
  ]);
  return { cell, ...ours, rivalRuns: runs, rules };
}

/** Which metrics a cell's flags are counted on. */
function counted(cell: Cell): number[] {
  return Array.from({ length: cell.effect === 0 ? METRICS : 1 }, (_, i) => i);
}

function ourRule(cell: Cell, pool: Float64Array) {
  const flags = tally();
  const inconclusive = tally();
  let runs = 0;
  for (let trial = 0; trial < cell.trials; trial += 1) {
    const random = randomStream("ours", cell.noise.name, cell.effect, trial);
    const next = sessionsFor({ noise: cell.noise, pool, random, metrics: METRICS });
    const history = Array.from({ length: NIGHTS }, () => runsOf(next(), RUNS));
    const night = next();
    const slow = (run: number[]): number[] => slowed(run, cell.effect);
    const ruling = twoStage({
      history,
      tonight: runsOf(night, RUNS).map(slow),
      pair: () => [night.run(), slow(night.run())],
    });
    runs += ruling.runs / cell.trials;
    for (const metric of counted(cell)) {
      flags.add(ruling.regression[metric] ?? false);
      inconclusive.add(ruling.inconclusive[metric] ?? false);
    }
  }
  return { flags, inconclusive, runs };
}

/** Ours on two nights of RUNS runs alone: blind to how much nights differ, and calibrated. */
export function withoutHistory(cell: Cell, pool: Float64Array): [string, Tally][] {
  const [blind, calibrated] = [tally(), tally()];
  const { session, run } = cell.noise;
  const prior = {
    run: { sd: Math.hypot(run, spreadOf(pool)), df: 20 },
    session: { sd: session, df: 10 },
  };
  for (let trial = 0; trial < cell.trials; trial += 1) {
    const random = randomStream("pairs of nights", cell.noise.name, cell.effect, trial);
    const next = sessionsFor({ noise: cell.noise, pool, random, metrics: METRICS });
    const old = runsOf(next(), RUNS);
    const fresh = runsOf(next(), RUNS).map((one) => slowed(one, cell.effect));
    const [without, withPrior] = [
      oneSessionAgainstAnother(old, fresh),
      oneSessionAgainstAnother(old, fresh, prior),
    ];
    for (const metric of counted(cell)) {
      blind.add(without[metric] ?? false);
      calibrated.add(withPrior[metric] ?? false);
    }
  }
  return [
    [`ours, ${RUNS} v ${RUNS}, no history`, blind],
    [`ours, ${RUNS} v ${RUNS}, calibrated`, calibrated],
  ];
}

function spreadOf(values: Float64Array): number {
  return Math.sqrt(variance(Array.from(values)));
}

function slowed(run: readonly number[], effect: number): number[] {
  return run.map((value, metric) => (metric === 0 ? value + Math.log1p(effect) : value));
}

function rivalRules(cell: Cell, pool: Float64Array, runs: number): [string, Tally][] {
  const tallies = {
    "naive 10 % against last night": tally(),
    "fixed limit at +10 % (k6-style)": tally(),
    "benchstat's rule": tally(),
    "Bencher's rule": tally(),
    [OTAVA]: tally(),
  };
  for (let trial = 0; trial < cell.trials; trial += 1) {
    const random = randomStream("rivals", cell.noise.name, cell.effect, trial);
    const next = sessionsFor({ noise: cell.noise, pool, random, metrics: METRICS });
    const nights = Array.from({ length: NIGHTS }, () => runsOf(next(), runs));
    const later = Array.from({ length: LATER }, () =>
      runsOf(next(), runs).map((run) => slowed(run, cell.effect)),
    );
    for (const metric of counted(cell)) {
      const of = (night: readonly (readonly number[])[]) => night.map((run) => run[metric] ?? NaN);
      const [first, last, tonight] = [
        of(nights[0] ?? []),
        of(nights.at(-1) ?? []),
        of(later[0] ?? []),
      ];
      const means = nights.map((night) => mean(of(night)));
      tallies["naive 10 % against last night"].add(naiveRule(last, tonight));
      tallies["fixed limit at +10 % (k6-style)"].add(fixedRule(first, tonight));
      tallies["benchstat's rule"].add(benchstatRule(last, tonight));
      tallies["Bencher's rule"].add(bencherRule(means, mean(tonight)));
      addOtava(tallies[OTAVA], cell, [...means, ...later.map((night) => mean(of(night)))]);
    }
  }
  return Object.entries(tallies);
}

const OTAVA = `Otava's defaults, ${LATER} nights later`;

/** Its alarms are upward change points; a night is one chance for one. Hits are within ±2 nights. */
function addOtava(into: Tally | undefined, { effect }: Cell, series: readonly number[]): void {
  const points = otavaRule(series);
  const ends = [0, ...points, series.length];
  const upward = points.filter(
    (at, i) => mean(series.slice(at, ends[i + 2])) > mean(series.slice(ends[i], at)),
  );
  if (effect > 0) into?.add(upward.some((at) => Math.abs(at - NIGHTS) <= 2));
  else series.forEach((_, night) => into?.add(upward.includes(night)));
}
