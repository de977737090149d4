/** What a search for the capacity found: `capacity.json`, schema `plimsoll.capacity/1`. */
import type { ExitCode } from "../../core/errors.ts";
import { exitCodes } from "../../core/errors.ts";
import type { TargetIdentity } from "../../core/records.ts";
import type { Admission } from "./admission.ts";
import { answersOf, type Level } from "./level.ts";
import { estimateOf, searchState } from "./search.ts";
import type { Estimate, SearchLimits } from "./answer.ts";
import { warmupFor } from "./settling.ts";

export const CAPACITY_SCHEMA = "plimsoll.capacity/1";

export interface CapacityDocument {
  readonly schema: typeof CAPACITY_SCHEMA;
  readonly id: string;
  readonly plimsoll: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly scenario: string;
  /** Of the plan whose levels were measured: only the same work may be resumed. */
  readonly planHash: string;
  readonly by: "rate" | "concurrency";
  readonly limits: SearchLimits;
  /** Limits of one request, ms. */
  readonly slo: readonly { readonly metric: string; readonly limit: number }[];
  readonly target?: TargetIdentity;
  /** In the order in which they were measured. */
  readonly levels: readonly Level[];
  readonly outcome: CapacityOutcome;
}

export type CapacityEnd =
  /** The interval is as narrow as was asked for. */
  | "found"
  /** The budget of time or levels was spent; the interval is wider. */
  | "budget"
  | "interrupted"
  /** Not even the least load holds. */
  | "below"
  /** The most that was to be tried holds. */
  | "above"
  /** The client could not make the load, or the machine interfered. */
  | "invalid"
  | "target_failed"
  /** Being measured, or cut short without a word: it can be resumed. */
  | "open";

export interface Stopped {
  readonly end: CapacityEnd;
  readonly why: string;
}

export interface CapacityOutcome {
  readonly end: CapacityEnd;
  readonly exitCode: ExitCode;
  /** One sentence. */
  readonly message: string;
  /** Why it ended before the search was content; absent when it was. */
  readonly stopped?: Stopped;
  /** Absent without a level that held and one that did not. */
  readonly estimate?: Estimate;
  /** The limit that was missed first above the capacity. */
  readonly limiting?: string;
  /** Most requests that met the SLO, and output tokens, per second, at any level. */
  readonly bestGoodput?: number;
  readonly bestThroughput?: number;
  readonly bestTokensPerSecond?: number;
  /**
   * The load of the best ratio of throughput to time: beyond it waiting grows faster than work done
   * (Kleinrock's power, 1979).
   */
  readonly knee?: number;
  /** Levels took longer to become steady than there was time to warm them up; ms. */
  readonly unsteady?: { readonly needed: number; readonly warmup: number };
  /** The server turned requests away (429, 503): the limit is a policy's, not the machine's. */
  readonly policy?: Policy;
}

export interface Policy {
  readonly admittedPerSecond: number;
  /** Of the level at which most were turned away. */
  readonly admission?: Admission;
}

const CODES: Readonly<Record<CapacityEnd, ExitCode>> = {
  found: exitCodes.passed,
  budget: exitCodes.passed,
  above: exitCodes.passed,
  below: exitCodes.failed,
  interrupted: exitCodes.interrupted,
  open: exitCodes.interrupted,
  invalid: exitCodes.invalid,
  target_failed: exitCodes.targetFailed,
};

/** The next load to measure; undefined when there is nothing more to find out. */
export function nextLoad(levels: readonly Level[], limits: SearchLimits): number | undefined {
  const state = searchState(answersOf(usable(levels)), limits);
  return state.kind === "next" ? state.load : undefined;
}

/** Whether one load held and another did not: the edge is between them, or near. */
export function isBracketed(levels: readonly Level[], limits: SearchLimits): boolean {
  return estimateOf(answersOf(usable(levels)), limits) !== undefined;
}

