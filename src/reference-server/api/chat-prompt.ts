/** A chat's messages as one prompt, through the model's own template. */

import type { Engine } from "../engine/engine.ts";
import { ApiError, invalidRequest } from "./api-error.ts";
import { isBody } from "./request-fields.ts";
import type { Body } from "./request-fields.ts";

/** @throws ApiError for messages that are malformed or that the template refuses */
export function chatPrompt(body: Body, { chatTemplate, vocabulary }: Engine): string {
  refuseUnsupported(body);
  const messages = readMessages(body);
  const kwargs = body["chat_template_kwargs"];
  const text = chatTemplate.render({
    messages,
    bos_token: vocabulary.bosText,
    eos_token: vocabulary.eosText,
    enable_thinking: true,
    ...(isBody(kwargs) ? kwargs : {}),
    ...(body["add_generation_prompt"] === false ? {} : { add_generation_prompt: true }),
  });
  return withoutSpecials(text, vocabulary);
}

/** The tokenizer adds these itself. */
function withoutSpecials(text: string, vocabulary: Engine["vocabulary"]): string {
  const { bosText, eosText, prependBos, appendEos } = vocabulary;
  const cut = prependBos && bosText !== "" && text.startsWith(bosText) ? bosText.length : 0;
  const rest = text.slice(cut);
  return appendEos && eosText !== "" && rest.endsWith(eosText)
    ? rest.slice(0, -eosText.length)
    : rest;
}

function refuseUnsupported(body: Body): void {
  const format = isBody(body["response_format"]) ? body["response_format"]["type"] : undefined;
  if (format !== undefined && format !== "text") {
    throw new ApiError(
      "not_supported_error",
      "Field 'response_format': the embedded reference server does not support it; use llama-server",
    );
  }
}

interface Message {
  readonly role: string;
  readonly content: string;
}

function readMessages(body: Body): Message[] {
  const { messages } = body;
  if (messages === undefined) throw invalidRequest("'messages' is required");
  if (!Array.isArray(messages)) throw invalidRequest("Expected 'messages' to be an array");
  return messages.map(readMessage);
}

function readMessage(message: unknown): Message {
  if (!isBody(message)) throw invalidRequest(`Expected 'message' to be an object`);
  const { role, content } = message;
  if (role !== "assistant" && content === undefined) {
    throw invalidRequest("All non-assistant messages must contain 'content'");
  }
  if (role === "assistant" && content === undefined && !("tool_calls" in message)) {
    throw invalidRequest("Assistant message must contain either 'content' or 'tool_calls'!");
  }
  if (typeof role !== "string") throw invalidRequest("Missing 'role' in message");
  return { role, content: contentText(content) };
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (content === undefined || content === null) return "";
  if (!Array.isArray(content)) {
    throw invalidRequest("Expected 'content' to be a string or an array");
  }
  return content
    .map((part: unknown) => {
      const text = isBody(part) && part["type"] === "text" ? part["text"] : undefined;
      if (typeof text !== "string") throw invalidRequest("unsupported content[].type");
      return text;
    })
    .join("\n");
}
