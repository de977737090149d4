/**
 * From runs to one estimate of the difference: which values are independent, and which t test they
 * allow. All values here are oriented: a difference above 0 is worse.
 */
import { mean } from "../../stats/moments.ts";
import {
  pairedT,
  pooledT,
  pooledVariance,
  welch,
  type TEstimate,
  type Variance,
} from "../../stats/t-test.ts";
import { varianceComponents } from "../../stats/variance-components.ts";
import { present } from "../../core/present.ts";
import type { Scale } from "./scale.ts";
import type { MetricEvidence, Method, MetricRule, NoisePrior, RunEstimate } from "./types.ts";

/** From so many sessions on, a new one is judged by how far it lies outside them. */
export const HISTORY = 10;
/** From so many sessions on, sessions rather than runs are the unit. */
const ENOUGH_SESSIONS = 3;

export interface Test {
  readonly method: Method;
  /** Absent where the evidence allows none. */
  readonly estimate?: TEstimate;
  /** What a claim of change must stand, where that is more than the estimate: see ASSUMED_SESSIONS. */
  readonly claim?: TEstimate;
  readonly difference: number;
  /** The independent values of each side. */
  readonly units: readonly [readonly number[], readonly number[]];
  readonly unit: "run" | "session" | "pair";
  /** Standard deviation between runs of one session; absent where not even a bound is known. */
  readonly runSd?: number;
  readonly caveats: readonly string[];
}

/** @returns undefined when one side has no values */
export function chooseTest(evidence: MetricEvidence, scale: Scale): Test | undefined {
  if (evidence.pairs !== undefined && evidence.pairs.length > 0) return testPairs(evidence, scale);
  const baseline = sessionsOf(evidence.baseline, scale);
  const candidate = sessionsOf(evidence.candidate, scale);
  if (baseline.size === 0 || candidate.size === 0) return undefined;
  return baseline.size >= ENOUGH_SESSIONS
    ? testSessions([baseline, candidate], evidence)
    : testRuns([baseline, candidate], evidence);
}

/** Oriented values by session; runs that name none are one session of their own. */
export type Sessions = ReadonlyMap<string | undefined, readonly number[]>;

export function sessionsOf(runs: readonly RunEstimate[], scale: Scale): Sessions {
  const sessions = new Map<string | undefined, number[]>();
  for (const { session, value } of runs) {
    const values = sessions.get(session) ?? [];
    values.push(scale.to(value));
    sessions.set(session, values);
  }
  return sessions;
}

function testPairs({ pairs = [] }: MetricEvidence, scale: Scale): Test {
  const ofBaseline = pairs.map(({ baseline }) => scale.to(baseline));
  const ofCandidate = pairs.map(({ candidate }) => scale.to(candidate));
  const differences = ofCandidate.map((value, i) => value - (ofBaseline[i] ?? NaN));
  const estimate = pairedT(differences);
  return {
    method: estimate === undefined ? "descriptive" : "paired",
    ...present({ estimate, runSd: estimate && sdOfPair(estimate, pairs.length) }),
    difference: mean(differences),
    units: [ofBaseline, ofCandidate],
    unit: "pair",
    caveats: [],
  };
}

/** A pair's difference has the noise of two runs. */
function sdOfPair({ se }: TEstimate, pairs: number): number {
  return (se * Math.sqrt(pairs)) / Math.SQRT2;
}

/** The means of sessions are the units: repeats within one night share its luck. */
function testSessions(
  [baseline, candidate]: readonly [Sessions, Sessions],
  { rule, prior }: MetricEvidence,
): Test {
  const runs = Math.max(...[...candidate.values()].map((values) => values.length));
  const sessions = comparableSessions(baseline, runs);
  const ofCandidate = [...candidate.values()].map((values) => mean(values));
  const history = sessions.length >= HISTORY;
  const blind = !history && prior?.session === undefined && rule.scale === "log";
  const known = blind ? assumedOf(baseline, runs) : priorOfSession(prior, runs);
  const method = history ? "history" : methodOf(sessions, ofCandidate, known);
  const estimate =
    method === "welch" ? welch(sessions, ofCandidate) : pooledT(sessions, ofCandidate, known);
  return {
    method,
    ...present({ estimate, runSd: runSdOf([...baseline.values()], sessions, prior) }),
    difference: mean(ofCandidate) - mean(sessions),
    units: [sessions, ofCandidate],
    unit: "session",
    caveats: blind ? [FEW_SESSIONS] : [],
  };
}

/** The assumed noise of sessions, for means of so many runs with the noise that these runs have. */
function assumedOf(baseline: Sessions, runs: number): Variance {
  const own = pooledVariance([...baseline.values()]).variance;
  return { variance: ASSUMED_SESSIONS.sd ** 2 + own / runs, df: ASSUMED_SESSIONS.df };
}

