/** What a request asks for and its API cannot be made to do here: worth a warning, once a run. */
import type { WarningLine } from "../core/records.ts";
import type { LlmRequest } from "../core/request.ts";
import type { Adapter, ServerFacts } from "../protocol/adapter.ts";

export type UnmetWish = Pick<WarningLine, "code" | "message">;

export function unmetWishes(
  { ignoreEos, cachePrompt }: LlmRequest,
  adapter: Adapter,
  facts: ServerFacts,
): readonly UnmetWish[] {
  const wishes: UnmetWish[] = [];
  if (ignoreEos === true && adapter.fixesLength(facts) === undefined)
    wishes.push({
      code: "length_not_fixed",
      message:
        `the API ${adapter.name} cannot be made to generate to a fixed length here: output lengths are the ` +
        "model's choice up to the limit, so compare times per token rather than whole answers",
    });
  if (cachePrompt === false && adapter.skipsCache?.(facts) === undefined)
    wishes.push({
      code: "cache_not_skipped",
      message:
        `the API ${adapter.name} has no field here that keeps a prompt out of the server's cache: ` +
        "switch the cache off at the server, or look at cached_tokens",
    });
  return wishes;
}
