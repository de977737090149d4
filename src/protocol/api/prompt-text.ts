/** What a request asks, in the two forms that APIs take: a chat, or a text to go on from. */
import { usageError } from "../../core/errors.ts";
import type { ChatMessage, LlmRequest } from "../../core/request.ts";

/** @throws usage error for a prompt of token ids, which is no message */
export function messagesOf(request: LlmRequest): readonly ChatMessage[] {
  const { messages, prompt } = request;
  if (messages.length > 0) return messages;
  if (typeof prompt === "string") return [{ role: "user", content: prompt }];
  throw usageError(
    prompt === undefined
      ? "the request has neither messages nor a prompt"
      : "a prompt of token ids cannot be sent to an API of chats",
    "Give it `messages` or a text as `prompt`, or an API that completes text.",
  );
}

/** The prompt; of a chat, what its messages say. */
export function promptOf(request: LlmRequest): string | readonly number[] {
  return request.prompt ?? request.messages.map(({ content }) => content).join("\n");
}

/** @throws usage error for a prompt of token ids */
export function promptText(request: LlmRequest): string {
  const prompt = promptOf(request);
  if (typeof prompt === "string") return prompt;
  throw usageError("this API takes no token ids as a prompt", "Give it a text.");
}
