/**
 * What the chunks of OpenAI's streams count. One request can have several choices (`n`, several
 * prompts): then a chunk with a choice counts that choice so far (vLLM's continuous usage), and a
 * chunk without one either all of them (vLLM's last) or one that has finished (llama.cpp).
 */
import { present } from "../../../core/present.ts";
import type { Answer } from "../../adapter.ts";
import { asCount, asObject, type JsonObject } from "../../json.ts";

interface Choice {
  finished: boolean;
  tokens: number;
}

type Usage = NonNullable<Answer["counts"]["usage"]>;

export class ChoiceCounts {
  readonly #answer: Answer;
  readonly #choices = new Map<number, Choice>();
  /** Of the chunks without a choice, added up. */
  #closing = 0;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  /** One choice that goes on, and nothing was counted. */
  get isOne(): boolean {
    return this.#choices.size <= 1 && this.#closing === 0 && this.#choices.get(0)?.tokens === 0;
  }

  get areFinished(): boolean {
    return [...this.#choices.values()].every(({ finished }) => finished);
  }

  see(index: number, finished: boolean): void {
    const known = this.#choices.get(index);
    if (known === undefined) this.#choices.set(index, { finished, tokens: 0 });
    else if (finished) known.finished = true;
    if (this.#choices.size > 1) this.#answer.choices = this.#choices.size;
  }

  count(chunk: JsonObject, choices: readonly unknown[]): void {
    const usage = asObject(chunk["usage"]);
    // A count of zero beside content is none, and without content it says nothing.
    const counted = positive(usage?.["completion_tokens"]);
    const timed = positive(asObject(chunk["timings"])?.["predicted_n"]);
    const tokens = counted ?? timed;
    if (tokens !== undefined) this.#soFar(tokens, choices);
    if (usage === undefined) return;
    if (choices.length === 0) this.#closing += counted ?? 0;
    this.#answer.counts.usage = this.#allOf(usageCounts(usage), choices.length > 1);
  }

  /** Chunks may carry the count so far: vLLM's continuous usage, llama.cpp's timings per token. */
  #soFar(tokens: number, choices: readonly unknown[]): void {
    const index = asCount(asObject(choices[0])?.["index"]) ?? 0;
    const choice = choices.length === 1 ? this.#choices.get(index) : undefined;
    if (choice !== undefined) choice.tokens = tokens;
    const answer = this.#answer;
    const underWay = choice?.finished === false;
    if (!underWay && answer.tokens === undefined) return;
    if (choice !== undefined) answer.tokens = this.#sum();
    else if (this.#choices.size <= 1) answer.tokens = tokens;
  }

  #sum(): number {
    let sum = 0;
    for (const { tokens } of this.#choices.values()) sum += tokens;
    return sum;
  }

  #allOf(usage: Usage, together: boolean): Usage {
    if (this.#choices.size <= 1 || together) return usage;
    return { ...usage, output: this.#closing > 0 ? this.#closing : this.#sum() };
  }
}

function positive(value: unknown): number | undefined {
  const count = asCount(value);
  return count === 0 ? undefined : count;
}

function usageCounts(usage: JsonObject): Usage {
  const reasoning = asCount(asObject(usage["completion_tokens_details"])?.["reasoning_tokens"]);
  const prompt = asCount(usage["prompt_tokens"]);
  const output = asCount(usage["completion_tokens"]);
  return present({
    output: outputOf({ output, prompt, reasoning, total: asCount(usage["total_tokens"]) }),
    prompt,
    cached: asCount(asObject(usage["prompt_tokens_details"])?.["cached_tokens"]),
    reasoning,
  });
}

/** Some count reasoning apart from the output; their total tells. */
function outputOf(counts: Record<"output" | "prompt" | "reasoning" | "total", number | undefined>) {
  const { output, prompt = 0, reasoning = 0, total } = counts;
  if (output === undefined || reasoning === 0) return output;
  return total === prompt + output + reasoning ? output + reasoning : output;
}
