/** Sweeps: `sweep.json` in the folder of the sweep. */
import { join } from "node:path";
import { SWEEP_SCHEMA, type SweepDocument } from "../judge/sweep/sweep.ts";
import { writeSession, type SessionKind } from "./session-files.ts";

export const SWEEP: SessionKind<SweepDocument> = {
  word: "sweep",
  file: "sweep.json",
  schema: SWEEP_SCHEMA,
  unfinished: ["interrupted", "open", "budget", "target_failed"],
};

export function sweepDirectory(out: string, id: string): string {
  return join(out, id);
}

export async function writeSweep(out: string, document: SweepDocument): Promise<void> {
  await writeSession(out, SWEEP, document);
}
