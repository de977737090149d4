/** Measures pairs of runs, one of each side, until the answer is clear or the budget is spent. */
import type { Clock } from "../../core/clock.ts";
import { exitCodes, PlimsollError } from "../../core/errors.ts";
import type { ComparisonDocument } from "../../judge/compare/comparison.ts";
import { compareRuns, type CompareRequest } from "../../judge/compare/compare-runs.ts";
import type { DigestPair } from "../../judge/compare/pair-runs.ts";
import type { RunDigest } from "../../judge/digest/digest.ts";
import type { Conclude } from "../conclusion.ts";
import { measure, writtenOrThrow } from "../run/measure.ts";
import type { RunRequest } from "../run/run-request.ts";
import type { Progress } from "../run/progress.ts";
import type { Runtime } from "../runtime.ts";
import { saltedFor } from "../run/salt.ts";
import { looksFor, orderOf } from "./looks.ts";

export interface AbSession {
  readonly requests: { readonly a: RunRequest; readonly b: RunRequest };
  readonly mostPairs: number;
  /** ms. */
  readonly mostTime: number;
  readonly compare: Pick<CompareRequest, "margins" | "vary">;
  readonly runtime: Runtime;
  readonly conclude: Conclude;
  readonly progress: Progress;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  /** Names the session: the runs of both sides share its noise. */
  readonly session: string;
}

export interface AbResult {
  readonly compared: ComparisonDocument;
  readonly pairs: number;
  /** Why it ended, for people. */
  readonly ended: string;
  readonly directories: readonly string[];
  readonly interrupted: boolean;
}

/** Pairs that may be invalid before the session is given up. */
const MOST_INVALID = 3;

interface State {
  readonly pairs: DigestPair[];
  /** Every run that was measured, for when none can be used. */
  readonly runs: Record<"a" | "b", RunDigest[]>;
  readonly directories: string[];
  invalid: number;
}

/** @throws PlimsollError (target) when a server fails: nothing can be said of it then */
export async function measurePairs(session: AbSession): Promise<AbResult> {
  const { mostPairs, stop, progress } = session;
  const looks = looksFor(mostPairs);
  const state: State = { pairs: [], runs: { a: [], b: [] }, directories: [], invalid: 0 };
  let ended = "";
  for (let pair = 0; ended === ""; pair += 1) {
    await addPair(session, state, pair);
    const count = state.pairs.length;
    if (stop.aborted) ended = "it was interrupted";
    else if (looks.includes(count) && isClear(judged(session, state)))
      ended = count < mostPairs ? "the answer was clear" : "all pairs were measured";
    else if (count >= mostPairs) ended = "all pairs were measured";
    else if (state.invalid >= MOST_INVALID) ended = `${state.invalid} pairs were invalid`;
    else if (outOfTime(session, pair + 1)) ended = "the time was spent";
    progress.tell(pairLine(session, state));
  }
  return {
    compared: judged(session, state),
    pairs: state.pairs.length,
    ended,
    directories: state.directories,
    interrupted: stop.aborted,
  };
}

/** A pair counts when both its runs do: what disturbed one side must not decide. */
async function addPair(session: AbSession, state: State, pair: number): Promise<void> {
  const found: Partial<Record<"a" | "b", RunDigest>> = {};
  for (const side of orderOf(pair)) {
    if (session.stop.aborted) return;
    const request = saltedFor(session.requests[side], `${pair + 1}${side}`);
    const digest = await measureSide(session, state, { side, request });
    found[side] = digest;
    state.runs[side].push(digest);
  }
  const { a, b } = found;
  if (a === undefined || b === undefined) return;
  if (isUsable(a) && isUsable(b)) state.pairs.push({ baseline: a, candidate: b });
  else state.invalid += 1;
}

function isUsable({ status, validity }: RunDigest): boolean {
  return validity !== "invalid" && (status === "passed" || status === "failed");
}

async function measureSide(
  { runtime, conclude, progress, stop, session }: AbSession,
  state: State,
  { side, request }: { readonly side: "a" | "b"; readonly request: RunRequest },
): Promise<RunDigest> {
  // Each run listens to a signal of its own: listeners must not pile up over dozens of runs.
  const measured = await measure(request, runtime, progress, AbortSignal.any([stop]));
  state.directories.push(measured.directory);
  const { problem } = writtenOrThrow(measured);
  const { digest } = await conclude(measured.directory);
  if (problem instanceof PlimsollError && problem.exitCode === exitCodes.targetFailed)
    throw new PlimsollError(
      exitCodes.targetFailed,
      `side ${side.toUpperCase()}: ${problem.message}`,
      problem.hint,
      problem,
    );
  return { ...digest, session };
}

function judged({ compare }: AbSession, { pairs, runs }: State): ComparisonDocument {
  const usable = pairs.length > 0;
  return compareRuns({
    ...compare,
    baseline: usable ? pairs.map(({ baseline }) => baseline) : runs.a,
    candidate: usable ? pairs.map(({ candidate }) => candidate) : runs.b,
    pairs,
  });
}

function isClear({ verdict }: ComparisonDocument): boolean {
  return verdict.status !== "inconclusive";
}

/** Whether one more pair of the usual length would go over the time. */
function outOfTime({ clock, mostTime }: AbSession, pairs: number): boolean {
  const elapsed = clock.now();
  return elapsed + elapsed / pairs > mostTime;
}

function pairLine(session: AbSession, state: State): string {
  const { pairs, invalid } = state;
  const out = invalid > 0 ? `, ${invalid} invalid` : "";
  const last = pairs.at(-1);
  if (last === undefined) return `no valid pair yet${out}`;
  const moved = judged(session, state)
    .metrics.filter((one) => one.gating && one.change !== undefined)
    .map(({ rule, change }) => {
      const size = 100 * (change?.value ?? 0);
      return `${rule.id} ${size < 0 ? "−" : "+"}${Math.abs(size).toFixed(1)} %`;
    });
  return `pair ${pairs.length} of at most ${session.mostPairs}${out}: B against A: ${moved.join(", ")}`;
}
