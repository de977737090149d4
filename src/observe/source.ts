/**
 * What every source of telemetry is to the sampler: something that was found once, says what it
 * gives, and is read when its time has come. A source that streams by itself (a process, a remote
 * agent) hands over at each read what has come in since the last.
 */
import type { Clock } from "../core/clock.ts";
import type { ServerHistograms } from "../core/telemetry-lines.ts";

/** How often a series is worth reading: sensors, then everything slower. */
export type Tier = "fast" | "medium";

/** One reading: values that were measured together. A value that was not is absent. */
export interface Reading {
  /** `nvml:0`, `host`, `server`, ... */
  readonly source: string;
  /**
   * Ms since the clock's origin: the middle of the read, the first byte of an answer, or the
   * source's own time where it has one on a clock we know.
   */
  readonly at: number;
  readonly values: Readonly<Record<string, number | undefined>>;
  /** The source's own time stamp, in its own unit: two readings with the same one are one. */
  readonly stamp?: number;
  /** Changes when what is read was restarted, so that its counters began anew. */
  readonly epoch?: string;
  /** What it has measured of itself since its start; written less often than the values. */
  readonly histograms?: ServerHistograms;
}

/** What one labelled stream of readings can give here. */
export interface SourceFacts {
  readonly source: string;
  readonly kind: string;
  readonly gives: readonly string[];
  /** See SourceLine. */
  readonly counters?: readonly string[];
  /** Series that it cannot give here, and why. */
  readonly missing: Readonly<Record<string, string>>;
  readonly device?: { readonly uuid?: string; readonly name?: string; readonly index?: number };
}

export interface Source {
  /** What it is read with: `nvml`, `nvidia-smi`, `proc`, ... */
  readonly kind: string;
  readonly tiers: readonly Tier[];
  readonly facts: readonly SourceFacts[];
  /** Structured facts for the run's fingerprint (core/fingerprint.ts), as far as it knows them. */
  readonly fingerprint?: Readonly<Record<string, string | number | boolean>>;
  /** What the user should know of it from the start. */
  readonly warnings?: readonly { readonly code: string; readonly message: string }[];
  /**
   * Reads now. May take long or never end (the sampler gives up waiting, and says so); throws when
   * nothing could be read. Never returns stale values as new ones.
   */
  read(tier: Tier): readonly Reading[] | Promise<readonly Reading[]>;
  close(): void | Promise<void>;
}

/** Why a source gives nothing here, and what one can do about it. */
export interface Unavailable {
  readonly kind: string;
  readonly reason: string;
  readonly advice?: string;
}

export type Found = { readonly source: Source } | { readonly unavailable: Unavailable };

/** What a source is looked for with. Everything from outside is handed in, so tests can fake it. */
export interface ProbeContext {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the file system begins. */
  readonly root: string;
  readonly platform: NodeJS.Platform;
  /** Processes of the server under test, when it is ours or on this machine. */
  readonly serverPid?: number;
}

/** Looks for a source once; says why it is not there rather than throwing. */
export type Probe = (context: ProbeContext) => Promise<Found>;
