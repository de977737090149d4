/** What a server under test is asked to be, and what it is once it runs. */
import type { Clock } from "../core/clock.ts";
import type { TargetIdentity } from "../core/records.ts";
import type { ConnectionOptions } from "../protocol/address.ts";

export type TargetSpec = EmbeddedSpec | LlamaServerSpec | RemoteSpec;

/** What every server that we start ourselves is told. */
export interface OwnedSpec {
  /** GGUF file. */
  readonly model: string;
  /** Slots: requests worked on at once. At least 1. */
  readonly parallel: number;
  /** Context tokens of each slot. */
  readonly ctxPerSlot: number;
  /** Absent: the server's own choice. */
  readonly threads?: number;
  /** Absent: any free one. */
  readonly port?: number;
  /** The key that the server shall demand; handed over in its environment, never in its arguments. */
  readonly apiKey?: string;
}

export interface EmbeddedSpec extends OwnedSpec {
  readonly kind: "embedded";
}

export interface LlamaServerSpec extends OwnedSpec {
  readonly kind: "llama-server";
  readonly binary: string;
  /** Appended to our own launch line, so they win; `--host` must stay on loopback. */
  readonly serverArgs: readonly string[];
}

export interface RemoteSpec {
  readonly kind: "remote";
  /** With or without a trailing `/v1`; a user and password in it become an `authorization` header. */
  readonly url: string;
  /** Sent with every request, e.g. `authorization`. Never recorded. */
  readonly headers: Readonly<Record<string, string>>;
  /** How it is connected to. Secret: never recorded. */
  readonly connection?: ConnectionOptions;
  /** The same in words, for the records: `unix socket PATH`. */
  readonly via?: string;
}

/** How our own programs are run as children. */
export interface Launcher {
  /** The node executable. */
  readonly node: string;
  /** Before the entry file: what makes node understand it (a loader when run from source). */
  readonly args: readonly string[];
  /** Sends a signal to a process, or to a process group when the pid is negative; may throw. */
  readonly kill: (pid: number, signal: NodeJS.Signals) => unknown;
}

/** Everything that starting a target takes from outside. */
export interface TargetWorld {
  readonly clock: Clock;
  readonly launcher: Launcher;
  /** Environment of owned servers. `LLAMA_ARG_*` is left out: the launch line alone decides. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Output of an owned server is appended here, by the server itself. */
  readonly logFile: string;
  /** From start (or attach) to ready, ms. */
  readonly readyTimeout: number;
  /** From SIGTERM to SIGKILL when an owned server is stopped, ms. Absent: 5000. */
  readonly stopGrace?: number;
  /** Aborts the start; once started, `stop()` is what ends a target. */
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/** How an owned server ended. Neither code nor signal: it could not be told. */
export interface ServerExit {
  readonly code?: number;
  readonly signal?: string;
  /** True when `stop()` was called before. */
  readonly expected: boolean;
  /** One sentence, e.g. `llama-server was killed by SIGSEGV`. */
  readonly message: string;
  readonly logTail: string;
}

export interface RunningTarget {
  readonly identity: TargetIdentity;
  /** Without credentials and trailing slash; API paths such as `/v1/chat/completions` are appended. */
  readonly baseUrl: string;
  /** What every request has to carry (authorization and the like). Secret: never recorded. */
  readonly headers: Readonly<Record<string, string>>;
  /** How it is connected to; absent for servers of our own. Secret: never recorded. */
  readonly connection?: ConnectionOptions;
  /** Where the server differs from what was asked; for the run's warnings. */
  readonly warnings: readonly string[];
  /** True when we started it, and so stop it. */
  readonly owned: boolean;
  /** Settles when an owned server has ended, for whatever reason; never for a remote one. */
  readonly exited: Promise<ServerExit>;
  /** The last lines that an owned server wrote, secrets removed; empty for a remote one. */
  logTail(): string;
  /**
   * Ends an owned server: SIGTERM, a grace period, SIGKILL. Close your own streams first: llama-server
   * waits for open ones. Does nothing to a remote one, and nothing the second time.
   */
  stop(): Promise<void>;
}
