/** What a session that goes on from run to run must know of each: how it was judged. */
import type { RunDigest } from "../judge/digest/digest.ts";
import type { Summary } from "../judge/summary.ts";

export interface Conclusion {
  readonly directory: string;
  readonly summary: Summary;
  /** What comparing it with other runs needs; in its directory as digest.json. */
  readonly digest: RunDigest;
}

/** Judges a run that was measured, and writes what is written of it; the cli hands it in. */
export type Conclude = (directory: string) => Promise<Conclusion>;
