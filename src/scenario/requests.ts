/** Building blocks for requests, one for each way of asking. */
import { usageError } from "../core/errors.ts";
import type { ApiName, ChatMessage, HttpDescription, LlmRequest } from "../core/request.ts";
import type { Tensor } from "../core/tensor.ts";

/** What every request may have. */
type Settings = Omit<
  LlmRequest,
  ("api" | "messages" | "prompt" | "suffix" | "input" | "query" | "documents" | "http") | "tensors"
>;

/** A chat: `messages`, or a `prompt` that is its only user message, with an optional `system`. */
export type ChatOptions = Settings & {
  /** Default: the API that `--api` names. */
  readonly api?: LlmRequest["api"];
  readonly system?: string;
} & (
    | { readonly messages: readonly ChatMessage[]; readonly prompt?: never }
    | { readonly prompt: string; readonly messages?: never }
  );

/**
 * A request for the next message of a chat, sent to the API that `--api` names (chat completions
 * unless told otherwise). APIs that know no chats get the text of the messages.
 */
export function chat(options: ChatOptions): LlmRequest {
  const { api = "auto", system, prompt, messages, ...rest } = options;
  const turns: readonly ChatMessage[] = messages ?? [{ role: "user", content: prompt }];
  return {
    ...rest,
    api,
    messages: system === undefined ? turns : [{ role: "system", content: system }, ...turns],
  };
}

/** Text to go on from, or its token ids; or the messages of a synthetic prompt, as plain text. */
export type CompletionOptions = Settings & {
  /** Default `completion`, llama.cpp's own; `auto` is the API that `--api` names. */
  readonly api?:
    "auto" | Exclude<ApiName, "embeddings" | "rerank" | "torchbridge-predict" | "http">;
} & (
    | { readonly prompt: string | readonly number[]; readonly messages?: never }
    | { readonly messages: readonly ChatMessage[]; readonly prompt?: never }
  );

/** A request to go on from a text, with no chat template between. */
export function completion({ api = "completion", ...options }: CompletionOptions): LlmRequest {
  return { ...options, api, messages: options.messages ?? [] };
}

export type InfillOptions = Settings & {
  /** What comes before the gap, and after it. */
  readonly prompt: string;
  readonly suffix: string;
};

/** A request to fill a gap, as editors ask (llama.cpp's `/infill`). */
export function infill(options: InfillOptions): LlmRequest {
  return { ...options, api: "infill", messages: [] };
}

export type EmbeddingsOptions = Settings & { readonly input: string | readonly string[] };

/** A request for the embeddings of one text or several. */
export function embeddings(options: EmbeddingsOptions): LlmRequest {
  return { ...options, api: "embeddings", messages: [] };
}

export type RerankOptions = Settings & {
  readonly query: string;
  readonly documents: readonly string[];
};

/** A request to rank documents by how well they answer the query. */
export function rerank(options: RerankOptions): LlmRequest {
  return { ...options, api: "rerank", messages: [] };
}

export type PredictOptions = Settings & {
  /** The numbers of one sample, or those of each of several (`/predict/batch`). */
  readonly input: readonly number[] | readonly (readonly number[])[];
};

/** A request for a prediction from numbers (TorchBridge's `/predict`). */
export function predict(options: PredictOptions): LlmRequest {
  return { ...options, api: "torchbridge-predict", messages: [] };
}

export type InferOptions = Settings & {
  readonly inputs: readonly Tensor[];
};

/** A request for tensors from tensors (KServe's protocol v2, as Triton, MLServer and others have it). */
export function infer({ inputs, ...options }: InferOptions): LlmRequest {
  return { ...options, api: "kserve-infer", messages: [], tensors: inputs };
}

export type HttpOptions = Settings & {
  readonly http: HttpDescription;
  readonly prompt?: string | readonly number[];
  readonly messages?: readonly ChatMessage[];
  readonly input?: NonNullable<LlmRequest["input"]>;
};

/**
 * A request to a service that Plimsoll has no adapter for, described in `http`.
 *
 * @throws usage error for a path that does not begin at the root
 */
export function http(options: HttpOptions): LlmRequest {
  if (!options.http.path.startsWith("/")) {
    throw usageError(
      `http.path: ${JSON.stringify(options.http.path)} does not begin with a slash`,
      "The path goes from the root of the server that --target names.",
    );
  }
  return { ...options, api: "http", messages: options.messages ?? [] };
}
