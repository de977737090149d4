/** What an estimate of replicas and costs is made from. */
import type { Figure } from "./sizing.ts";

/** What the estimate stands on: a capacity that was searched for, or one that was told. */
export interface CapacityBasis {
  readonly by: "rate" | "concurrency";
  readonly capacity: Figure;
  /** Of a search: its id, scenario, target and how it ended. */
  readonly search?: {
    readonly id: string;
    readonly scenario: string;
    readonly target?: string;
    readonly end: string;
  };
  /** Load of the best throughput for its latency. */
  readonly knee?: number;
  /** The server turns requests away above this: a policy's limit, not the machine's. */
  readonly admittedPerSecond?: number;
  /** At the highest level that held: requests per second, tokens of a request, W of a replica. */
  readonly requestRate?: number;
  readonly outputTokens?: number;
  readonly power?: PowerBasis;
}

export interface PowerBasis {
  /** W of one replica. */
  readonly watts: number;
  /** Of what, and how it is known. */
  readonly of: string;
}

export interface PlanWishes {
  readonly peak: number;
  readonly growth: number;
  readonly margin: number;
  readonly lost: number;
  /** Words: `12 months`, `the launch`. */
  readonly horizon?: string;
  /** Hours of a month that the fleet stands. */
  readonly hours: number;
  /** Mean load as a share of the grown peak, 0 to 1. */
  readonly meanLoad: number;
  readonly gpuHourPrice?: number;
  readonly gpusPerReplica: number;
  readonly energyPrice?: number;
  readonly pue: number;
  /** W of one replica, told; what the levels measured is used otherwise. */
  readonly power?: number;
  readonly outputTokens?: number;
  readonly inputTokens?: number;
}
