/** What the process that calls NVML and the one that samples say to each other. */
import type { Reading, SourceFacts, Tier, Unavailable } from "../../source.ts";

export interface NvmlTask {
  readonly root: string;
  readonly serverPid?: number;
}

export interface NvmlRequest {
  readonly id: number;
  readonly tier: Tier;
}

export type NvmlReply =
  | {
      readonly type: "found";
      readonly facts: readonly SourceFacts[];
      readonly fingerprint: Readonly<Record<string, string | number | boolean>>;
    }
  | { readonly type: "unavailable"; readonly unavailable: Unavailable }
  /** Times are ms on the machine's monotonic clock. */
  | {
      readonly type: "readings";
      readonly id: number;
      readonly readings: readonly Reading[];
      /** With those of the slower tier: what has been given up since. */
      readonly facts?: readonly SourceFacts[];
    }
  | { readonly type: "error"; readonly id: number; readonly message: string };

/** The machine's monotonic clock itself: what every process of the machine agrees on. */
export const MONOTONIC = { seconds: 0, nanoseconds: 0, wall: 0 } as const;

/** Readings of what the process itself costs. */
export const NVML_COST = "sampler:nvml";
