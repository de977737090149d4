/** What a summary says of the samplers' series, and of where they came from. */
import type { SourceLine } from "../core/telemetry-lines.ts";

export interface TelemetrySummary {
  readonly metric: string;
  readonly source: string;
  /** Absent for a series that a server named itself. */
  readonly unit?: string;
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  readonly last: number;
}

export interface CounterSeriesSummary {
  readonly metric: string;
  readonly source: string;
  readonly unit?: string;
  /** Readings in the whole run. */
  readonly count: number;
  /** Growth, interpolated to the exact edges of the windows; never negative. */
  readonly delta?: number;
  /** A second of the windows. */
  readonly rate?: number;
  /** Why the growth is not known: a restart, too few readings. */
  readonly absent?: string;
}

export type SourceSummary = Omit<SourceLine, "type" | "at">;
