/**
 * Whether prompts that were made anew for the run were new to the server. Their words follow from
 * the run's salt, so whatever a prefix cache has of them it has from a run in the same words; the
 * rest of a prompt (the chat template, a shared beginning, the history of a conversation) may well
 * be in a cache.
 */
import type { RequestRecord } from "../../core/request-record.ts";

/** Prompt tokens that were to be new, and those of them that the server had already. */
export interface NewTokens {
  readonly fresh: number;
  readonly known: number;
}

/** The same of the whole run, by the server's counters, with all that it had in its cache. */
export interface CachedByServer extends NewTokens {
  readonly prompt: number;
  readonly cached: number;
}

/** Over the successful requests of the measured phases whose prompt and cached tokens are counted. */
export interface CacheAudit {
  readonly anew: NewTokens & {
    readonly requests: number;
    /** The request with the most known tokens, for the reader. */
    readonly example?: string;
  };
  /** Prompts in the scenario's own words. */
  readonly own: { readonly requests: number; readonly prompt: number; readonly cached: number };
  readonly all: { readonly prompt: number; readonly cached: number };
}

/**
 * First words that two prompts may share by chance: as many as spell an iteration's number in the
 * smallest vocabulary that is told apart by its first words.
 */
export const CHANCE = 4;

/** The part of a prompt that cannot be in a cache, whatever precedes it; 0 for an asked repetition. */
export function newTokens(
  { asked, attempt = 0 }: Pick<RequestRecord, "asked" | "attempt">,
  prompt: number,
): number {
  return attempt > 0 ? 0 : Math.max(0, Math.min(asked?.fresh ?? 0, prompt) - CHANCE);
}

export class CacheAuditor {
  readonly #anew = { requests: 0, fresh: 0, known: 0 };
  readonly #own = { requests: 0, prompt: 0, cached: 0 };
  readonly #all = { prompt: 0, cached: 0 };
  #worst = 0;
  #example: string | undefined;

  add(record: RequestRecord): void {
    const { outcome, prompt, cached } = record;
    if (!outcome.ok || prompt === undefined || cached === undefined) return;
    count(this.#all, prompt.count, cached.count);
    if ((record.attempt ?? 0) > 0) return;
    if (record.asked?.fresh === undefined) {
      this.#own.requests += 1;
      count(this.#own, prompt.count, cached.count);
    } else this.#addNew(record, prompt.count, cached.count);
  }

  #addNew(record: RequestRecord, prompt: number, cached: number): void {
    const fresh = newTokens(record, prompt);
    const known = Math.max(0, cached - (prompt - fresh));
    this.#anew.requests += 1;
    this.#anew.fresh += fresh;
    this.#anew.known += known;
    if (known <= this.#worst) return;
    this.#worst = known;
    this.#example = `iteration ${record.iteration}: ${cached} of ${prompt} prompt tokens came from the cache`;
  }

  result(): CacheAudit {
    const example = this.#example;
    return {
      anew: { ...this.#anew, ...(example !== undefined && { example }) },
      own: { ...this.#own },
      all: { ...this.#all },
    };
  }
}

function count(sum: { prompt: number; cached: number }, prompt: number, cached: number): void {
  sum.prompt += prompt;
  sum.cached += cached;
}
