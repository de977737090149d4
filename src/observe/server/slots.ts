/** `/slots` of llama.cpp: what is being worked on at this moment, slot by slot. */

export interface SlotUse {
  readonly busy: number;
  /** Share of the KV cache that the requests under way hold; absent where slots do not say. */
  readonly kvUsage?: number;
  /** Tokens that the requests under way have generated so far. */
  readonly underWay: number;
}

/** Undefined when it is not such an answer. */
export function slotUse(json: unknown): SlotUse | undefined {
  if (!Array.isArray(json) || json.length === 0) return undefined;
  let [busy, held, room, underWay] = [0, 0, 0, 0];
  for (const slot of json as readonly unknown[]) {
    const context = numberIn(slot, "n_ctx");
    const working = fieldIn(slot, "is_processing");
    if (context === undefined || typeof working !== "boolean") return undefined;
    room += context;
    if (!working) continue;
    busy += 1;
    const decoded = decodedBy(slot);
    underWay += decoded;
    // Not `n_prompt_tokens`: in some releases it grows with what is generated, in others it does not.
    held += tokensIn(slot, "n_prompt_tokens_processed") + tokensIn(slot, "n_prompt_tokens_cache");
    held += decoded;
  }
  return { busy, underWay, ...(room > 0 && { kvUsage: Math.round((held / room) * 1e4) / 1e4 }) };
}

/** `next_token` was an object and is an array. */
function decodedBy(slot: unknown): number {
  const next = fieldIn(slot, "next_token");
  const first: unknown = Array.isArray(next) ? next[0] : next;
  return tokensIn(first, "n_decoded");
}

function tokensIn(json: unknown, name: string): number {
  return Math.max(0, numberIn(json, name) ?? 0);
}

function numberIn(json: unknown, name: string): number | undefined {
  const value = fieldIn(json, name);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function fieldIn(json: unknown, name: string): unknown {
  return typeof json === "object" && json !== null
    ? (json as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
