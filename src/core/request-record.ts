/** The line of `run.jsonl` that a request leaves, and the words for how it ended. */

/** Who counted the tokens, best first (DESIGN 4). */
export type CountSource = "usage" | "timings" | "token-ids" | "tokenizer" | "events";

export interface TokenCount {
  readonly count: number;
  readonly source: CountSource;
}

/** Every failed request has exactly one kind. */
export const failureKinds = [
  "connect_refused",
  "connect_reset",
  "connect_dns",
  "connect_tls",
  "connect_proxy",
  "client_resources",
  "http_status",
  "overloaded",
  "context_overflow",
  "auth",
  "timeout_connect",
  "timeout_headers",
  "timeout_first_content",
  "stall",
  "timeout_total",
  "truncated",
  "server_error",
  "protocol_error",
  "empty",
  "no_answer",
  "interrupted",
  "abandoned",
] as const;

export type FailureKind = (typeof failureKinds)[number];

/** How one request ended. */
export type Outcome =
  | { readonly ok: true; readonly finish: FinishReason }
  | { readonly ok: false; readonly failure: FailureKind; readonly message: string };

/** `unknown`: the server does not say why it stopped. `other`: it says something else. */
export const finishReasons = ["length", "stop", "tool_calls", "other", "unknown"] as const;

export type FinishReason = (typeof finishReasons)[number];

/** What a reader should know of an answer that is complete all the same. */
export type AnswerNote =
  /** The finish reason came and the body ended, but not the protocol's mark of the end. */
  | { readonly code: "no_end_marker" }
  /** The answer was complete, but its body did not end: it stayed open, or broke off. */
  | { readonly code: "no_body_end" }
  /** Taken for content, under a name that is not known. */
  | { readonly code: "unknown_content"; readonly member: string }
  /** The limit ended it before the answer itself began. */
  | { readonly code: "only_reasoning" };

/** One request, written when it has ended. */
export interface RequestRecord {
  readonly type: "request";
  readonly scenario: string;
  /** The phase in which it was scheduled (open loop) or sent (closed loop). */
  readonly phase: string;
  /** Iteration number k: the work is a function of (seed, k). */
  readonly iteration: number;
  /** Ordinal of the request within its iteration, from 0; the same for all of its attempts. */
  readonly request: number;
  /**
   * Ordinal of the attempt, from 0; every attempt is a record of its own. Absent where the scenario
   * does not ask for retries.
   */
  readonly attempt?: number;
  /** Of the first attempt; on every attempt after it. */
  readonly firstAttempt?: { readonly sent: number; readonly scheduled?: number };
  /** The attempt failed and another one was due after this wait, ms. Absent on the last attempt. */
  readonly retryIn?: number;
  readonly vu: number;
  readonly worker: number;
  readonly api: string;
  /** When the schedule wanted it; absent in a closed loop and for later requests of an iteration. */
  readonly scheduled?: number;
  /** When we handed it to the network, before connecting. */
  readonly sent: number;
  /** TCP/TLS connect time, ms; absent on a reused connection. */
  readonly connect?: number;
  /** Response headers arrived. */
  readonly headers?: number;
  /** First and last event with non-empty content. */
  readonly firstContent?: number;
  readonly lastContent?: number;
  /** First content that is part of the answer itself, where reasoning or tool calls came before. */
  readonly firstAnswer?: number;
  /** The exchange was over, however it ended. */
  readonly ended: number;
  /** Gaps between content events in whole µs; the first counts from `sent`. */
  readonly contentGapsUs?: readonly number[];
  /**
   * Tokens carried by each content event. Absent when every event carried exactly one token, or
   * when that is unknown (then `perEvent` is "chunk").
   */
  readonly contentTokens?: readonly number[];
  /** Whether gaps are between tokens or between chunks of unknown token count. */
  readonly perEvent?: "token" | "chunk";
  readonly status?: number;
  readonly outcome: Outcome;
  readonly output?: TokenCount;
  readonly prompt?: TokenCount;
  readonly cached?: TokenCount;
  readonly reasoning?: TokenCount;
  /** Reasoning that was counted in `output`, and not sent. */
  readonly hidden?: TokenCount;
  /** Answers in one (`n`, several prompts), where there are more than one. */
  readonly choices?: number;
  /** What the request asked for, in tokens: output limit and length of the prompt. */
  readonly asked?: {
    readonly output?: number;
    readonly prompt?: number;
    /** How much of the prompt was made for this run, so that no server has seen it. */
    readonly fresh?: number;
    /** The server was told to generate neither less nor more. */
    readonly exact?: true;
  };
  /**
   * Inputs, documents or samples that the request carried. Only of answers that have no first token:
   * embeddings, ranks, tensors, predictions.
   */
  readonly items?: number;
  /** Times the server reported of itself, ms. */
  readonly server?: {
    readonly promptMs?: number;
    readonly predictedMs?: number;
    readonly queueMs?: number;
  };
  readonly bytes: number;
  readonly notes?: readonly AnswerNote[];
  /**
   * The server had closed the kept connection before the first byte of an answer, so the request was
   * sent again on a new one; `sent` is the first time.
   */
  readonly resent?: true;
  /** `Retry-After` of the response, as it came. */
  readonly retryAfter?: string;
  /** What the canaries found of the reply (`options.canaries`); by the name of the check. */
  readonly checks?: Readonly<Record<string, boolean>>;
  readonly tags?: Readonly<Record<string, string>>;
}
