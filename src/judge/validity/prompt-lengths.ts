/** Whether prompts had the length that was asked for, as the server counts them. */
import type { RequestRecord } from "../../core/request-record.ts";

/** Over the successful requests of the measured phases whose prompt was asked for and counted. */
export interface PromptLengths {
  readonly requests: number;
  /** Tokens. */
  readonly asked: number;
  readonly counted: number;
  /** Sum of what each prompt is longer or shorter than asked, tokens. */
  readonly off: number;
  /** Where the counts stop although more was asked for. */
  readonly cutAt?: number;
}

/** As much longer than what was counted is no rounding. */
const MORE = 1.02;
/** Prompts that stop at one length, and their least share of those that came out too short. */
const ENOUGH = 3;
const MOST_OF_ALL = 0.8;

export class PromptLengthAuditor {
  readonly #sum = { requests: 0, asked: 0, counted: 0, off: 0 };
  #longest = 0;
  /** By count: prompts that were asked to be longer, and the lengths asked. */
  readonly #short = new Map<number, { requests: number; readonly asked: Set<number> }>();

  add({ outcome, asked, prompt }: RequestRecord): void {
    if (!outcome.ok || asked?.prompt === undefined || prompt === undefined) return;
    const { count } = prompt;
    this.#sum.requests += 1;
    this.#sum.asked += asked.prompt;
    this.#sum.counted += count;
    this.#sum.off += Math.abs(count - asked.prompt);
    this.#longest = Math.max(this.#longest, count);
    if (asked.prompt <= count * MORE) return;
    const stopped = this.#short.get(count) ?? { requests: 0, asked: new Set<number>() };
    stopped.requests += 1;
    stopped.asked.add(asked.prompt);
    this.#short.set(count, stopped);
  }

  result(): PromptLengths {
    const cutAt = this.#cutAt();
    return { ...this.#sum, ...(cutAt !== undefined && { cutAt }) };
  }

  /** No prompt is longer, and prompts of several lengths stop there. */
  #cutAt(): number | undefined {
    const stopped = this.#short.get(this.#longest);
    if (stopped === undefined || stopped.asked.size < 2) return undefined;
    const all = [...this.#short.values()].reduce((sum, { requests }) => sum + requests, 0);
    const { requests } = stopped;
    return requests >= ENOUGH && requests >= MOST_OF_ALL * all ? this.#longest : undefined;
  }
}
