/** What a scenario asks of a server, and what comes back; independent of any wire protocol. */
import type { FailureKind, FinishReason, TokenCount } from "./request-record.ts";
import type { Tensor } from "./tensor.ts";

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** The APIs that Plimsoll speaks; docs/servers.md has a row for each. */
export type ApiName =
  | "chat"
  | "completions"
  | "responses"
  | "embeddings"
  | "rerank"
  | "messages"
  | "completion"
  | "infill"
  | "sglang-generate"
  | "tgi"
  | "ollama-chat"
  | "ollama-generate"
  | "triton-generate"
  | "triton-generate-stream"
  | "kserve-infer"
  | "torchbridge-generate"
  | "torchbridge-chat"
  | "torchbridge-predict"
  | "http";

/** A request, most often for generated text. Times and lengths are in tokens. */
export interface LlmRequest {
  /** `auto`: the API the run was told to use (`--api`). */
  readonly api: "auto" | ApiName;
  /** A chat. APIs that know no chats are sent the contents of the messages, a line feed between. */
  readonly messages: readonly ChatMessage[];
  /** Text to go on from, or its token ids; instead of messages. Chats send it as the user's. */
  readonly prompt?: string | readonly number[];
  /** What follows the gap that `infill` fills. */
  readonly suffix?: string;
  /** Texts to embed; numbers for `torchbridge-predict`, or a list of them for each of several samples. */
  readonly input?: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  /**
   * How many inputs, documents or samples the request carries, where that does not follow from
   * `input`, `documents` or the shape of the tensors.
   */
  readonly items?: number;
  /** What `kserve-infer` sends, in place of a text. */
  readonly tensors?: readonly Tensor[];
  /** Whether tensors go in binary (KServe's extension). Default: to Triton, which has it. */
  readonly binary?: boolean;
  /** What `rerank` compares `documents` with. */
  readonly query?: string;
  readonly documents?: readonly string[];
  /** How `http` asks, and where its answer has what. */
  readonly http?: HttpDescription;
  /** Output limit. Absent: the server's default, which makes lengths incomparable. */
  readonly maxTokens?: number;
  /** Generate exactly `maxTokens`, as far as the server can be made to. */
  readonly ignoreEos?: boolean;
  /**
   * False: the server shall compute the whole prompt, whatever it has cached, as far as it can be
   * made to. Absent: the server's default.
   */
  readonly cachePrompt?: boolean;
  /** What the prompt was composed to count, for reconciliation with what the server counts. */
  readonly promptTokens?: number;
  /** At least so many tokens of the prompt are words that no server has seen (`iteration.salted`). */
  readonly freshTokens?: number;
  readonly temperature?: number;
  /** Sampling seed. */
  readonly seed?: number;
  readonly stop?: readonly string[];
  /** How often to try again after a failure, instead of what `options.retries` says; 0: never. */
  readonly maxRetries?: number;
  /** A user's patience, as a duration: give the request up after it, finished or not (`abandoned`). */
  readonly giveUpAfter?: string | number;
  /** Merged into the request body as it is; for fields that Plimsoll does not know. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * A service that Plimsoll has no adapter for. In `path`, `headers` and every text of `body`,
 * `{{name}}` stands for what the request has: `prompt`, `messages`, `input`, `maxTokens`, `seed`,
 * `temperature`, `stop`, `promptTokens`, and `model`. A text that is nothing but `{{name}}` becomes
 * the value with its type; where the request has none, the member is left out.
 */
export interface HttpDescription {
  /** Default POST. */
  readonly method?: "GET" | "POST";
  /** From the server's root, with a leading slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly answer?: HttpAnswer;
}

/** Where an answer has what. Places are paths in the JSON, e.g. `choices.0.text`. */
export interface HttpAnswer {
  /**
   * `json` (default): one JSON body. `sse`: server-sent events. `ndjson`: a JSON object a line.
   * `text`: plain text, each network read one event.
   */
  readonly format?: "json" | "sse" | "ndjson" | "text";
  /** Absent: with `json` and `ndjson` nothing is text; with `sse` the event's data itself is. */
  readonly text?: string;
  readonly reasoning?: string;
  /** Each event repeats the text so far. */
  readonly cumulative?: boolean;
  /** Tokens that one event carries: a number, or a list of their ids. */
  readonly eventTokens?: string;
  readonly outputTokens?: string;
  readonly promptTokens?: string;
  readonly cachedTokens?: string;
  /** A non-empty value there is an error, in addition to what is usual (`error`). */
  readonly error?: string;
  readonly finish?: string;
  /**
   * What says that a stream is complete: an event whose data is this text, or in which this place
   * is true or not empty. Absent: the clean end of the body.
   */
  readonly end?: { readonly data: string } | { readonly path: string };
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
