/** What canary requests found: their checks, and the texts that came back. */
import type { CanaryRecord } from "../../core/records.ts";
import type { Plan } from "../../scenario/plan.ts";
import { present } from "../../core/present.ts";
import type { Served } from "../validity/served-totals.ts";
import type { CanarySummary } from "../outcome-summaries.ts";
import { contains, type Span } from "./spans.ts";
import { addCheck, type CheckCounts } from "./tally.ts";

/** Different texts kept for a prompt. */
const TEXTS_KEPT = 20;

interface Prompt {
  asked: number;
  failed: number;
  /** By hash, in order of first appearance. */
  readonly texts: Map<string, { count: number; readonly excerpt: string }>;
  /** Replies with texts beyond those kept. */
  others: number;
}

export class CanaryCollector {
  /** Those with checks, in order of their end. */
  readonly #checked: Pick<CanaryRecord, "sent" | "checks">[] = [];
  readonly #prompts = new Map<number, Prompt>();

  add(record: CanaryRecord): void {
    const { prompt, sent, checks, outcome, textHash } = record;
    // Cut off because the traffic was over: it says nothing of the server.
    if (!outcome.ok && outcome.failure === "interrupted") return;
    if (checks !== undefined) this.#checked.push({ sent, checks });
    const known = this.#prompts.get(prompt) ?? {
      asked: 0,
      failed: 0,
      texts: new Map<string, { count: number; readonly excerpt: string }>(),
      others: 0,
    };
    this.#prompts.set(prompt, known);
    known.asked += 1;
    if (!outcome.ok) known.failed += 1;
    if (textHash === undefined) return;
    const text = known.texts.get(textHash);
    if (text !== undefined) text.count += 1;
    else if (known.texts.size === TEXTS_KEPT) known.others += 1;
    else known.texts.set(textHash, { count: 1, excerpt: record.excerpt ?? "" });
  }

  /** Checks of the canaries that were sent inside these windows. */
  checks(windows: readonly Span[]): ReadonlyMap<string, CheckCounts> {
    const counts = new Map<string, CheckCounts>();
    for (const { sent, checks = {} } of this.#checked) {
      if (!contains(windows, sent)) continue;
      for (const [name, held] of Object.entries(checks)) addCheck(counts, name, held);
    }
    return counts;
  }

  /** In the order of the plan; whole run, as the first text may come from the warm-up. */
  facts(): { readonly canaries?: readonly CanarySummary[] } {
    if (this.#prompts.size === 0) return {};
    const canaries = [...this.#prompts]
      .sort(([a], [b]) => a - b)
      .map(([prompt, { asked, failed, texts, others }]) => ({
        prompt,
        asked,
        failed,
        texts: [...texts].map(([hash, { count, excerpt }]) => ({ hash, count, excerpt })),
        ...(others > 0 && { others }),
      }));
    return { canaries };
  }
}

/** What the server worked for a canary, as its own counters have it. */
export function servedFor(
  { outcome, prompt, promptTokens, outputTokens, cachedTokens }: CanaryRecord,
  { canaries }: Plan,
): Served {
  const most = canaries?.prompts[prompt]?.maxTokens;
  return present({
    outcome,
    prompt: promptTokens,
    output: outputTokens,
    cached: cachedTokens,
    asked: present({ output: most }),
  });
}
