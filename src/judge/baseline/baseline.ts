/** A baseline: the level that was accepted, the pinned anchor beside it, and the known noise. */
import { usageError } from "../../core/errors.ts";
import { barring, differenceSentence, notedDifferences } from "../compare/comparable.ts";
import type { Priors } from "../compare/gather.ts";
import type { RunDigest } from "../digest/digest.ts";
import { present } from "../../core/present.ts";

export interface Baseline {
  readonly name: string;
  readonly scenario: string;
  /** The accepted segment, oldest first. The newest DATA_RUNS carry windows and items. */
  readonly accepted: readonly RunDigest[];
  /** What was accepted when the anchor was pinned: slow drift shows against it. No packed data. */
  readonly anchor: readonly RunDigest[];
  readonly calibration?: Calibration;
}

/** What comparing a target with itself showed (`plimsoll baseline calibrate`). */
export interface Calibration {
  /** By id of the figure: standard deviations between runs and between sessions. */
  readonly priors: Priors;
  /** Comparisons of the target with itself; each calibration adds some. */
  readonly trials: readonly Trial[];
}

/** Values of each figure, by run of each side. */
export interface Trial {
  readonly session: string;
  readonly baseline: readonly TrialRun[];
  readonly candidate: readonly TrialRun[];
}

export interface TrialRun {
  readonly run: string;
  readonly values: Readonly<Record<string, number>>;
}

/** Runs that keep their windows and items: for pictures, not for verdicts. */
const DATA_RUNS = 5;
/** Sessions that an accepted segment grows to with --add. */
export const KEPT_SESSIONS = 30;

/** What one build of the server replaces in the next: a new level of the same thing. */
const REPLACED = ["server.build"];

export interface Promotion {
  readonly name: string;
  readonly runs: readonly RunDigest[];
  /** The baseline that is there already. */
  readonly existing?: Baseline;
  /** The runs join the accepted segment instead of taking its place. */
  readonly add?: boolean;
  /** Pin the anchor to these runs. */
  readonly anchor?: boolean;
  /** Take runs that are invalid or whose target failed. */
  readonly allowInvalid?: boolean;
  readonly vary?: readonly string[];
  /** Sessions kept with `add`. */
  readonly keep?: number;
}

/**
 * The baseline with these runs accepted. The anchor stays where it was pinned first, and so does the
 * calibration.
 *
 * @throws PlimsollError (usage) when a run cannot be trusted, or the runs are not of one scenario,
 * target and environment
 */
export function promote(promotion: Promotion): Baseline {
  const { name, existing, anchor } = promotion;
  const fresh = inOrder(promotion.runs);
  refuseUnfit(promotion, fresh);
  const accepted = segmentOf(promotion, fresh);
  const pinned = existing === undefined || anchor === true ? fresh : existing.anchor;
  return {
    name,
    scenario: fresh[0]?.scenario ?? "",
    accepted: accepted.map((run, i) => (i < accepted.length - DATA_RUNS ? withoutData(run) : run)),
    anchor: pinned.map(withoutData),
    ...present({ calibration: existing?.calibration }),
  };
}

function segmentOf(
  { existing, add = false, keep = KEPT_SESSIONS }: Promotion,
  fresh: readonly RunDigest[],
): readonly RunDigest[] {
  const before = add ? (existing?.accepted ?? []) : [];
  return lastSessions(inOrder([...before, ...fresh]), keep);
}

function refuseUnfit(promotion: Promotion, fresh: readonly RunDigest[]): void {
  const { existing, vary = [] } = promotion;
  if (promotion.allowInvalid !== true) refuseInvalid(fresh);
  refuseMixture(fresh, vary);
  if (existing === undefined || promotion.anchor === true) return;
  refuseOtherLineage(existing, fresh, promotion.add === true ? vary : [...vary, ...REPLACED]);
}

export function withoutData({ data: _, ...rest }: RunDigest): RunDigest {
  return rest;
}

/** By time, each run once. */
function inOrder(runs: readonly RunDigest[]): readonly RunDigest[] {
  const byId = new Map(runs.map((run) => [run.run, run]));
  return [...byId.values()].sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
}

function lastSessions(runs: readonly RunDigest[], most: number): readonly RunDigest[] {
  const sessions = [...new Set(runs.map(({ session }) => session))].slice(-most);
  return runs.filter(({ session }) => sessions.includes(session));
}

function refuseInvalid(runs: readonly RunDigest[]): void {
  const bad = runs.filter(
    ({ status, validity }) =>
      validity === "invalid" || (status !== "passed" && status !== "failed"),
  );
  const [first] = bad;
  if (first === undefined) return;
  throw usageError(
    `run ${first.run} is not fit for a baseline: ${first.trouble ?? first.status}`,
    "Measure again; to accept it all the same, say --allow-invalid.",
  );
}

function refuseMixture(runs: readonly RunDigest[], vary: readonly string[]): void {
  const [first, ...others] = runs;
  if (first === undefined) throw usageError("a baseline needs at least one run");
  const stranger = others.find(({ scenario }) => scenario !== first.scenario);
  if (stranger !== undefined)
    throw usageError(
      `the runs are of different scenarios: ${first.scenario} and ${stranger.scenario}`,
      "Save one baseline for each scenario.",
    );
  const [difference] = barring(notedDifferences([first], others, vary));
  if (difference !== undefined)
    throw usageError(
      `the runs do not belong together: ${differenceSentence(difference)}`,
      "A baseline has runs of one scenario, one target and one environment.",
    );
}

function refuseOtherLineage(
  { name, accepted }: Baseline,
  fresh: readonly RunDigest[],
  vary: readonly string[],
): void {
  const [difference] = barring(notedDifferences(accepted, fresh, vary));
  if (difference === undefined) return;
  throw usageError(
    `the baseline ${name} is of another environment: ${differenceSentence(difference)}`,
    `Save under another name; or, if this is the new normal, --vary ${difference.field}, or --anchor to begin anew.`,
  );
}
