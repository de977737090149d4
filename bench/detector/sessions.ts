/**
 * Simulated nights: log estimate = level + session + run + what a finite number of requests adds.
 * Requests are log-normal (σ = 0.5) and alike in a row (AR(1), φ = 0.5); sessions follow each other
 * with φ = 0.3, and half of their noise is common to all metrics of a night.
 */
import { randomStream, type Random } from "../../src/core/random.ts";
import { percentile } from "../../src/stats/percentile.ts";

export interface NoiseLevel {
  readonly name: string;
  /** Standard deviations of log estimates. */
  readonly session: number;
  readonly run: number;
}

export const noiseLevels: readonly NoiseLevel[] = [
  { name: "quiet (1 %/1 %)", session: 0.01, run: 0.01 },
  { name: "typical (2 %/2 %)", session: 0.02, run: 0.02 },
  { name: "noisy (5 %/3 %)", session: 0.05, run: 0.03 },
];

const REQUEST_SIGMA = 0.5;
const REQUEST_PHI = 0.5;
const SESSION_PHI = 0.3;
const POOL = 4000;

/** What the p95 of a run's requests is off by, on the log scale: so many runs, really drawn. */
export function requestNoise(requests: number): Float64Array {
  const random = randomStream("requests", requests);
  const truth = REQUEST_SIGMA * 1.6448536269514722;
  const values = new Float64Array(requests);
  return Float64Array.from({ length: POOL }, () => {
    let last = random.normal();
    for (let i = 0; i < requests; i += 1) {
      last = REQUEST_PHI * last + Math.sqrt(1 - REQUEST_PHI ** 2) * random.normal();
      values[i] = REQUEST_SIGMA * last;
    }
    return (percentile(values.sort(), 95) ?? NaN) - truth;
  });
}

export interface World {
  readonly noise: NoiseLevel;
  /** Of requestNoise(). */
  readonly pool: Float64Array;
  readonly random: Random;
  readonly metrics: number;
}

/** A night draws runs of its own session; each call is a new run: the log value of every metric. */
export interface HistorySession {
  run(): number[];
}

/** Nights one after the other. */
export function sessionsFor(world: World): () => HistorySession {
  const { noise, pool, random, metrics } = world;
  const share = Math.SQRT1_2;
  const own = Array.from({ length: metrics }, () => random.normal());
  let common = random.normal();
  const step = (last: number): number =>
    SESSION_PHI * last + Math.sqrt(1 - SESSION_PHI ** 2) * random.normal();
  return () => {
    common = step(common);
    own.forEach((last, i) => (own[i] = step(last)));
    const session = own.map((one) => noise.session * share * (common + one));
    const run = (): number[] =>
      session.map(
        (level) => level + noise.run * random.normal() + (pool[random.integer(pool.length)] ?? 0),
      );
    return { run };
  };
}

export function runsOf(night: HistorySession, count: number): number[][] {
  return Array.from({ length: count }, () => night.run());
}
