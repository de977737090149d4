/** The lines of `run.jsonl` that telemetry leaves: its sources and what they read. */
import type { ServerTimeName } from "./server-times.ts";

/** One reading of a sampler, over the window that ended at `at`. */
export interface Sample {
  readonly type: "sample";
  readonly at: number;
  /** Where it comes from: `worker-0`, `main`, `host`, `nvml:0`, `server`, ... */
  readonly source: string;
  readonly metric: string;
  readonly value: number;
}

/**
 * Readings of one source over a stretch of time, by column: what a sampler yields many times a
 * second is written once a second. The same as one sample for each value that is not null.
 */
export interface ReadingsLine {
  readonly type: "readings";
  /** As in a sample: `nvml:0`, `host`, `server`, ... */
  readonly source: string;
  /** Names of core/telemetry.ts, or a server's own with its prefix. */
  readonly metrics: readonly string[];
  /** One row a reading: its time, then one value a metric; null where it was not measured. */
  readonly rows: readonly (readonly (number | null)[])[];
}

/**
 * What a server has measured of itself since its start. Written at every phase edge, before and after
 * the traffic, and every ten seconds between; only differences of two lines mean something.
 */
export interface HistogramsLine {
  readonly type: "histograms";
  readonly at: number;
  readonly source: string;
  readonly histograms: ServerHistograms;
}

export type ServerHistograms = Readonly<Partial<Record<ServerTimeName, HistogramState>>>;

/** Times in ms. A server that keeps no more than a count and a sum has no bounds. */
export interface HistogramState {
  /** Upper bounds of the buckets, ascending; the last bucket, which has none, is not among them. */
  readonly upTo: readonly number[];
  /** Values at or below each bound, and behind them all values there are. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A source of telemetry: what it gives, what it does not and why, and what it cost. */
export interface SourceLine {
  readonly type: "source";
  readonly at: number;
  readonly source: string;
  /** What it is read with: `nvml`, `nvidia-smi`, `dcgm-exporter`, `proc`, `llama.cpp`, ... */
  readonly kind: string;
  /** False: it gives nothing here, and `reason` says why. */
  readonly available: boolean;
  readonly reason?: string;
  /** What one can do to get it. */
  readonly advice?: string;
  readonly gives?: readonly string[];
  /**
   * Of the series under the server's own names, those that its page types as counters; the others
   * are gauges. Absent where the page has no types: then the name tells.
   */
  readonly counters?: readonly string[];
  /** Series it could give elsewhere, and why not here. */
  readonly missing?: Readonly<Record<string, string>>;
  readonly device?: { readonly uuid?: string; readonly name?: string; readonly index?: number };
  /** Planned time between readings, ms. */
  readonly interval?: number;
  /** Its own account; written when sampling ends. */
  readonly account?: SourceAccount;
}

export interface SourceAccount {
  readonly reads: number;
  readonly errors: number;
  /** Readings due that were not taken, because the one before was still under way. */
  readonly missed: number;
  /** Time of one read, ms. */
  readonly callP50: number;
  readonly callP99: number;
  /** Share of the time spent reading, 0 to 1. */
  readonly duty: number;
  /** Readings that repeated the one before them with its own time stamp. */
  readonly stale: number;
  /** Values that cannot be (a utilization of 808334905 %), which were left out. Absent: none. */
  readonly impossible?: number;
  /** The interval at the end, ms, where it was stretched because reading cost too much. */
  readonly stretchedTo?: number;
  readonly lastError?: string;
}
