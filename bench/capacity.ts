/**
 * How near `plimsoll capacity` comes to the true capacity of servers whose law is known, over 20
 * seeded searches: the search, the lengths of its levels, and the watch for a growing queue are those
 * of the program; the servers are played in virtual time, so that a search takes no ten minutes.
 */
import { levelTimes } from "../src/session/capacity/level-times.ts";
import { randomStream, type Random } from "../src/core/random.ts";
import { designEffect } from "../src/judge/capacity/design-effect.ts";
import { isSaturated, type FlightReading } from "../src/judge/capacity/saturation.ts";
import { estimateOf, searchState } from "../src/judge/capacity/search.ts";
import type { Answer, Estimate } from "../src/judge/capacity/answer.ts";
import { settlingOf, trustAfter, warmupFor } from "../src/judge/capacity/settling.ts";
import { judgeAim } from "./aims.ts";
import { bucket, coldQueue, queue, type Law } from "./capacity-laws.ts";
import type { BenchRow, BenchTable } from "./table.ts";

const TRIALS = 20;
const MOST_LEVELS = 12;
/** ms: `--level-time` and `--max-time`. */
interface Times {
  readonly levelTime: number;
  readonly mostTime: number;
}
/** The program's own. */
const DEFAULT: Times = { levelTime: 20_000, mostTime: 600_000 };
/** What docs/capacity.md advises where a level has few requests that come good or bad in long rows. */
const LONGER: Times = { levelTime: 60_000, mostTime: 1_800_000 };
const TOLERANCE = 0.04;
const READING = 0.25;

interface Trial {
  readonly estimate: Estimate | undefined;
  readonly levels: number;
  /** s of virtual time. */
  readonly seconds: number;
}

export function capacity(): Promise<BenchTable> {
  const fast = [
    ...[queue(4, 0.01, 0.02, 0.99), queue(8, 0.04, 0.08, 0.95), queue(16, 0.04, 0.04, 0.99)],
    ...[bucket(50, 20, 0.99), bucket(200, 10, 0.99)],
  ];
  // Caches are filled, clocks go up: twice the time at first, and the same after some seconds.
  const cold = [coldQueue(8, 0.04, 0.08, 0.95), coldQueue(16, 0.04, 0.04, 0.99)];
  // The SLO allows waits so long that the capacity is all that the server can do.
  const patient = [queue(4, 0.1, 2, 0.99), queue(8, 0.04, 1, 0.99)];
  // A level has fewer requests, and they come good or bad in longer rows.
  const slow = [queue(4, 0.05, 0.1, 0.99), queue(16, 0.2, 0.2, 0.99), queue(64, 0.5, 0.25, 0.99)];
  // Requests of half a level's length.
  const long = [queue(64, 5, 2, 0.95)];
  const judged = [
    ...[...fast, ...cold, ...patient, ...slow, ...long].map((law) => ({ law, times: DEFAULT })),
    ...[...patient, ...slow, ...long].map((law) => ({ law, times: LONGER })),
  ].map(({ law, times }) => ({ law, times, trials: trialsOf(law, times) }));
  return Promise.resolve({
    title: `plimsoll capacity against servers of known capacity, ${TRIALS} searches each`,
    rows: judged.map(({ law, times, trials }) => rowOf(law, times, trials)),
    notes: judged.flatMap(({ law, times, trials }) => [
      judgeAim({
        what: `${law.name}, ${timesText(times)}: largest error`,
        value: Math.max(...errorsOf(law, trials).map(Math.abs)),
        limit: 5,
        unit: " %",
      }),
      judgeAim({
        what: `${law.name}, ${timesText(times)}: most levels`,
        value: Math.max(...trials.map(({ levels }) => levels)),
        limit: MOST_LEVELS,
        unit: "",
      }),
    ]),
  });
}

function trialsOf(law: Law, times: Times): readonly Trial[] {
  return Array.from({ length: TRIALS }, (_, seed) => trial(law, times, seed));
}

function timesText({ levelTime, mostTime }: Times): string {
  return `levels from ${levelTime / 1000} s, at most ${mostTime / 60_000} min`;
}

function errorsOf({ truth }: Law, trials: readonly Trial[]): readonly number[] {
  return trials.map(({ estimate }) => 100 * ((estimate?.capacity ?? NaN) / truth - 1));
}

