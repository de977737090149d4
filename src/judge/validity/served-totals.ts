/** What the requests of a run can have cost the server, added up from the client's records. */
import type { RequestRecord, TokenCount } from "../../core/request-record.ts";
import { newTokens } from "./cache-audit.ts";

/** What a request cost the server, as far as we know; a canary's too. */
export type Served = Pick<
  RequestRecord,
  "outcome" | "prompt" | "output" | "cached" | "asked" | "attempt" | "choices" | "items"
> &
  Partial<Pick<RequestRecord, "api">>;

/** As the adapter of `/v1/rerank` is called. */
const RANKS = "rerank";

/** What the client's records say, all phases. */
export class ServedTotals {
  /** Requests that ended well. */
  requests = 0;
  /** Their inputs x choices, each of which a server may count as a request. */
  parts = 0;
  /** The same, but for those of which we only know that there are several. */
  surelyParts = 0;
  /** The most parts of one request. */
  widest = 1;
  /** Those that did not: nobody knows how much of them the server worked off. */
  otherwise = 0;
  readonly prompt = new TokenTotal();
  readonly output = new TokenTotal();
  readonly cached = new TokenTotal();
  /** Prompt tokens that no cache can have, and those that one may have; see cache-audit.ts. */
  fresh = 0;
  cacheable = 0;

  add(served: Served): void {
    const { outcome, prompt, output, cached, asked, choices = 1 } = served;
    this.#addCacheable(served);
    this.#addParts(served);
    if (!outcome.ok) {
      this.otherwise += 1;
      this.prompt.addUnknown(prompt?.count ?? asked?.prompt);
      this.output.addUnknown(asked?.output);
      return;
    }
    this.requests += 1;
    // Each choice may be a request to the server, with the prompt once more.
    this.prompt.add(prompt, choices - 1);
    this.output.add(output);
    this.cached.add(cached);
  }

  #addParts({ outcome, items, choices, api }: Served): void {
    const parts = Math.max(1, choices ?? items ?? 1);
    this.widest = Math.max(this.widest, parts);
    if (!outcome.ok) return;
    this.parts += parts;
    // Query and documents are pairs for one model and not for another.
    this.surelyParts += api === RANKS ? 1 : parts;
  }

  #addCacheable(served: Served): void {
    const { outcome, prompt, asked, choices = 1 } = served;
    const counted = prompt?.count ?? asked?.prompt ?? Infinity;
    const fresh = outcome.ok ? newTokens(served, counted) : 0;
    this.fresh += fresh;
    this.cacheable += counted * choices - fresh;
  }
}

export class TokenTotal {
  sum = 0;
  /** What a server may count beyond it, that counts each choice of a request. */
  several = 0;
  /** Requests without a count, and those where only events were counted. */
  uncounted = 0;
  /** What requests that failed may have cost at most. */
  unknown = 0;

  add(count: TokenCount | undefined, again = 0): void {
    if (count === undefined || count.source === "events") this.uncounted += 1;
    this.sum += count?.count ?? 0;
    this.several += again * (count?.count ?? 0);
  }

  addUnknown(most: number | undefined): void {
    this.unknown += most ?? Infinity;
  }
}
