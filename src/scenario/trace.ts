/** A recorded trace of requests: what arrived when, how long it was, and what it shared. */

export interface Trace {
  /** Absolute. */
  readonly file: string;
  /** SHA-256 of the file's bytes. */
  readonly fileHash: string;
  /** In order of arrival; the first at 0. */
  readonly entries: readonly TraceEntry[];
}

export interface TraceEntry {
  /** ms since the first arrival. */
  readonly at: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}
