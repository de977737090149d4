/** One of the server's parallel sequences: its context, and the job it works on. */

import type { Sampler, SequenceWork } from "./decoder.ts";
import type { Finish, Job, StopReason, Timings, TokenEvent } from "./job.ts";
import { TextOutput } from "./text-output.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** A job on a slot, from its start to its end. Times are ms on the server's clock. */
export interface Activity<S extends Sampler = Sampler> {
  readonly job: Job;
  readonly sampler: S;
  readonly output: TextOutput;
  readonly startedAt: number;
  /** Prompt tokens that were still in the slot's context. */
  readonly cached: number;
  /** Prompt tokens evaluated for this job. */
  processed: number;
  promptDoneAt: number | undefined;
  lastTokenAt: number | undefined;
  generated: number;
  /** Sampled, and not yet evaluated. */
  pending: number | undefined;
  readonly tokens: number[];
  hasNewLine: boolean;
}

export class Slot<S extends Sampler = Sampler> {
  readonly id: number;
  readonly contextSize: number;
  /** What is in the slot's part of the KV cache. */
  readonly context: number[] = [];
  active: Activity<S> | undefined;
  /** The last job, kept for `/slots`. */
  last: Job | undefined;
  lastUsedAt = -1;

  constructor(id: number, contextSize: number) {
    this.id = id;
    this.contextSize = contextSize;
  }

  get job(): Job | undefined {
    return this.active?.job ?? this.last;
  }

  start(job: Job, sampler: S, cached: number, now: number): Activity<S> {
    this.context.length = cached;
    this.last = job;
    this.active = {
      job,
      sampler,
      output: new TextOutput(job.settings.stop),
      startedAt: now,
      cached,
      processed: 0,
      promptDoneAt: undefined,
      lastTokenAt: undefined,
      generated: 0,
      pending: undefined,
      tokens: [],
      hasNewLine: false,
    };
    return this.active;
  }

  release(now: number): void {
    this.active?.sampler.dispose();
    this.active = undefined;
    this.lastUsedAt = now;
  }

  /** The slot's part of the next batch: its last token, or up to `budget` tokens of its prompt. */
  nextWork(activity: Activity<S>, budget: number): SequenceWork<S> {
    const position = this.context.length;
    const { sampler, job, pending } = activity;
    if (pending !== undefined) {
      this.context.push(pending);
      return { sequence: this.id, position, tokens: [pending], sampler };
    }
    const tokens = job.prompt.slice(position, position + budget);
    for (const token of tokens) this.context.push(token);
    activity.processed += tokens.length;
    const done = this.context.length === job.prompt.length;
    return { sequence: this.id, position, tokens, sampler: done ? sampler : undefined };
  }
}

export interface TokenOutcome {
  readonly event: TokenEvent | undefined;
  readonly stop: StopReason | undefined;
  readonly truncated: boolean;
}

/** Takes a sampled token into the job and says whether it was the last one. */
export function takeToken<S extends Sampler>(
  slot: Slot<S>,
  activity: Activity<S>,
  token: number,
  vocabulary: Vocabulary,
): TokenOutcome {
  const { settings } = activity.job;
  activity.pending = token;
  if (settings.returnTokens) activity.tokens.push(token);
  const last = vocabulary.isEndOfGeneration(token);
  const step = activity.output.push(vocabulary.piece(token), last);
  activity.hasNewLine ||= step.text.includes("\n");
  const withTimings = settings.timingsPerToken || step.stopped !== undefined;
  const event: TokenEvent | undefined = step.complete
    ? {
        token,
        text: step.text,
        generated: activity.generated,
        timings: withTimings ? timingsOf(activity) : undefined,
      }
    : undefined;
  const full = slot.context.length + 1 >= slot.contextSize;
  return { event, stop: stopReason(activity, step.stopped, full, last), truncated: full };
}

/** Later reasons win over earlier ones, as in llama-server: word, context or budget, then EOG. */
function stopReason(
  activity: Activity,
  word: string | undefined,
  full: boolean,
  endOfGeneration: boolean,
): StopReason | undefined {
  const { maxTokens } = activity.job.settings;
  if (endOfGeneration) return { type: "eos" };
  if (full) return { type: "limit" };
  if (word !== undefined) return { type: "word", word };
  return maxTokens >= 0 && activity.generated >= maxTokens ? { type: "limit" } : undefined;
}

export function timingsOf(activity: Activity): Timings {
  const { startedAt, promptDoneAt, lastTokenAt } = activity;
  const generated = promptDoneAt !== undefined && lastTokenAt !== undefined;
  return {
    cached: activity.cached,
    processed: activity.processed,
    promptMs: promptDoneAt === undefined ? 0 : promptDoneAt - startedAt,
    generated: activity.generated,
    // llama-server counts from the first token, and never says 0 of a token that was made.
    generationMs: generated ? Math.max(0.001, lastTokenAt - promptDoneAt) : 0,
  };
}

export function finishOf(
  slot: Slot,
  activity: Activity,
  stop: StopReason,
  truncated: boolean,
): Finish {
  return {
    slot: slot.id,
    stop,
    text: activity.output.text,
    tokens: activity.tokens,
    generated: activity.generated,
    truncated,
    hasNewLine: activity.hasNewLine,
    inContext: slot.context.length,
    timings: timingsOf(activity),
  };
}
