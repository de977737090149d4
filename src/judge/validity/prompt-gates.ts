/** Validity gates about what was asked: rows for the table of gates.ts. */
import type { PromptLengths } from "./prompt-lengths.ts";
import type { CacheAudit, CachedByServer } from "./cache-audit.ts";

export const promptGateIds = ["prompt_lengths", "cached_prompts"] as const;

/** What these gates look at. */
export interface PromptEvidence {
  readonly lengths: PromptLengths;
  readonly cache: CacheAudit;
  /** The whole run's, from the server's counters. */
  readonly cachedByServer: CachedByServer | { readonly reason: string };
}

type Finding =
  | { readonly value: number; readonly enough: boolean; readonly detail?: string }
  | { readonly missing: string };

export interface PromptGateRow {
  readonly id: (typeof promptGateIds)[number];
  readonly title: string;
  readonly unit: "ratio";
  readonly bad: "above";
  readonly limits: { readonly warn?: number; readonly invalid?: number };
  readonly reason: string;
  readonly advice: string;
  readonly read: (prompts: PromptEvidence) => Finding;
}

export const promptGates: readonly PromptGateRow[] = [
  {
    id: "prompt_lengths",
    title: "prompt tokens counted against those asked for, mean deviation",
    unit: "ratio",
    bad: "above",
    limits: { warn: 0.03, invalid: 0.15 },
    reason: "the server worked on prompts of another length than this run is said to have",
    advice:
      "see the counts; a prompt is never shorter than the chat template, nor longer than the server's limit",
    read: promptLengths,
  },
  {
    id: "cached_prompts",
    title: "prompt tokens made for this run that the server had in its cache",
    unit: "ratio",
    bad: "above",
    limits: { warn: 0.01, invalid: 0.05 },
    reason:
      "a server that remembers a prompt does not compute it: TTFT and throughput are those of a warm cache",
    advice:
      "restart the server or empty its cache; leave out --salt; or ask for no cache (--no-prompt-cache)",
    read: cachedPrompts,
  },
];

function promptLengths({ lengths }: PromptEvidence): Finding {
  const { requests, asked, counted, off, cutAt } = lengths;
  if (requests === 0) return { missing: "no prompt of a length that was asked for was counted" };
  const means = [asked, counted].map((sum) => Math.round(sum / requests));
  const cut = cutAt === undefined ? "" : `; the server cuts prompts at ${cutAt}`;
  const detail = `${means.join(" tokens asked for on average, ")} counted${cut}`;
  return { value: off / asked, enough: true, detail };
}

function cachedPrompts({ cache: { anew }, cachedByServer }: PromptEvidence): Finding {
  if (anew.fresh > 0) {
    const { requests, known, fresh, example } = anew;
    const found = `${known} of ${fresh} tokens of ${requests} prompts, by the server's usage`;
    const detail = example === undefined ? found : `${found}; ${example}`;
    return { value: known / fresh, enough: true, detail };
  }
  if ("reason" in cachedByServer) return { missing: cachedByServer.reason };
  const { known, fresh } = cachedByServer;
  if (fresh === 0)
    return { missing: "no prompt was made for this run: all are the scenario's own" };
  const detail = `${known} of ${fresh} tokens, by the server's counters`;
  return { value: known / fresh, enough: true, detail };
}
