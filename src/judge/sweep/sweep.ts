/** What a sweep found: `sweep.json`, and what follows from its cells. */
import { exitCodes, type ExitCode } from "../../core/errors.ts";
import type { TargetIdentity } from "../../core/records.ts";
import type { SloPlan } from "../../scenario/plan.ts";
import { alikeMargin, isAlike } from "./alike.ts";
import type { CellRun } from "./cell-run.ts";
import { settingsOf, settingText, type Axis, type Setting } from "./grid.ts";
import { objectives, type ObjectiveName } from "./objective.ts";

export const SWEEP_SCHEMA = "plimsoll.sweep/1";

export interface SweepDocument {
  readonly schema: typeof SWEEP_SCHEMA;
  readonly id: string;
  readonly plimsoll: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly scenario: string;
  /** Equal for sweeps of the same: an interrupted one is gone on with by it. */
  readonly key: string;
  readonly axes: readonly Axis[];
  readonly repeats: number;
  /** Of the order in which the cells are measured (`visitsOf`). */
  readonly orderSeed: number;
  /** Whether the server is started anew for every cell; absent for one that is not ours. */
  readonly restarts?: boolean;
  readonly objective: ObjectiveName;
  readonly limits: {
    /** Share of requests that must be within the SLO, 0 to 1. */
    readonly share: number;
    readonly slo: SloPlan["limits"];
    /** As written: `request_failed: rate<0.01`. */
    readonly thresholds: readonly string[];
  };
  /** Of the first cell whose server answered. */
  readonly target?: TargetIdentity;
  /** The whole grid, the last axis changing fastest. */
  readonly cells: readonly SweepCell[];
  readonly outcome: SweepOutcome;
}

export interface SweepCell {
  readonly setting: Setting;
  /** In the order of the repeats; empty while it was not measured. */
  readonly runs: readonly CellRun[];
}

/**
 * `missed`: a valid run of it broke a limit. `invalid`: no run of it can be trusted. `failed`: its
 * server did not start, or died.
 */
export type CellStatus = "held" | "missed" | "invalid" | "failed" | "open";

/** `open`: it goes on, or was killed; `budget`: its time was spent. */
export type SweepEnd = "complete" | "open" | "budget" | "interrupted" | "target_failed";

export interface SweepOutcome {
  readonly end: SweepEnd;
  readonly exitCode: ExitCode;
  /** For people: one or a few sentences. */
  readonly message: string;
  readonly best?: BestCell;
  /**
   * Where lengths are varied beside other things: the best for each of them, since a load of short
   * requests is another task than one of long ones, not a better answer to the same.
   */
  readonly byLengths?: readonly BestAt[];
}

/** The best of the cells with these lengths; absent where none of them holds. */
export interface BestAt {
  readonly lengths: Setting;
  readonly best?: BestCell;
}

export interface BestCell {
  /** Place in `cells`. */
  readonly cell: number;
  /** Of the objective; the mean over its repeats. */
  readonly value: number;
  /** Cells that hold too and cannot be told from it, best first. */
  readonly alike: readonly number[];
  /** Relative difference up to which they are not told apart, and where it is from. */
  readonly margin: number;
  readonly marginFrom: "repeats" | "assumed";
}

export type BegunSweep = Omit<SweepDocument, "outcome">;

export function statusOf({ runs }: SweepCell, repeats: number): CellStatus {
  if (runs.some(({ status }) => status === "target_failed")) return "failed";
  const valid = runs.filter(isValid);
  if (valid.some(({ held }) => !held)) return "missed";
  if (runs.length < repeats) return "open";
  return valid.length === 0 ? "invalid" : "held";
}

export function isValid({ status, validity }: CellRun): boolean {
  return validity !== "invalid" && status !== "invalid";
}

/**
 * The mean over the runs that can be trusted; undefined where there is none. What a server did
 * before it died is no figure of the cell.
 */
export function meanOf(
  { runs }: SweepCell,
  of: (run: CellRun) => number | undefined,
): number | undefined {
  const values = runs
    .filter((run) => isValid(run) && run.status !== "target_failed")
    .flatMap((run) => of(run) ?? []);
  return values.length === 0
    ? undefined
    : values.reduce((sum, one) => sum + one, 0) / values.length;
}

/** @param stopped why it does not go on, where cells are left */
export function sweepOutcome(sweep: BegunSweep, stopped?: SweepEnd): SweepOutcome {
  const { cells, repeats } = sweep;
  const left = cells.filter((cell) => cell.runs.length < repeats).length;
  const end = left === 0 ? "complete" : (stopped ?? "open");
  const best = bestOf(sweep);
  return {
    end,
    exitCode: exitCodeOf(end, sweep, best),
    message: [
      ...(end === "complete"
        ? []
        : [`${END_WORDS[end]}: ${left} of ${cells.length} cells are not measured.`]),
      answer(sweep, end, best),
    ].join(" "),
    ...(best !== undefined && { best }),
    ...bestByLengths(sweep),
  };
}

