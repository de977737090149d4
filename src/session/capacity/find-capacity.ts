/** The search itself: levels one after the other, each kept as soon as it is measured. */
import type { Clock } from "../../core/clock.ts";
import { exitCodes } from "../../core/errors.ts";
import { significant } from "../../core/units.ts";
import {
  isBracketed,
  nextLoad,
  outcomeOf,
  type CapacityDocument,
  type Stopped,
} from "../../judge/capacity/capacity.ts";
import type { Level } from "../../judge/capacity/level.ts";
import { moreNeeded } from "../../judge/capacity/belief.ts";
import type { Estimate, SearchLimits } from "../../judge/capacity/answer.ts";
import { warmupFor } from "../../judge/capacity/settling.ts";
import type { LevelShape, LoadKind } from "./level-plan.ts";
import { levelTimes } from "./level-times.ts";
import { measureLevel, type LevelNeeds, type MeasuredLevel } from "./measure-level.ts";

export interface CapacitySearch extends LevelNeeds {
  /** Its 0 is where the search began, the probe before the first level included. */
  readonly clock: Clock;
  readonly by: LoadKind;
  /** Length of a level, ms; up to three times as long at low rates and near the edge. */
  readonly levelTime: number;
  /** No new level begins after so long, ms. */
  readonly mostTime: number;
  readonly mostLevels: number;
  /** Where the document is kept after every level. */
  readonly keep: (document: CapacityDocument) => Promise<void>;
}

/** Levels that the client could not make, one after the other, before it is given up. */
const MOST_INVALID = 2;

/** @param begun a search that is gone on with, or a new one without levels */
export async function findCapacity(
  search: CapacitySearch,
  begun: CapacityDocument,
): Promise<CapacityDocument> {
  let document = begun;
  const keep = async (levels: readonly Level[], stopped?: Stopped): Promise<void> => {
    document = { ...document, levels, outcome: outcomeOf(levels, document.limits, stopped) };
    await search.keep(document);
  };
  for (;;) {
    const { levels, limits } = document;
    const load = nextLoad(levels, limits);
    const spent = search.clock.now();
    const shape = load === undefined ? undefined : shapeOf(search, document, { load, spent });
    const stopped = stopReason(search, document, spent + timeOf(shape));
    if (shape === undefined || stopped !== undefined) {
      await keep(levels, stopped);
      return document;
    }
    search.say(`level ${levels.length + 1}: ${loadText(search.by, shape.load)}`);
    const measured = await measureLevel(search, shape);
    const end = endAfter(measured, search.signal);
    await keep(end.counts ? [...levels, measured.level] : levels, end.stopped);
    if (end.over) return document;
    search.say(levelText(search.by, measured.level));
  }
}

/** What a measured level means for the search. */
function endAfter(
  { exitCode, level }: MeasuredLevel,
  signal: AbortSignal,
): { readonly counts: boolean; readonly over: boolean; readonly stopped: Stopped } {
  if (exitCode === exitCodes.targetFailed || isGone(level))
    return { counts: false, over: true, stopped: DIED };
  const cut = signal.aborted && !level.saturated;
  return { counts: !cut, over: false, stopped: { end: "open", why: "it goes on" } };
}

/** Every level attaches to a running server: that it died shows in its connections. */
function isGone({ requests, good, limiting = "" }: Level): boolean {
  return requests > 0 && good === 0 && limiting.startsWith("failures: connect_");
}

function timeOf(shape: LevelShape | undefined): number {
  return shape === undefined ? 0 : shape.warmup + shape.length;
}

const DIED: Stopped = { end: "target_failed", why: "the server can no longer be reached" };

function stopReason(
  search: CapacitySearch,
  { levels, limits, outcome }: CapacityDocument,
  spent: number,
): Stopped | undefined {
  const { signal, mostTime, mostLevels } = search;
  if (signal.aborted) return { end: "interrupted", why: "it was interrupted" };
  const last = levels.slice(-MOST_INVALID);
  if (last.length === MOST_INVALID && last.every(({ valid }) => !valid))
    return { end: "invalid", why: invalidWords(last) };
  const more = longerWords(search, limits, outcome.estimate);
  if (levels.length >= mostLevels)
    return { end: "budget", why: `${levels.length} levels were measured${more}` };
  return spent > mostTime ? { end: "budget", why: `the time was spent${more}` } : undefined;
}

/** Beyond this, advice would be a joke. */
const MOST_ADVISED = 20;

/** Which flags would make the interval as narrow as was asked for. */
function longerWords(
  { levelTime, mostTime }: CapacitySearch,
  { tolerance }: SearchLimits,
  estimate: Estimate | undefined,
): string {
  const factor = estimate === undefined ? 1 : moreNeeded(estimate, tolerance);
  if (factor <= 1 || factor > MOST_ADVISED) return "";
  const level = 10 * Math.ceil((factor * levelTime) / 10_000);
  const time = Math.ceil((factor * mostTime) / 60_000);
  return `; for one within ${Number((100 * tolerance).toPrecision(3))} %: --level-time ${level}s --max-time ${time}m`;
}

function invalidWords(levels: readonly Level[]): string {
  const doubts = [...new Set(levels.flatMap((level) => level.doubts ?? []))];
  return `${levels.length} levels in a row could not be trusted (${doubts.join("; ")})`;
}

function shapeOf(
  { by, levelTime, mostTime, mostLevels }: CapacitySearch,
  { levels, limits }: CapacityDocument,
  next: { readonly load: number; readonly spent: number },
): LevelShape {
  const load =
    by === "concurrency" ? Math.max(1, Math.round(next.load)) : Number(next.load.toPrecision(4));
  const left = { time: mostTime - next.spent, levels: mostLevels - levels.length };
  const times = levelTimes({
    ...{ by, load, levelTime, ...learnt(levels) },
    ...(isBracketed(levels, limits) && { left }),
  });
  return { by, load, step: levels.length, ...times };
}

/** What the levels so far say of the server; one whose queue grew was never steady. */
function learnt(levels: readonly Level[]): {
  readonly duration: number;
  readonly settling: number;
} {
  const steady = levels.filter(({ saturated }) => !saturated);
  return {
    duration: steady.at(-1)?.duration ?? 0,
    settling: warmupFor(steady),
  };
}

export function loadText(by: LoadKind, load: number): string {
  return by === "rate" ? `${significant(load, 4)}/s` : `${load} at once`;
}

export function levelText(by: LoadKind, level: Level): string {
  const { load, held, limiting, requests, good, saturated, valid } = level;
  const share = requests === 0 ? "no request judged" : `${good} of ${requests} good`;
  const why = saturated ? "the queue grew" : (limiting ?? "");
  const verdict = held ? "holds" : `does not hold (${why})`;
  return `${loadText(by, load)} ${verdict}: ${share}${valid ? "" : "; INVALID, not counted"}`;
}
