/** What one answer of a server says of it, whatever form it came in. */
import type { Fingerprint } from "../../core/fingerprint.ts";
import type { ServerHistograms } from "../../core/telemetry-lines.ts";
import type { Values } from "./read-names.ts";

export interface ServerPage {
  readonly values: Values;
  /** Own names that are counters; absent where the answer has no types. */
  readonly counters?: readonly string[];
  readonly histograms?: ServerHistograms;
  readonly fingerprint?: Fingerprint;
  /** Series of the scenario's own mapping that are not there, and why. */
  readonly missing?: Readonly<Record<string, string>>;
}
