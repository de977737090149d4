/** One run in the history of its scenario: its digest, without packed data. */
import { withoutData } from "../baseline/baseline.ts";
import type { RunDigest } from "../digest/digest.ts";

export const HISTORY_SCHEMA = "plimsoll.history/1";

export interface HistoryEntry extends Omit<RunDigest, "data"> {
  readonly schema: typeof HISTORY_SCHEMA;
}

export function historyEntry(digest: RunDigest): HistoryEntry {
  return { schema: HISTORY_SCHEMA, ...withoutData(digest) };
}

/** Entries of other schemas are passed over. */
export function isHistoryEntry(value: unknown): value is HistoryEntry {
  return (
    typeof value === "object" &&
    value !== null &&
    "schema" in value &&
    value.schema === HISTORY_SCHEMA
  );
}
