/** The optional API key. */

import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** llama-server's two headers: `Authorization: Bearer KEY` and `X-Api-Key: KEY`. */
export function isAuthorized(request: IncomingMessage, key: string | undefined): boolean {
  if (key === undefined) return true;
  const { authorization } = request.headers;
  const given = authorization ?? String(request.headers["x-api-key"] ?? "");
  return equal(given.replace(/^Bearer /, ""), key);
}

/** Hashed, so that neither time nor length tells anything about the key. */
function equal(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
