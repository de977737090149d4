/** A request's body as a JSON object, within bounds. */

import type { IncomingMessage } from "node:http";
import { ApiError } from "../api/api-error.ts";
import { isBody } from "../api/request-fields.ts";
import type { Body } from "../api/request-fields.ts";

/** @throws ApiError 413 when longer than `limit` bytes, 500 when not JSON (as llama-server) */
export async function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  const text = await readText(request, limit);
  const value = parse(text);
  if (!isBody(value)) throw new ApiError("server_error", "the request body is not a JSON object");
  return value;
}

async function readText(request: IncomingMessage, limit: number): Promise<string> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLarge(limit: number): ApiError {
  return new ApiError("request_too_large_error", `the request body is larger than ${limit} bytes`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError("server_error", `[json.exception.parse_error.101] parse error: ${reason}`);
  }
}
