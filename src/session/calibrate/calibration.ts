/** What a self-calibration found, as it is stored and goes into every run's environment. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../core/records.ts";
import { writeJsonAtomically } from "../../store/write-file.ts";
import type { HttpCeiling } from "./http-ceiling.ts";

export const CALIBRATION_SCHEMA = "plimsoll.calibration/1";

export interface Calibration {
  readonly schema: typeof CALIBRATION_SCHEMA;
  /** ISO 8601. */
  readonly date: string;
  readonly plimsoll: string;
  /** Equal for equal machines with equal Node; another machine's calibration says nothing. */
  readonly machine: string;
  /** Streams on one worker, lowest rate first. */
  readonly events: readonly EventLevel[];
  /** Highest of those rates with a timing error of p99 under 1 ms; absent when none had. */
  readonly eventsPerSecond?: number;
  /** Open-loop starts on one worker, lowest rate first. */
  readonly starts: readonly StartLevel[];
  /** Short requests, one after the other, of 50 virtual users on one worker. */
  readonly requestsPerSecond: number;
  readonly http: HttpCeiling;
}

/** Times are ms. */
export interface EventLevel {
  readonly target: number;
  /** Content events that were really sent per second. */
  readonly achieved: number;
  /** Arrival as measured minus true sending. */
  readonly p50?: number;
  readonly p99?: number;
  /** Error of the measured gaps between tokens. */
  readonly itlP99?: number;
  /** Share of measured gaps below 0.5 ms. None was scripted: they show tokens read late, together. */
  readonly coalesced?: number;
}

/** Times are ms. */
export interface StartLevel {
  readonly target: number;
  readonly achieved: number;
  readonly lagP50?: number;
  readonly lagP99?: number;
  readonly dropped: number;
}

/** Names a machine without saying which: cpu, cores, system, Node's major version. */
export function machineFingerprint({ os, arch, cpu, cores, node }: Environment): string {
  const major = node.split(".")[0] ?? node;
  return createHash("sha256")
    .update(JSON.stringify([os, arch, cpu, cores, major]))
    .digest("hex")
    .slice(0, 16);
}

export function calibrationFile(cacheDir: string): string {
  return join(cacheDir, "calibration.json");
}

export async function storeCalibration(cacheDir: string, found: Calibration): Promise<string> {
  const file = calibrationFile(cacheDir);
  await writeJsonAtomically(file, found);
  return file;
}

/** The latest calibration of this very machine; undefined when there is none, or it is unreadable. */
export function latestCalibration(cacheDir: string, machine: string): Calibration | undefined {
  try {
    const stored = JSON.parse(
      readFileSync(calibrationFile(cacheDir), "utf8"),
    ) as Partial<Calibration> | null;
    const fits = stored?.schema === CALIBRATION_SCHEMA && stored.machine === machine;
    return fits ? (stored as Calibration) : undefined;
  } catch {
    return undefined;
  }
}
