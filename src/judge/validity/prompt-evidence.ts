/** What the gates about prompts look at, and the share of prompt tokens that came from a cache. */
import type { CacheAuditor } from "./cache-audit.ts";
import type { PromptLengthAuditor } from "./prompt-lengths.ts";
import type { PromptEvidence } from "./prompt-gates.ts";
import type { NoServerCounts, ServerCounts } from "./server-count.ts";
import { cachedByServer, type CountedRun } from "./server-counts.ts";

/** A Collector is one. */
export interface PromptAuditors {
  readonly cache: CacheAuditor;
  readonly promptLengths: PromptLengthAuditor;
}

export function promptEvidence(
  { cache, promptLengths }: PromptAuditors,
  run: CountedRun,
  counted: ServerCounts | NoServerCounts,
): PromptEvidence {
  const counts = "counts" in counted ? counted.counts : [];
  return {
    lengths: promptLengths.result(),
    cache: cache.result(),
    cachedByServer: cachedByServer(run, counts),
  };
}

/** By the requests' own counts; by the server's counters where it tells nothing in its answers. */
export function cachedShare({ cache, cachedByServer: told }: PromptEvidence): number | undefined {
  const { prompt, cached } = cache.all.prompt > 0 || "reason" in told ? cache.all : told;
  return prompt > 0 && Number.isFinite(prompt) ? cached / prompt : undefined;
}
