/** Where a sweep begins: the one that was interrupted, or a new one. */
import { randomInt } from "node:crypto";
import { originNow, wallTime } from "../../core/clock.ts";
import { sweepOutcome, type SweepDocument } from "../../judge/sweep/sweep.ts";
import { newRunId } from "../../store/run-id.ts";
import { findUnfinished } from "../../store/session-files.ts";
import { SWEEP } from "../../store/sweeps.ts";

/** Seeds of the order: easy to type again. */
const MOST_SEED = 1_000_000;

export interface SweepWishes {
  readonly document: Omit<SweepDocument, "id" | "startedAt" | "orderSeed" | "outcome">;
  /** Absent: drawn. */
  readonly orderSeed: number | undefined;
  /** Do not go on with an unfinished one. */
  readonly fresh: boolean;
  /** Folder of sweeps. */
  readonly out: string;
}

export async function beginSweep(
  wishes: SweepWishes,
  tell: (text: string) => void,
): Promise<SweepDocument> {
  return (await unfinished(wishes, tell)) ?? newSweep(wishes, tell);
}

async function unfinished(
  { document, orderSeed, fresh, out }: SweepWishes,
  tell: (text: string) => void,
): Promise<SweepDocument | undefined> {
  if (fresh) return undefined;
  const found = await findUnfinished(
    out,
    SWEEP,
    ({ key, orderSeed: seed }) =>
      key === document.key && (orderSeed === undefined || orderSeed === seed),
  );
  if (found === undefined) return undefined;
  const done = found.cells.reduce((sum, { runs }) => sum + runs.length, 0);
  tell(`going on with ${found.id}: ${done} of ${runsOf(found)} runs are done already`);
  return found;
}

function newSweep(
  { document, orderSeed }: SweepWishes,
  tell: (text: string) => void,
): SweepDocument {
  const startedAt = wallTime(originNow(), 0);
  const begun = {
    ...document,
    id: newRunId(startedAt, `sweep-${document.scenario}`),
    startedAt,
    orderSeed: orderSeed ?? randomInt(MOST_SEED),
  };
  tell(
    `sweep ${begun.id}: ${runsOf(begun)} runs in random order (--order-seed ${begun.orderSeed})`,
  );
  return { ...begun, outcome: sweepOutcome(begun, "open") };
}

function runsOf({ cells, repeats }: Pick<SweepDocument, "cells" | "repeats">): number {
  return cells.length * repeats;
}
