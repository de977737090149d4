/** Which server is measured, and what must be known of how it is reached. */
import type { TargetSpec } from "../../target/spec.ts";
import type { Note } from "./note.ts";

export interface TargetChoice {
  readonly spec: TargetSpec;
  /** What the reader of a run has to know of how the target is reached. */
  readonly notes: readonly Note[];
}