function bestByLengths(sweep: BegunSweep): Pick<SweepOutcome, "byLengths"> {
  const lengths = sweep.axes.filter(({ key }) => key.endsWith("-tokens"));
  if (lengths.length === 0 || lengths.length === sweep.axes.length) return {};
  const byLengths = settingsOf(lengths).map((setting): BestAt => {
    const best = bestOf(sweep, setting);
    return { lengths: setting, ...(best !== undefined && { best }) };
  });
  return { byLengths };
}

const END_WORDS: Readonly<Record<Exclude<SweepEnd, "complete">, string>> = {
  open: "It has not ended",
  budget: "The time was spent",
  interrupted: "It was interrupted",
  target_failed: "The server can no longer be reached",
};

/** @param within what a cell's setting must have */
function bestOf(sweep: BegunSweep, within: Setting = {}): BestCell | undefined {
  const { cells, repeats, objective } = sweep;
  const { of, better } = objectives[objective];
  const sign = better === "higher" ? 1 : -1;
  const ranked = cells
    .flatMap((cell, at) => {
      const candidate =
        statusOf(cell, repeats) === "held" &&
        Object.entries(within).every(([key, value]) => cell.setting[key] === value);
      const value = candidate ? meanOf(cell, of) : undefined;
      return value === undefined ? [] : [{ at, value }];
    })
    .sort((a, b) => sign * (b.value - a.value));
  const [first, ...others] = ranked;
  if (first === undefined) return undefined;
  const samples = ranked.map(({ at }) =>
    (cells[at]?.runs ?? []).filter(isValid).flatMap((run) => of(run) ?? []),
  );
  const apart = alikeMargin(samples);
  const alike = others.filter(({ value }) => isAlike(value, first.value, apart));
  return {
    cell: first.at,
    value: first.value,
    alike: alike.map(({ at }) => at),
    margin: apart.margin,
    marginFrom: apart.from,
  };
}

function exitCodeOf(end: SweepEnd, sweep: BegunSweep, best: BestCell | undefined): ExitCode {
  if (end === "interrupted" || end === "open") return exitCodes.interrupted;
  if (end === "target_failed") return exitCodes.targetFailed;
  if (best !== undefined) return isTold(best, sweep) ? exitCodes.passed : exitCodes.inconclusive;
  if (end === "budget") return exitCodes.inconclusive; // a cell that is not measured may hold
  const counts = countsOf(sweep);
  if (counts.missed > 0) return exitCodes.failed;
  return counts.invalid > 0 ? exitCodes.invalid : exitCodes.targetFailed;
}

/** A change of this size matters to whoever chooses between settings. */
const MATTERS = 0.1;

/**
 * Whether the sweep tells anything of the cells that hold: that one is better than another, or that
 * none is by as much as matters. That all are alike within half of their value says nothing.
 */
export function isTold({ alike, margin }: BestCell, sweep: BegunSweep): boolean {
  const held = countsOf(sweep).held;
  return held <= 1 || margin <= MATTERS || alike.length < held - 1;
}

/** How many cells are in each state. */
export function countsOf({
  cells,
  repeats,
}: Pick<SweepDocument, "cells" | "repeats">): Readonly<Record<CellStatus, number>> {
  const counts = { held: 0, missed: 0, invalid: 0, failed: 0, open: 0 };
  for (const cell of cells) counts[statusOf(cell, repeats)] += 1;
  return counts;
}

function answer(sweep: BegunSweep, end: SweepEnd, best: BestCell | undefined): string {
  const counts = countsOf(sweep);
  const total = sweep.cells.length;
  const rest = REST.flatMap(({ status, one, many }) => {
    const count = counts[status];
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
  if (best === undefined)
    return rest.length === 0
      ? "No cell was measured."
      : `Of ${total} cells none holds: ${rest.join(", ")}.`;
  const held = `${counts.held} ${counts.held === 1 ? "holds" : "hold"}`;
  const states = `Of ${total} cells ${[held, ...rest].join(", ")}.`;
  if (end === "complete") return states;
  return `The best so far is ${settingText(sweep.cells[best.cell]?.setting ?? {})}. ${states}`;
}

const REST = [
  { status: "missed", one: "misses a limit", many: "miss a limit" },
  { status: "invalid", one: "is INVALID", many: "are INVALID" },
  { status: "failed", one: "had no working server", many: "had no working server" },
] as const;
