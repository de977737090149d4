/**
 * What the machines did while the requests ran: part of `summary.json`, for the measured windows
 * and for each phase. Seconds, joules, watts, bytes; shares are 0 to 1, GPU utilization percent.
 * What could not be told is absent, or says why: `{ "absent": "..." }`.
 */
import type { RunAccounting } from "../../core/records.ts";

/** Why there is no figure, for people. */
export interface Absent {
  readonly absent: string;
}

export type Told<Figure> = Figure | Absent;

/** A gauge over the windows. */
export interface Level {
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Readings. */
  readonly count: number;
}

export interface Usage {
  /** One a device, however many sources tell of it. */
  readonly gpus: readonly GpuUsage[];
  /** Of the GPUs that the server uses; without GPUs, of the CPU packages of its machine. */
  readonly energy?: Told<TotalEnergy>;
  /** Absent when no price was given. */
  readonly cost?: Cost;
  readonly server?: ServerUsage;
  readonly hosts: readonly HostUsage[];
  readonly processes: readonly ProcessUsage[];
}

export interface GpuUsage {
  readonly source: string;
  readonly name?: string;
  readonly uuid?: string;
  /** Whether its energy and price count as the server's. */
  readonly counted: boolean;
  /** Percent of the time with any kernel resident: a memory-bound decode reads 100. */
  readonly utilization?: Level;
  readonly smActive?: Level;
  readonly tensorActive?: Level;
  readonly dramActive?: Level;
  readonly memoryBusy?: Level;
  readonly memoryUsed?: Level;
  readonly memoryTotal?: number;
  readonly memoryUsedRatio?: Level;
  /** Held by other processes than the server. */
  readonly foreignMemory?: Level;
  /** Absent below 10 samples: they would look like a measurement. */
  readonly power?: Told<Level>;
  /** Samples of power in the windows. */
  readonly powerSamples?: number;
  readonly powerLimit?: number;
  readonly clockSm?: Level;
  readonly clockMemory?: Level;
  readonly temperature?: Level;
  readonly memoryTemperature?: Level;
  readonly throttle?: Throttle;
  readonly energy?: Told<Energy>;
}

export interface Throttle {
  /** Every reason that was set at any time, by its lasting. */
  readonly reasons: readonly ThrottleReason[];
  /** Heat or the power brake, in any of their forms (NVML bits 0xE8): a fault of the set-up. */
  readonly heldBack: { readonly seconds: number; readonly share: number };
  /** The device's own counts of the time, s; finer than what readings can see. */
  readonly counted: { readonly power?: number; readonly thermal?: number; readonly brake?: number };
}

export interface ThrottleReason {
  readonly reason: string;
  readonly seconds: number;
  /** Of the time that readings cover. */
  readonly share: number;
}

export interface Energy {
  /** By the counter where there is one, else by integration. */
  readonly joules: number;
  /** joules / length of the windows. */
  readonly watts: number;
  readonly by: "counter" | "power";
  /** Relative, ±: √(0.05² + (h·P·√2/E)²), h the longest stretch between samples, at least 0.1 s. */
  readonly error: number;
  readonly counter: Told<Measurement>;
  readonly integrated: Told<Measurement>;
  /** |counter − integrated| / the larger of them; absent unless both are there. */
  readonly disagreement?: number;
}

export interface Measurement {
  readonly joules: number;
  /** Distinct values it rests on. */
  readonly samples: number;
}

export interface TotalEnergy extends Pick<Energy, "joules" | "watts" | "by" | "error"> {
  readonly scope: "gpu" | "cpu";
  /** Devices summed. */
  readonly devices: number;
  /**
   * How the devices were chosen: `matched` hold memory of the server, `chosen` by --gpus, `all`
   * that are sampled.
   */
  readonly selection: "matched" | "chosen" | "all";
  readonly disagreement?: number;
  /** Gross. */
  readonly perOutputToken?: number;
  /** Prompt tokens computed (cached ones excluded where that is known) and output tokens. */
  readonly perTotalToken?: number;
  /** Per request that succeeded. */
  readonly perRequest?: number;
  /** Before the load, the model loaded: at least 10 s of it. */
  readonly idle: Told<{ readonly watts: number; readonly seconds: number }>;
  /** Without what it takes to do nothing; absent without `idle`. */
  readonly net?: {
    readonly joules: number;
    readonly perOutputToken?: number;
    readonly perTotalToken?: number;
    readonly perRequest?: number;
  };
}

export interface Cost {
  /** Prices as they were given. */
  readonly given: RunAccounting;
  /** US dollars a million output tokens, from the price of a GPU hour. */
  readonly rental?: Told<number>;
  /** US dollars a million output tokens, from the price of energy. */
  readonly energy?: Told<number>;
}

export interface ServerUsage {
  readonly running?: Level;
  readonly waiting?: Level;
  readonly slotsBusy?: Level;
  readonly kvUsage?: Level;
  /** Cached / all prompt tokens, by the counters where there are, else the mean of the gauge. */
  readonly cacheHitRate?: number;
  readonly preemptions?: Told<number>;
  /** Accepted / drafted tokens. */
  readonly draftAcceptance?: Told<number>;
  /** Cores. */
  readonly cpu?: Level;
  readonly rss?: Level;
  /** Bytes a second with its 95 % interval, by Theil–Sen. */
  readonly rssSlope?: Told<RssSlope>;
}

export interface RssSlope {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly points: number;
}

export interface HostUsage {
  readonly source: string;
  readonly cpu?: Level;
  readonly memoryUsed?: Level;
  readonly memoryTotal?: number;
  readonly load?: Level;
  readonly swapIn?: Told<number>;
  readonly swapOut?: Told<number>;
  readonly oomKills?: Told<number>;
  readonly cpuEnergy?: Told<number>;
}

export interface ProcessUsage {
  readonly source: string;
  /** Cores. */
  readonly cpu?: Level;
  readonly rss?: Level;
  readonly throttled?: Level;
}

export function isAbsent(figure: unknown): figure is Absent {
  return typeof figure === "object" && figure !== null && "absent" in figure;
}

/** The figure, or undefined where there is only a reason. */
export function told<Figure>(figure: Told<Figure> | undefined): Figure | undefined {
  return figure === undefined || isAbsent(figure) ? undefined : figure;
}
