/** `/tokenize` and `/detokenize`, and prompts that mix text and tokens. */

import type { Vocabulary } from "../engine/vocabulary.ts";
import { ApiError } from "./api-error.ts";
import { typeError } from "./request-fields.ts";
import type { Body } from "./request-fields.ts";

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Special tokens are added only before the first part, and only when that is text. */
export function tokenizeMixed(
  content: string | readonly unknown[],
  vocabulary: Vocabulary,
  addSpecial: boolean,
  parseSpecial: boolean,
): number[] {
  if (typeof content === "string") return vocabulary.tokenize(content, addSpecial, parseSpecial);
  return content.flatMap((part, at) => {
    if (typeof part === "string") {
      return vocabulary.tokenize(part, addSpecial && at === 0, parseSpecial);
    }
    if (typeof part === "number") return [part];
    throw new ApiError("server_error", typeError("number", part));
  });
}

export function tokenize(body: Body, vocabulary: Vocabulary): { tokens: unknown[] } {
  const { content } = body;
  if (content === undefined) return { tokens: [] };
  if (typeof content !== "string" && !Array.isArray(content)) {
    throw new ApiError("server_error", typeError("string", content));
  }
  const parseSpecial = body["parse_special"] !== false;
  const tokens = tokenizeMixed(content, vocabulary, body["add_special"] === true, parseSpecial);
  if (body["with_pieces"] !== true) return { tokens };
  return { tokens: tokens.map((id) => ({ id, piece: pieceText(vocabulary.spelledOut(id)) })) };
}

/** Text, or the bytes when they are not text by themselves. */
function pieceText(bytes: Uint8Array): string | number[] {
  try {
    return strict.decode(bytes);
  } catch {
    return [...bytes];
  }
}

export function detokenize(body: Body, vocabulary: Vocabulary): { content: string } {
  const { tokens = [] } = body;
  if (!Array.isArray(tokens)) throw new ApiError("server_error", typeError("array", tokens));
  const bytes = tokens.map((token: unknown) => {
    if (typeof token !== "number") throw new ApiError("server_error", typeError("number", token));
    if (token < 0 || token >= vocabulary.size) {
      throw new ApiError("invalid_request_error", `token ${token} is not in the vocabulary`);
    }
    return vocabulary.spelledOut(token);
  });
  return { content: lenient.decode(Buffer.concat(bytes)) };
}