/**
 * Night means of as many runs as the candidate has, so that all carry the same noise: of each night
 * its first `runs` runs. Where that leaves fewer than HISTORY nights, every night counts in full; a
 * night of fewer runs is noisier than the candidate, which errs on the side of no alarm.
 */
function comparableSessions(baseline: Sessions, runs: number): number[] {
  const all = [...baseline.values()];
  const full = all.filter((values) => values.length >= runs);
  return full.length >= HISTORY
    ? full.map((values) => mean(values.slice(0, runs)))
    : all.map((values) => mean(values));
}

function priorOfSession(prior: NoisePrior | undefined, runs: number): Variance | undefined {
  if (prior?.session === undefined) return undefined;
  const variance = prior.session.sd ** 2 + prior.run.sd ** 2 / runs;
  return { variance, df: prior.session.df };
}

function methodOf(
  baseline: readonly number[],
  candidate: readonly number[],
  prior?: Variance,
): Method {
  if (prior !== undefined) return "moderated";
  if (baseline.length >= 2 && candidate.length >= 2) return "welch";
  return baseline.length >= 2 || candidate.length >= 2 ? "prediction" : "descriptive";
}

/** The noise of one run: calibrated, else found within sessions, else at most that of the units. */
function runSdOf(
  sessions: readonly (readonly number[])[],
  units: readonly number[],
  prior?: NoisePrior,
): number | undefined {
  if (prior !== undefined) return prior.run.sd;
  const found = varianceComponents(sessions)?.run ?? pooledVariance([units]);
  return found.df === 0 ? undefined : Math.sqrt(found.variance);
}

/** One or two sessions on the baseline's side: runs are the units, and sessions a caveat. */
function testRuns(sides: readonly [Sessions, Sessions], { rule, prior }: MetricEvidence): Test {
  const [baseline, candidate] = sides.map((side) => [...side.values()].flat()) as [
    number[],
    number[],
  ];
  const known = prior && { variance: prior.run.sd ** 2, df: prior.run.df };
  const method = methodOf(baseline, candidate, known);
  const within =
    method === "welch" ? welch(baseline, candidate) : pooledT(baseline, candidate, known);
  const between = inDifferentSessions(sides) ? sessionNoiseOf(rule, prior) : {};
  return {
    method,
    ...present({
      estimate: addSessions(within, sides, between.known),
      claim: between.assumed && addSessions(within, sides, between.assumed),
      runSd: prior?.run.sd ?? sdOf([baseline, candidate]),
    }),
    difference: mean(candidate) - mean(baseline),
    units: [baseline, candidate],
    unit: "run",
    caveats: between.caveats ?? [],
  };
}

/**
 * How much sessions differ where nobody has measured it: 2 %, as on a typical machine. With three
 * sessions or more it is a prior beside what they show. With fewer a claim of change must stand it,
 * for a false alarm costs trust; a pass need not, or no two sessions could ever pass.
 */
const ASSUMED_SESSIONS = { sd: 0.02, df: 4 };

interface SessionNoise {
  readonly known?: NoisePrior["session"];
  readonly assumed?: NoisePrior["session"];
  readonly caveats?: readonly string[];
}

function sessionNoiseOf({ scale }: MetricRule, prior?: NoisePrior): SessionNoise {
  if (prior?.session !== undefined) return { known: prior.session };
  const caveats = [UNKNOWN_SESSIONS];
  return scale === "log" ? { assumed: ASSUMED_SESSIONS, caveats } : { caveats };
}

const FEW_SESSIONS =
  "the sittings are too few to tell alone how much sittings differ here: an assumed 2 % counts with them; `plimsoll baseline calibrate` finds out";

const UNKNOWN_SESSIONS =
  "the two sides were measured in different sittings, and how much sittings differ here is not known: 2 % is allowed for before a change is claimed; `plimsoll baseline calibrate` finds out, `plimsoll ab` does without";

function inDifferentSessions([baseline, candidate]: readonly [Sessions, Sessions]): boolean {
  const [first] = candidate.keys();
  const same = baseline.size === 1 && candidate.size === 1 && first !== undefined;
  return !(same && baseline.has(first));
}

function sdOf(groups: readonly (readonly number[])[]): number | undefined {
  const { variance, df } = pooledVariance(groups);
  return df === 0 ? undefined : Math.sqrt(variance);
}

/**
 * The variance between sessions, of both sides, joins that of the runs; degrees of
 * freedom by Satterthwaite: (a+b)² / (a²/ν_a + b²/ν_b).
 */
function addSessions(
  within: TEstimate | undefined,
  [baseline, candidate]: readonly [Sessions, Sessions],
  session?: NoisePrior["session"],
): TEstimate | undefined {
  if (within === undefined || session === undefined) return within;
  const a = within.se ** 2;
  const b = session.sd ** 2 * (1 / baseline.size + 1 / candidate.size);
  if (b === 0) return within;
  const df = (a + b) ** 2 / (a ** 2 / within.df + b ** 2 / session.df);
  return { difference: within.difference, se: Math.sqrt(a + b), df };
}
