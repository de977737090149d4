/** Sweeps: `sweep.json` in the folder of the sweep. */
import { join } from "node:path";
import { SWEEP_SCHEMA, type SweepDocument } from "../judge/sweep/sweep.ts";
import { keepSitting, type SittingKind } from "./session-files.ts";

export const SWEEP: SittingKind<SweepDocument> = {
  word: "sweep",
  file: "sweep.json",
  schema: SWEEP_SCHEMA,
  unfinished: ["interrupted", "open", "budget", "target_failed"],
};

export function sweepDirectory(out: string, id: string): string {
  return join(out, id);
}

export async function writeSweep(out: string, document: SweepDocument): Promise<void> {
  await keepSitting(out, SWEEP, document);
}