function rowOf(law: Law, times: Times, trials: readonly Trial[]): BenchRow {
  const errors = errorsOf(law, trials);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const two = (value: number): number => Number(value.toPrecision(2));
  const inside = trials.filter(
    ({ estimate }) =>
      estimate !== undefined && estimate.low <= law.truth && law.truth <= estimate.high,
  );
  return {
    law: law.name,
    flags: timesText(times),
    "true capacity, /s": Number(law.truth.toPrecision(4)),
    "mean error, %": two(mean(errors)),
    "largest, %": two(Math.max(...errors.map(Math.abs))),
    "within 5 %": `${errors.filter((error) => Math.abs(error) <= 5).length} of ${trials.length}`,
    "inside its 90 % interval": `${inside.length} of ${trials.length}`,
    "levels, mean": two(mean(trials.map(({ levels }) => levels))),
    "levels, most": Math.max(...trials.map(({ levels }) => levels)),
    "minutes, mean": two(mean(trials.map(({ seconds }) => seconds / 60))),
  };
}

function trial(law: Law, { levelTime, mostTime }: Times, seed: number): Trial {
  const random = randomStream("capacity", law.name, seed);
  const levels: (Played & { readonly warmup: number })[] = [];
  // Half of the truth, more or less: what the short probe before a search finds.
  const start = law.truth * (0.35 + 0.3 * random.next());
  const limits = {
    ...{ start, share: law.share, tolerance: TOLERANCE, least: start / 64, most: 1e5 },
    ...(law.limit < Infinity && { wait: law.limit }),
  };
  let seconds = 0;
  for (;;) {
    const answers = answersOf(levels);
    const state = searchState(answers, limits);
    if (state.kind !== "next" || levels.length === MOST_LEVELS) break;
    const load = Number(state.load.toPrecision(4));
    const bracketed = estimateOf(answers, limits) !== undefined;
    const left = { time: mostTime - 1000 * seconds, levels: MOST_LEVELS - levels.length };
    const times = levelTimes({
      ...{ by: "rate" as const, load, levelTime, duration: 1000 * law.mean },
      settling: warmupFor(levels),
      ...(bracketed && { left }),
    });
    if (seconds + (times.warmup + times.length) / 1000 > mostTime / 1000) break;
    const measured = level(law, load, { ...times, random });
    seconds += measured.seconds;
    levels.push({ ...measured, warmup: times.warmup });
  }
  return { estimate: estimateOf(answersOf(levels), limits), levels: levels.length, seconds };
}

function answersOf(levels: readonly (Played & { readonly warmup: number })[]): readonly Answer[] {
  const needed = warmupFor(levels);
  return levels.map(({ answer, warmup }) => ({ ...answer, trust: trustAfter(warmup, needed) }));
}

interface Request {
  readonly at: number;
  readonly good: boolean;
  readonly end: number;
}

interface Played {
  readonly answer: Answer;
  readonly seconds: number;
  /** ms; absent when it was cut short. */
  readonly settled?: number;
}

function level(
  law: Law,
  load: number,
  { warmup, length, random }: { warmup: number; length: number; random: Random },
): Played {
  const [from, end] = [warmup / 1000, (warmup + length) / 1000];
  const serve = law.open();
  const requests: Request[] = [];
  for (let now = random.exponential() / load; now < end; now += random.exponential() / load) {
    const served = serve(now, random);
    requests.push({ at: now, good: served.ok && served.wait <= law.limit, end: served.end });
  }
  const cut = saturatedAt(requests, load, [from, end]);
  const good = requests
    .filter(({ at }) => at >= from && at < (cut ?? end))
    .map((one) => one.good && (cut === undefined || one.end <= cut));
  const met = good.filter(Boolean).length;
  const refused = cut !== undefined;
  const effect = designEffect(good);
  const until = cut ?? end;
  const ended = requests.filter((one) => one.end >= from && one.end < until).length;
  const begun = requests.filter((one) => one.at >= from && one.at < until).length;
  const served = { perSecond: (load * ended) / begun, seconds: until - from };
  const answer = { load, count: good.length, good: met, effect, refused, served };
  const stays = requests.map((one) => ({ start: 1000 * one.at, end: 1000 * one.end }));
  const settled = settlingOf(stays, { start: 0, end: 1000 * end }, "rate");
  return { answer, seconds: until, ...(!refused && { settled }) };
}

/** When the program would have cut the level short, s; undefined when it would not. */
function saturatedAt(
  requests: readonly Request[],
  load: number,
  [from, end]: readonly [number, number],
): number | undefined {
  const readings: FlightReading[] = [];
  const ends = requests.map((request) => request.end).sort((a, b) => a - b);
  let [begun, done] = [0, 0];
  for (let at = from; at < end; at += READING) {
    while ((requests[begun]?.at ?? Infinity) <= at) begun += 1;
    while ((ends[done] ?? Infinity) <= at) done += 1;
    readings.push({ at: 1000 * at, inFlight: begun - done });
    if (isSaturated(readings, load)) return at;
  }
  return undefined;
}
