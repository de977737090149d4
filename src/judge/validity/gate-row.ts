/** What a gate is, and what it finds. */
import type { Evidence } from "./evidence.ts";
import type { BaselineCheck } from "../summary.ts";

export type Limits = BaselineCheck["limits"];

/** What a gate found. Without enough data it may warn, but never call a run invalid. */
export type Reading =
  | { readonly value: number; readonly enough: boolean; readonly detail?: string }
  | { readonly missing: string };

export interface GateFacts<Id extends string> {
  readonly id: Id;
  readonly title: string;
  readonly unit: BaselineCheck["unit"];
  readonly bad: BaselineCheck["bad"];
  readonly limits: (evidence: Evidence) => Limits;
  readonly reason: string;
  readonly advice: string;
  readonly read: (evidence: Evidence) => Reading;
}
