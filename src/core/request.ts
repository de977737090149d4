/** What a scenario asks of a server, and what comes back; independent of any wire protocol. */
import type { FailureKind, FinishReason, TokenCount } from "./records.ts";

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** A request for generated text. Times and lengths are in tokens. */
export interface LlmRequest {
  /** `auto`: the API the run was told to use (`--api`). */
  readonly api: "auto" | "chat";
  readonly messages: readonly ChatMessage[];
  /** Output limit. Absent: the server's default, which makes lengths incomparable. */
  readonly maxTokens?: number;
  /** Generate exactly `maxTokens`, as far as the server can be made to. */
  readonly ignoreEos?: boolean;
  /** What the prompt was composed to count, for reconciliation with what the server counts. */
  readonly promptTokens?: number;
  readonly temperature?: number;
  /** Sampling seed. */
  readonly seed?: number;
  readonly stop?: readonly string[];
  /** Merged into the request body as it is; for fields that Plimsoll does not know. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The whole answer to a request; never thrown, failures included. */
export interface Reply {
  readonly ok: boolean;
  readonly text: string;
  readonly reasoning: string;
  readonly finish?: FinishReason;
  readonly failure?: FailureKind;
  readonly message?: string;
  readonly status?: number;
  readonly output?: TokenCount;
  readonly prompt?: TokenCount;
  /** ms; absent when no content came. */
  readonly ttft?: number;
  readonly e2e?: number;
}
