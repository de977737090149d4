/** Sweeps as a measurement would leave them, with the cells that a test wants. */
import type { CellRun } from "../../../src/judge/sweep/cell-run.ts";
import { settingsOf, type Axis } from "../../../src/judge/sweep/grid.ts";
import {
  SWEEP_SCHEMA,
  sweepOutcome,
  type BegunSweep,
  type SweepDocument,
  type SweepEnd,
} from "../../../src/judge/sweep/sweep.ts";

export function cellRun(changes: Partial<CellRun> = {}): CellRun {
  return {
    ...{ repeat: 0, run: "2026-11-21T10-00-00-steady-a1b2", status: "passed", validity: "valid" },
    ...{ held: true, requests: 100, good: 1, failedShare: 0, throughput: 5, goodput: 5 },
    ...{ tokensPerSecond: 160, ttft: 40, tpot: 2, e2e: 100 },
    ...changes,
  };
}

export const missed = cellRun({ held: false, why: "slo: ttft", good: 0.5, goodput: 9 });
export const invalid = cellRun({
  ...{ status: "invalid", validity: "invalid", held: false, goodput: 99 },
  why: "dispatch lag, p99: 80 ms",
});
export const noServer = cellRun({
  ...{ status: "target_failed", held: false, requests: 0, why: "llama-server ended with code 1" },
});

export const AXES: readonly Axis[] = [
  { key: "server.parallel", values: ["1", "4"] },
  { key: "concurrency", values: ["2", "8"] },
];

interface Wanted extends Partial<BegunSweep> {
  readonly end?: SweepEnd;
}

/** @param runs of each cell, in the order of the grid; cells without are not measured */
export function sweepFixture(
  runs: readonly (readonly CellRun[])[],
  { end, ...changes }: Wanted = {},
): SweepDocument {
  const axes = changes.axes ?? AXES;
  const begun: BegunSweep = {
    schema: SWEEP_SCHEMA,
    id: "2026-11-21T10-00-00-sweep-steady-c3d4",
    plimsoll: "0.1.0",
    startedAt: "2026-11-21T10:00:00.000Z",
    scenario: "steady",
    key: "k",
    axes,
    repeats: 1,
    orderSeed: 42,
    restarts: true,
    objective: "goodput",
    limits: { share: 0.99, slo: [{ metric: "ttft", limit: 2000 }], thresholds: [] },
    cells: settingsOf(axes).map((setting, at) => ({ setting, runs: runs[at] ?? [] })),
    ...changes,
  };
  return { ...begun, outcome: sweepOutcome(begun, end) };
}
