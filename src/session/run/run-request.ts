/** What is to be measured, with everything that could be wrong already refused. */
import type { Environment, RunAccounting, RunHeader } from "../../core/records.ts";
import type { Plan } from "../../scenario/plan.ts";
import type { Note } from "./note.ts";
import type { TargetChoice } from "./target-choice.ts";
import type { TelemetryRequest } from "./telemetry.ts";

export interface RunRequest {
  readonly plan: Plan;
  readonly notes: readonly Note[];
  readonly target: TargetChoice;
  readonly api: string;
  /** Absent: each run has one of its own where its server may remember another run. */
  readonly salt?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly workers: number;
  readonly readyTimeout: number;
  /** Absent: nothing is sampled. */
  readonly telemetry?: TelemetryRequest;
  /** Folder of run directories. */
  readonly out: string;
  readonly environment: Environment;
  /** The command line that asked for it, without secrets. */
  readonly command: readonly string[];
  readonly validityLimits?: RunHeader["validityLimits"];
  readonly accounting?: RunAccounting;
  /** How long the server is left alone before the traffic, ms. */
  readonly idleBefore?: number;
  readonly repeat?: RunHeader["repeat"];
}

/** One whose runs, where it is measured again and again, are known to belong together. */
export type GroupedRequest = RunRequest & { readonly group: string };
