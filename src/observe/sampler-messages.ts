/** What the main thread and the sampler's thread say to each other. */
import type { ClockOrigin } from "../core/clock.ts";
import type { RunLine } from "../core/records.ts";
import type { SourceLine } from "../core/telemetry-lines.ts";
import type { RemoteGpus } from "./gpu/remote.ts";
import type { ServerAddress } from "./server/scrape.ts";
import type { Tier } from "./source.ts";

/** Handed to the thread when it is created. Holds secrets (headers): never written anywhere. */
export interface SamplerTask {
  readonly origin: ClockOrigin;
  /** Ms between readings. */
  readonly intervals: Readonly<Record<Tier, number>>;
  /** Where the file system begins. */
  readonly root: string;
  readonly clientPid: number;
  /** Of a server that we started. */
  readonly serverPid?: number;
  readonly server?: ServerAddress & { readonly product?: string; readonly model?: string };
  /** GPUs that are reached over the network. */
  readonly remoteGpus: RemoteGpus;
  /** Whether the server's address is one of this machine; absent where that is not known. */
  readonly sameMachine?: boolean;
}

export type ToSampler =
  /** Read everything near these moments too, ms. */
  | { readonly type: "edges"; readonly at: readonly number[] }
  /** Read everything now and answer with `read`, the readings before it. */
  | { readonly type: "read"; readonly id: number }
  /** The same for the last time; answer with `stopped`. */
  | { readonly type: "stop" };

export type FromSampler =
  /** Sampling has begun. */
  | {
      readonly type: "found";
      readonly lines: readonly SourceLine[];
      readonly fingerprint: Readonly<Record<string, string | number | boolean>>;
    }
  | { readonly type: "lines"; readonly lines: readonly RunLine[] }
  | { readonly type: "read"; readonly id: number }
  | { readonly type: "stopped" };
