/** What a server measured of itself: part of `summary.json`. */
import type { MetricName } from "../../core/metrics.ts";
import type { ServerTimeName } from "../../core/server-times.ts";

/**
 * One time by the server's own account, ms. Its values are those that it counted inside the windows;
 * ours are those of the requests of the windows: at their edges they are not of the same requests.
 */
export interface ServerTime {
  readonly name: ServerTimeName;
  /** One line for people. */
  readonly title: string;
  readonly count: number;
  /** Its sum / its count: exact. */
  readonly mean: number;
  /** Absent where the server keeps no buckets. */
  readonly p50?: Between;
  readonly p95?: Between;
  readonly p99?: Between;
  /** The same thing, measured by us. */
  readonly ours?: OurTime;
  /** Our mean minus the server's, ms: network, framing, and what it does before and after. */
  readonly difference?: number;
}

/** Bounds of the bucket in which a value lies; the first has no lower one, the last no upper one. */
export interface Between {
  readonly above?: number;
  readonly upTo?: number;
}

export interface OurTime {
  readonly metric: MetricName;
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface BatchSizes {
  readonly executions: number;
  readonly inferences: number;
  /** inferences / executions. */
  readonly mean: number;
  /** In ascending order. */
  readonly sizes: readonly { readonly size: number; readonly executions: number }[];
}