/** @param stopped why it ended before the search was content; undefined when it was */
export function outcomeOf(
  levels: readonly Level[],
  limits: SearchLimits,
  stopped?: Stopped,
): CapacityOutcome {
  const answers = answersOf(usable(levels));
  const state = searchState(answers, limits);
  const estimate = estimateOf(answers, limits);
  const [end, message] = endOf(state.kind, estimate, stopped);
  const failing = levels.filter(({ held }) => !held).sort((a, b) => a.load - b.load)[0];
  return {
    end,
    exitCode: CODES[end],
    message,
    ...(stopped?.end === end && { stopped }),
    ...(estimate !== undefined && { estimate }),
    ...(failing?.limiting !== undefined && { limiting: failing.limiting }),
    ...bestOf(levels),
    ...unsteadyOf(usable(levels)),
    ...policyOf(levels),
  };
}

/** A warm-up may be too short by so much: half of all levels take longer than the median. */
const TOO_SHORT = 1.5;

function unsteadyOf(levels: readonly Level[]): Pick<CapacityOutcome, "unsteady"> {
  const needed = warmupFor(levels);
  const warmup = levels.findLast(({ saturated }) => !saturated)?.warmup ?? Infinity;
  return needed > TOO_SHORT * warmup ? { unsteady: { needed, warmup } } : {};
}

/** A level that the client could not make tells nothing about the server. */
function usable(levels: readonly Level[]): readonly Level[] {
  return levels.filter(({ valid, requests, saturated }) => valid && (requests > 0 || saturated));
}

function endOf(
  kind: ReturnType<typeof searchState>["kind"],
  estimate: Estimate | undefined,
  stopped: Stopped | undefined,
): readonly [CapacityEnd, string] {
  if (kind === "below") return ["below", "The limits are missed at the lowest load already."];
  if (kind === "above") return ["above", "The highest load that was to be tried still holds."];
  if (kind === "found") return ["found", "The interval is as narrow as was asked for."];
  const end = stopped?.end ?? "budget";
  const more = estimate === undefined ? "No capacity was found" : "The interval is wide";
  return [end, stopped === undefined ? `${more}.` : `${more}: ${stopped.why}.`];
}

/** Why a kept search ended, for judging its levels again. */
export function stoppedIn({ end, message, stopped }: CapacityOutcome): Stopped | undefined {
  if (stopped !== undefined || ["found", "below", "above"].includes(end)) return stopped;
  // Documents of before kept it in the sentence only.
  const [, why] = /: (.*)\.$/s.exec(message) ?? [];
  return why === undefined ? undefined : { end, why };
}

function bestOf(levels: readonly Level[]): Partial<CapacityOutcome> {
  const most = (of: (level: Level) => number | undefined): number | undefined => {
    const values = levels.flatMap((level) => of(level) ?? []);
    return values.length === 0 ? undefined : Math.max(...values);
  };
  const best = {
    bestGoodput: most(({ goodput }) => goodput),
    bestThroughput: most(({ throughput }) => throughput),
    bestTokensPerSecond: most(({ tokensPerSecond }) => tokensPerSecond),
    knee: kneeOf(levels),
  };
  return Object.fromEntries(Object.entries(best).filter(([, value]) => value !== undefined));
}

function kneeOf(levels: readonly Level[]): number | undefined {
  const powers = levels.flatMap(({ load, throughput, e2e, saturated }) =>
    throughput === undefined || e2e === undefined || saturated
      ? []
      : [{ load, power: throughput / e2e }],
  );
  return powers.sort((a, b) => b.power - a.power)[0]?.load;
}

/** Of the requests that failed at the levels that did not hold, so many were turned away. */
const POLICY_SHARE = 0.5;

function policyOf(levels: readonly Level[]): Pick<CapacityOutcome, "policy"> {
  const refusing = levels.filter(
    ({ held, failedShare = 0, overloadedShare = 0 }) =>
      !held && overloadedShare > 0 && overloadedShare >= POLICY_SHARE * failedShare,
  );
  const admitted = refusing.flatMap(({ throughput, failedShare = 0 }) =>
    throughput === undefined ? [] : [throughput * (1 - failedShare)],
  );
  if (admitted.length === 0) return {};
  const admission = refusing
    .flatMap((level) => level.admission ?? [])
    .sort((a, b) => b.refused - a.refused)[0];
  return {
    policy: {
      admittedPerSecond: Math.max(...admitted),
      ...(admission !== undefined && { admission }),
    },
  };
}
