/** Building blocks for requests. */
import type { ChatMessage, LlmRequest } from "../core/request.ts";

/** A chat: `messages`, or a `prompt` that is its only user message, with an optional `system`. */
export type ChatOptions = Omit<LlmRequest, "api" | "messages"> & {
  readonly api?: LlmRequest["api"];
  readonly system?: string;
} & (
    | { readonly messages: readonly ChatMessage[]; readonly prompt?: never }
    | { readonly prompt: string; readonly messages?: never }
  );

/**
 * A request for the next message of a chat, sent to the API that `--api` names (chat completions
 * unless told otherwise).
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
