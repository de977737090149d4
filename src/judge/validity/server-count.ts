/** What server and client counted of the same requests. */

/** One count, by both. */
export interface ServerCount {
  readonly what: "requests" | "prompt_tokens" | "output_tokens";
  /** By the server; by the records of requests that ended well. */
  readonly server: number;
  readonly client: number;
  /** What the server may have counted beyond that, if it counts each choice of a request. */
  readonly several?: number;
  /** What requests that ended otherwise may add at most: nobody counted them. */
  readonly unknown: number;
  /** The server's page shows its counters no finer than this (llama.cpp: six digits). */
  readonly resolution: number;
  /** What nothing explains / the client's count: above 0 the server counted more. */
  readonly deviation: number;
}

export interface ServerCounts {
  /** Times of the two readings, ms. */
  readonly from: number;
  readonly to: number;
  readonly counts: readonly ServerCount[];
  /** Counts that cannot be compared, and why. */
  readonly missing: Readonly<Record<string, string>>;
}

/** Nothing can be compared, and why. */
export interface NoServerCounts {
  readonly reason: string;
}
