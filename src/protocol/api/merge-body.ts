/** A scenario's own fields (`body`) over those that an adapter writes. */
import { asObject, type JsonObject } from "../json.ts";

/**
 * Objects are merged field by field, at every depth: Ollama's `{ options: { num_ctx } }` leaves the
 * limit and the seed beside it in place. Anything else, lists too, takes the place of what was there.
 */
export function mergeBody(written: JsonObject, own: JsonObject | undefined): JsonObject {
  if (own === undefined) return written;
  const merged: Record<string, unknown> = { ...written, ...own };
  for (const [field, value] of Object.entries(own)) {
    const [inner, outer] = [asObject(value), asObject(written[field])];
    if (inner !== undefined && outer !== undefined) merged[field] = mergeBody(outer, inner);
  }
  return merged;
}
