/** What the main thread and a load worker say to each other. */
import type { ClockOrigin } from "../core/clock.ts";
import type { RunLine } from "../core/records.ts";
import type { ServerFacts } from "../protocol/adapter.ts";
import type { ConnectionOptions } from "../protocol/address.ts";
import type { ConnectionMode } from "../protocol/transport.ts";
import type { Plan } from "../scenario/plan.ts";
import type { Vocabulary } from "../scenario/prompts.ts";
import type { Shard } from "./executors/executor-context.ts";
import type { PacingMailbox } from "./pacing/pacing.ts";

/** Where requests go and how. Headers and connection are secret: never written anywhere. */
export interface EndpointSpec {
  readonly origin: string;
  readonly connection?: ConnectionOptions | undefined;
  readonly api: string;
  readonly mode: ConnectionMode;
  readonly facts: ServerFacts;
}

/** Handed to a worker when it is created. */
export interface WorkerTask {
  readonly plan: Plan;
  /** Of the prompts' words (scenario/script.ts). */
  readonly salt: string;
  readonly origin: ClockOrigin;
  readonly shard: Shard;
  readonly endpoint: EndpointSpec;
  readonly vocabulary: Vocabulary;
  /** What `import ... from "plimsoll"` in the scenario file resolves to. */
  readonly library: string;
  /** `-e KEY=VALUE`. */
  readonly env: Readonly<Record<string, string>>;
  /** One element a scenario: next number of `shared-iterations`. */
  readonly counters: SharedArrayBuffer;
  /** Of the pacing thread; without it starts are paced by plain timers. */
  readonly pacing?: PacingMailbox;
}

export type ToWorker =
  /** Run the scenario file's `setup` and answer with `setup-done`. */
  | { readonly type: "setup" }
  | { readonly type: "start"; readonly at: number; readonly data: unknown }
  | { readonly type: "stop" }
  | { readonly type: "teardown"; readonly data: unknown };

export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "setup-done"; readonly data: unknown }
  | { readonly type: "lines"; readonly lines: readonly RunLine[] }
  | { readonly type: "vus"; readonly active: number; readonly allocated: number }
  | { readonly type: "done" }
  | { readonly type: "teardown-done" }
  /** The script is to blame: `message` has the place. The worker goes on to `done`. */
  | { readonly type: "script-error"; readonly message: string }
  /** We are to blame. */
  | { readonly type: "bug"; readonly message: string; readonly stack: string };
